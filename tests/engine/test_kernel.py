"""Which kernel modules are taken, from a package's tree or the machine's own."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from engine import kernel
from engine.errors import RouteClosedError


def module(tree: Path, path: str, depends: str = "") -> None:
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    content = b"\x7fELF\0license=GPL\0depends=" + depends.encode() + b"\0name=x\0"
    file.write_bytes(lzma.compress(content) if path.endswith(".xz") else content)


def test_dependencies_come_along_and_nothing_else(tmp_path: Path) -> None:
    module(tmp_path, "kernel/net/8021q/8021q.ko", "garp,mrp")
    module(tmp_path, "kernel/net/802/garp.ko", "stp")
    module(tmp_path, "kernel/net/802/mrp.ko")
    module(tmp_path, "kernel/net/802/stp.ko")
    module(tmp_path, "kernel/fs/fat/fat.ko")
    names = {path.name for path, _ in kernel.needed(tmp_path, ("8021q",))}
    assert names == {"8021q.ko", "garp.ko", "mrp.ko", "stp.ko"}


def test_compressed_modules_are_unpacked(tmp_path: Path) -> None:
    module(tmp_path, "kernel/virtio_net.ko.xz", "net-failover")
    module(tmp_path, "kernel/net_failover.ko.xz")
    found = dict(kernel.needed(tmp_path, ("virtio_net",)))
    assert sorted(map(str, found)) == ["kernel/net_failover.ko", "kernel/virtio_net.ko"]
    assert all(content.startswith(b"\x7fELF") for content in found.values())


def test_what_is_built_in_needs_no_file(tmp_path: Path) -> None:
    (tmp_path / "modules.builtin").write_text("kernel/drivers/virtio/virtio_pci.ko\n")
    assert list(kernel.needed(tmp_path, ("virtio_pci",))) == []


def test_a_module_that_is_nowhere_closes_the_route(tmp_path: Path) -> None:
    with pytest.raises(RouteClosedError, match="no module isofs"):
        list(kernel.needed(tmp_path, ("isofs",)))


def test_the_kernel_directory_has_the_contracts_shape(tmp_path: Path) -> None:
    tree = tmp_path / "6.1.0-1-cloud-amd64"
    for name in kernel.WANTED:
        module(tree, f"kernel/{name}.ko")
    (tmp_path / "vmlinuz-6.1").write_text("kernel")
    kernel.take(tmp_path / "vmlinuz-6.1", tree, tmp_path / "kernel")
    assert (tmp_path / "kernel" / "vmlinuz").read_text() == "kernel"
    assert (tmp_path / "kernel" / "modules" / tree.name / "kernel" / "isofs.ko").is_file()


def test_the_meta_package_is_resolved_to_the_concrete_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "apt-cache"
    tool.write_text("#!/bin/sh\necho 'Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert kernel.concrete_package() == "linux-image-6.1.0-56-cloud-amd64"


def test_missing_package_lists_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "apt-cache"
    tool.write_text("#!/bin/sh\nexit 100\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(RouteClosedError, match="apt-get update"):
        kernel.concrete_package()
