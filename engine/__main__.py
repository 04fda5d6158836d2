"""`python3 -m engine setup|venv|env|paths|clean`: the engine's command line."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import shutil
import sys
import time

from . import acquire, cache, definitions, etcd, kernel, system, venv
from .cache import CHECKOUT, Layout
from .errors import EngineError
from .progress import say


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 with a message if not."""
    parser = argparse.ArgumentParser(prog="python3 -m engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="get everything that is not there yet; repeatable")
    commands.add_parser("venv", help="make only the Python environment, for what needs no engine")
    commands.add_parser("env", help='print shell lines: eval "$(python3 -m engine env)"')
    commands.add_parser("paths", help="print where everything lies")
    clean = commands.add_parser("clean", help="delete engine directories that other pins have left behind")
    clean.add_argument("--all", action="store_true", help="delete this checkout's engine too")
    chosen = parser.parse_args(arguments)
    try:
        layout = cache.paths()
        if chosen.command == "setup":
            setup(layout)
        elif chosen.command == "venv":
            venv.ensure(CHECKOUT, layout.root / "log" / "venv.log")
        elif chosen.command == "env":
            say("\n".join(environment(layout)))
        elif chosen.command == "paths":
            say("\n".join(f"{name}: {getattr(layout, name)}" for name in ("root", "bin", "home", "crds", "kernel")))
        else:
            delete(layout, everything=chosen.all)
    except EngineError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("engine: interrupted; the next set-up goes on from here", file=sys.stderr)
        return 130
    return 0


def setup(layout: Layout) -> None:
    """Get everything. What is finished is only looked at, so a second run takes well under a second."""
    start = time.monotonic()
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise EngineError(f"needs Linux on x86_64, not {platform.system()} on {platform.machine()}")
    logs = layout.root / "log"
    system.ensure(logs / "system-packages.log")
    venv.ensure(CHECKOUT, logs / "venv.log")
    with cache.lock(layout, lambda: say("Another set-up is at work on the same engine; waiting for it to end.")):
        acquire.everything(layout)
        definitions_key = cache.modules_key(cache.SOURCES / "crds")
        if not cache.is_finished(layout, "crds", definitions_key, ("crds",)):
            cache.publish(layout, "crds", definitions_key, "Go modules", definitions.fill)
        if not cache.is_finished(layout, "kernel", kernel.KEY, ("kernel/vmlinuz", "kernel/modules")):
            cache.publish(layout, "kernel", kernel.KEY, "unpacked", lambda staging: kernel.fill(staging, logs))
        if etcd.on_machine() is None and not cache.is_finished(layout, "etcd", etcd.VERSION, ("bin/etcd",)):
            python = CHECKOUT / ".venv" / "bin" / "python"
            cache.publish(layout, "etcd", etcd.VERSION, "PyPI", lambda staging: etcd.fill(staging, logs, python))
    say(f"Engine ready in {layout.root} ({time.monotonic() - start:.1f} s)")


def environment(layout: Layout) -> list[str]:
    """Shell lines that put the engine to use."""
    path = [str(layout.bin), *(item for item in os.environ.get("PATH", "").split(os.pathsep) if item)]
    values = {
        "PATH": os.pathsep.join(dict.fromkeys(path)),
        "PULUMI_HOME": str(layout.home),
        "RHOSO_ENGINE": str(layout.root),
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in values.items()]


def delete(layout: Layout, *, everything: bool) -> None:
    """Delete engine directories, each while no set-up is at work on it."""
    roots = [path for path in cache.base().glob("*") if path.is_dir() and (path / "stamps").is_dir()]
    for root in roots:
        if everything or root != layout.root:
            with cache.lock(Layout(root), lambda: say("A set-up is at work there; waiting for it to end.")):
                shutil.rmtree(root)
                root.with_suffix(".lock").unlink()
            say(f"Deleted {root}")


if __name__ == "__main__":
    sys.exit(main())
