"""Writes "newc" cpio archives, the format the kernel unpacks as initramfs.

`cpio` itself would need a staging tree owned by root and the tool on PATH; the format is 110 bytes of header a file.
Source of the format: Linux Documentation/driver-api/early-userspace/buffer-format.rst.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass, field

_TRAILER = "TRAILER!!!"
_BLOCK = 512


@dataclass
class Archive:
    """An archive under construction; every path is relative to the guest's root, parents are made as needed."""

    _entries: list[tuple[str, int, bytes]] = field(default_factory=list)
    _directories: set[str] = field(default_factory=set)

    def directory(self, path: str) -> None:
        """Add directory `path` (mode 0755) and its parents; adding it twice is harmless."""
        if path in ("", ".") or path in self._directories:
            return
        self.directory(path.rpartition("/")[0])
        self._directories.add(path)
        self._entries.append((path, stat.S_IFDIR | 0o755, b""))

    def file(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """Add a regular file with `content`."""
        self.directory(path.rpartition("/")[0])
        self._entries.append((path, stat.S_IFREG | mode, content))

    def link(self, path: str, target: str) -> None:
        """Add a symbolic link at `path` that points to `target`."""
        self.directory(path.rpartition("/")[0])
        self._entries.append((path, stat.S_IFLNK | 0o777, target.encode()))

    def pack(self) -> bytes:
        """Return the archive's bytes, padded to a multiple of 512; the same entries always give the same bytes."""
        packed = b"".join(_entry(number, *entry) for number, entry in enumerate(self._entries, start=1))
        packed += _entry(0, _TRAILER, 0, b"")
        return packed + bytes(-len(packed) % _BLOCK)


def _entry(inode: int, path: str, mode: int, content: bytes) -> bytes:
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    # ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
    numbers = (inode, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % number for number in numbers)
    head = header + name
    return head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4)
