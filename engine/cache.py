"""The per-user cache: one directory for each set of pinned inputs, so a second clone finds everything built.

A part is put together in a temporary directory and moved into place; its stamp is written last. So an interrupted
set-up leaves nothing that looks finished, and the next one goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from . import parts
from .parts import Part

SOURCES = Path(__file__).resolve().parent
CHECKOUT = SOURCES.parent
_BUILT_FROM = ("go.mod", "go.sum", "*.go")


@dataclass(frozen=True)
class Layout:
    """Where the parts lie: `root` is what RHOSO_ENGINE names."""

    root: Path

    @property
    def bin(self) -> Path:
        """Programs: pulumi, its language host, kube-apiserver, kube-controller-manager, perhaps etcd."""
        return self.root / "bin"

    @property
    def home(self) -> Path:
        """PULUMI_HOME, which holds the plugins."""
        return self.root / "home"

    @property
    def crds(self) -> Path:
        """Custom resource definitions, one directory a module."""
        return self.root / "crds"

    @property
    def kernel(self) -> Path:
        """The guests' kernel: `vmlinuz` and `modules/<release>/`."""
        return self.root / "kernel"

    def stamp(self, name: str) -> Path:
        """The file that says which inputs a finished part was made from, and how."""
        return self.root / "stamps" / f"{name.replace(' ', '-')}.json"


def base() -> Path:
    """The project's cache directory, by the XDG rules."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(given) if given.startswith("/") else Path.home() / ".cache"
    return cache / "rhoso-lab"


def paths(sources: Path = SOURCES) -> Layout:
    """Where this checkout's engine lies, or will after `python3 -m engine setup`."""
    return Layout(base() / digest(sources))


def digest(sources: Path = SOURCES) -> str:
    """Sixteen hex digits that change with any pinned version, Go source, `go.mod` or `go.sum`."""
    everything = (parts.PULUMI, *parts.PLUGINS, parts.CONTROL_PLANE)
    return _hash([*(key(part, sources) for part in everything), modules_key(sources / "crds")])


def key(part: Part, sources: Path = SOURCES) -> str:
    """The digest of what one part is made from."""
    pinned = json.dumps(asdict(part), sort_keys=True)
    return _hash([platform.machine(), pinned, *(modules_key(sources / build.directory) for build in part.builds)])


def modules_key(directory: Path) -> str:
    """The digest of a Go module's inputs; tests are none."""
    files = {path for pattern in _BUILT_FROM for path in directory.rglob(pattern) if not path.name.endswith("_test.go")}
    return _hash([f"{path.relative_to(directory)} {_hash([path.read_text()])}" for path in sorted(files)])


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def is_finished(layout: Layout, name: str, wanted: str, files: tuple[str, ...]) -> bool:
    """Whether a part made from exactly these inputs is there, with all its files."""
    try:
        stamp = json.loads(layout.stamp(name).read_text())
    except (OSError, ValueError):
        return False
    return stamp.get("key") == wanted and all((layout.root / file).exists() for file in files)


def publish(layout: Layout, name: str, wanted: str, how: str, fill: Callable[[Path], tuple[str, ...]]) -> None:
    """Let `fill` put a part into an empty directory, then move what it names into place and stamp the part."""
    layout.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=layout.root, prefix="unfinished-") as staging:
        for file in fill(Path(staging)):
            place = layout.root / file
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            (Path(staging) / file).replace(place)
    stamp = layout.stamp(name)
    stamp.parent.mkdir(exist_ok=True)
    partial = stamp.with_suffix(".partial")
    partial.write_text(json.dumps({"key": wanted, "how": how}) + "\n")
    partial.replace(stamp)


def elsewhere(layout: Layout, name: str, wanted: str, files: tuple[str, ...]) -> Layout | None:
    """Another engine directory that holds this very part, as when only a different part's pins changed."""
    for root in sorted(path for path in base().iterdir() if path.is_dir()):
        other = Layout(root)
        if root != layout.root and is_finished(other, name, wanted, files):
            return other
    return None


@contextlib.contextmanager
def lock(layout: Layout, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold this engine directory alone; `waiting` is called once if another set-up holds it. The kernel lets go."""
    layout.root.parent.mkdir(parents=True, exist_ok=True)
    with layout.root.with_suffix(".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        for leftover in layout.root.glob("unfinished-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield
