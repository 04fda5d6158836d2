"""Builds parts with Go from the module proxy: the way that works where only package registries can be reached."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from . import cache
from .errors import EngineError
from .parts import GoBuild, ModuleFile, Part
from .progress import run, say, step

SELF_UPDATING = (1, 21)
"""The first release that can fetch a newer toolchain from the module proxy by itself."""

_CHOSEN_BY_US = ("GOOS", "GOARCH", "GOARM", "GOAMD64", "GOEXPERIMENT", "GO111MODULE", "GOENV")


def required(sources: Path = cache.SOURCES) -> tuple[int, ...]:
    """The newest Go that any of our `go.mod` files asks for, as (1, 25, 11)."""
    lines = [line for path in sources.glob("*/go.mod") for line in path.read_text().splitlines()]
    return max(_version(line) for line in lines if line.startswith("go "))


def _version(text: str) -> tuple[int, ...]:
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(number or 0) for number in found.groups()) if found else (0,)


def environment() -> dict[str, str]:
    """What `go` runs with: the user's own proxy and caches, but nothing else that changes what is built.

    Raises EngineError when Go is missing or too old, saying what to install.
    """
    wanted = required()
    needed = f"Go {'.'.join(map(str, wanted))} or newer is needed to build the engine"
    remedy = "install it from https://go.dev/dl, or a package that is new enough (RHEL, Fedora: golang)"
    if shutil.which("go") is None:
        raise EngineError(f"{needed}, and `go` is not on PATH: {remedy}")
    chosen = {name: value for name, value in os.environ.items() if name not in _CHOSEN_BY_US}
    chosen.update(GOENV="off", GOFLAGS="-mod=readonly -buildvcs=false", GOTOOLCHAIN="local", GOWORK="off")
    chosen.update(_user_settings())
    text = subprocess.run(["go", "env", "GOVERSION"], env=chosen, capture_output=True, text=True, check=False).stdout
    found = _version(text)
    if found < SELF_UPDATING:
        raise EngineError(f"{needed}, and `go` is {text.strip() or 'older than 1.17'}: {remedy}")
    if found < wanted:
        # An older Go fetches the one that go.mod names as a module, like everything else here.
        chosen["GOTOOLCHAIN"] = "auto"
    return chosen


def _user_settings() -> dict[str, str]:
    """Where modules come from and are kept is the user's affair, also when set with `go env -w`."""
    names = ("GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOMODCACHE", "GOCACHE")
    found = subprocess.run(["go", "env", "-json", *names], capture_output=True, text=True, check=False)
    try:
        return {name: str(value) for name, value in json.loads(found.stdout).items() if value}
    except ValueError:
        return {}


def build(part: Part, staging: Path, logs: Path) -> None:
    """Build all of a part's files into `staging`. Raises EngineError with the end of Go's output."""
    env = environment()
    for number, item in enumerate(part.builds, 1):
        which = f", {number} of {len(part.builds)}" if len(part.builds) > 1 else ""
        title = f"building {part.title}{which} (about {item.cold_minutes:g} min cold on 2 cores)"
        with step(title):
            _build(item, staging, logs / f"go-{item.directory}.log", env)


def _build(item: GoBuild, staging: Path, log: Path, env: Mapping[str, str]) -> None:
    # In a copy, so that a checkout is never written to and files can be put beside main.go.
    work = staging / "source" / item.directory
    shutil.copytree(cache.SOURCES / item.directory, work)
    for name, source in item.embedded.items():
        shutil.copyfile(_module_file(source, work, env), work / name)
    for package, place in item.packages.items():
        binary = staging / place
        binary.parent.mkdir(parents=True, exist_ok=True)
        run(["go", "build", "-trimpath", "-ldflags", item.ldflags, "-o", str(binary), package], log, cwd=work, env=env)
    for place, source in item.scripts.items():
        script = staging / place
        script.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_module_file(source, work, env), script)
        script.chmod(0o755)


def _module_file(source: ModuleFile, work: Path, env: Mapping[str, str]) -> Path:
    command = ["go", "mod", "download", "-json", source.module]
    done = subprocess.run(command, cwd=work, env=env, capture_output=True, text=True, check=False)
    path = Path(json.loads(done.stdout or "{}").get("Dir", "")) / source.path
    if done.returncode != 0 or not path.is_file():
        raise EngineError(f"module {source.module} has no {source.path}: {done.stderr.strip() or done.stdout}")
    return path


def module_directories(modules: Mapping[str, str], work: Path) -> dict[str, Path]:
    """Download modules ({path: version}) alone, without what they require, and say where each lies.

    `work` holds the `go.sum` that they are checked against. Raises EngineError.
    """
    command = ["go", "mod", "download", "-json", *(f"{path}@{version}" for path, version in modules.items())]
    done = subprocess.run(command, cwd=work, env=environment(), capture_output=True, text=True, check=False)
    decoder, text, found = json.JSONDecoder(), done.stdout.strip(), {}
    while text:
        module, end = decoder.raw_decode(text)
        text = text[end:].lstrip()
        if module.get("Error"):
            raise EngineError(f"{module['Path']} {module['Version']}: {module['Error']}")
        found[str(module["Path"])] = Path(module["Dir"])
    if done.returncode != 0 or set(found) != set(modules):
        raise EngineError(f"go mod download failed: {done.stderr.strip()}")
    say(f"  {len(found)} modules with custom resource definitions")
    return found
