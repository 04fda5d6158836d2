"""The order in which parts are looked for, and what each route accepts."""

from __future__ import annotations

import http.server
import io
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import acquire, cache, download, parts
from engine.acquire import Fill
from engine.cache import Layout
from engine.errors import EngineError, RouteClosedError

PART = parts.PULUMI


def program(path: Path, text: str = "#!/bin/sh\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def brings(text: str, files: tuple[str, ...] = PART.files) -> Fill:
    def fill(staging: Path) -> None:
        for file in files:
            program(staging / file, text)

    return fill


def closed(reason: str) -> Fill:
    def fill(staging: Path) -> None:
        raise RouteClosedError(reason)

    return fill


def never(staging: Path) -> None:
    pytest.fail("a route after the open one was tried")


def test_the_first_open_route_is_taken_and_the_closed_ones_are_named(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    routes = [("PATH", closed("no pulumi")), ("download", brings("downloaded")), ("Go build", never)]
    acquire.acquire(layout, PART, routes)
    assert (layout.bin / "pulumi").read_text() == "downloaded"
    assert f"pulumi {PART.version}: download (PATH: no pulumi)" in capsys.readouterr().out


def test_a_finished_part_is_not_looked_for_again(layout: Layout) -> None:
    acquire.acquire(layout, PART, [("Go build", brings("built"))])
    acquire.acquire(layout, PART, [("Go build", never)])


def test_a_route_that_brings_too_little_falls_back(layout: Layout) -> None:
    routes = [("download", brings("half", PART.files[:1])), ("Go build", brings("whole"))]
    acquire.acquire(layout, PART, routes)
    assert {(layout.root / file).read_text() for file in PART.files} == {"whole"}


def test_a_failed_last_route_is_an_error_and_leaves_no_stamp(layout: Layout) -> None:
    def fail(staging: Path) -> None:
        raise EngineError("go build ended with 1")

    with pytest.raises(EngineError, match="ended with 1"):
        acquire.acquire(layout, PART, [("PATH", closed("no pulumi")), ("Go build", fail)])
    assert not layout.stamp(PART.name).exists()


def test_new_pins_of_another_part_rebuild_nothing(layout: Layout) -> None:
    earlier = Layout(layout.root.with_name("fedcba9876543210"))
    acquire.acquire(earlier, PART, [("Go build", brings("built before"))])
    acquire.acquire(layout, PART, [("Go build", never)])
    assert (layout.bin / "pulumi").read_text() == "built before"


@pytest.fixture
def own_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: Layout) -> Path:
    directory = tmp_path / "opt"
    for file in PART.files:
        program(directory / Path(file).name, f"#!/bin/sh\necho v{PART.version}\n")
    monkeypatch.setenv("PATH", f"{layout.bin}:{directory}:/usr/bin:/bin")
    return directory


def test_a_pulumi_of_the_pinned_version_on_path_is_used(own_pulumi: Path, tmp_path: Path) -> None:
    acquire.link_from_path(PART, tmp_path)
    assert (tmp_path / "bin" / "pulumi").resolve() == own_pulumi / "pulumi"


def test_another_version_on_path_is_not_used(own_pulumi: Path, tmp_path: Path) -> None:
    program(own_pulumi / "pulumi", "#!/bin/sh\necho v3.1.0\n")
    with pytest.raises(RouteClosedError, match=r"is v3\.1\.0"):
        acquire.link_from_path(PART, tmp_path)


def test_a_pulumi_without_its_language_host_is_not_used(own_pulumi: Path, tmp_path: Path) -> None:
    (own_pulumi / "pulumi-language-python").unlink()
    with pytest.raises(RouteClosedError, match="no pulumi-language-python beside it"):
        acquire.link_from_path(PART, tmp_path)


def test_an_engine_of_ours_on_path_does_not_count(own_pulumi: Path, layout: Layout, tmp_path: Path) -> None:
    program(layout.bin / "pulumi", f"#!/bin/sh\necho v{PART.version}\n")
    acquire.link_from_path(PART, tmp_path)
    assert (tmp_path / "bin" / "pulumi").resolve() == own_pulumi / "pulumi"


def test_a_plugin_that_the_user_has_installed_is_copied(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = parts.PLUGINS[0]
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    with pytest.raises(RouteClosedError):
        acquire.copy_installed(plugin, tmp_path / "staging")
    installed = tmp_path / "pulumi" / "plugins" / Path(plugin.directory).name
    program(installed / f"pulumi-resource-{plugin.name}", "theirs")
    acquire.copy_installed(plugin, tmp_path / "staging")
    assert (tmp_path / "staging" / plugin.files[0]).read_text() == "theirs"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a local web server that serves tmp_path/www."""
    (tmp_path / "www").mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(tmp_path / "www"))  # type: ignore[arg-type]

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{web.server_port}"
    web.shutdown()
    web.server_close()


def test_the_official_archive_gives_cli_and_language_host(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tarfile.open(tmp_path / "www" / "pulumi.tar.gz", "w:gz") as tar:
        for file in (*PART.files, "bin/pulumi-language-go"):
            member = tarfile.TarInfo(f"pulumi/{Path(file).name}")
            member.size = 4
            tar.addfile(member, io.BytesIO(b"ours"))
    monkeypatch.setattr(download, "PULUMI_ARCHIVE", f"{server}/pulumi.tar.gz")
    (tmp_path / "staging").mkdir()
    download.pulumi(PART, tmp_path / "staging")
    assert sorted(path.name for path in (tmp_path / "staging" / "bin").iterdir()) == sorted(
        Path(file).name for file in PART.files
    )


def test_something_else_than_the_archive_closes_the_route(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "www" / "pulumi.tar.gz").write_text("<html>please log in</html>")
    monkeypatch.setattr(download, "PULUMI_ARCHIVE", f"{server}/pulumi.tar.gz")
    (tmp_path / "staging").mkdir()
    with pytest.raises(RouteClosedError, match="not the expected archive"):
        download.pulumi(PART, tmp_path / "staging")


def test_a_wrong_checksum_closes_the_route(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = parts.CONTROL_PLANE
    binaries = tmp_path / "www" / f"v{part.version}" / "bin" / "linux" / "amd64"
    for file in part.files:
        program(binaries / Path(file).name)
        (binaries / f"{Path(file).name}.sha256").write_text("0" * 64)
    monkeypatch.setattr(download, "KUBERNETES_RELEASES", server)
    (tmp_path / "staging").mkdir()
    with pytest.raises(RouteClosedError, match="checksum"):
        download.control_plane(part, tmp_path / "staging")


def test_a_refusing_network_is_asked_once_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:1/pulumi.tar.gz"
    monkeypatch.setattr(download, "PULUMI_ARCHIVE", url)
    with pytest.raises(RouteClosedError, match=r"127\.0\.0\.1 not reachable"):
        download.pulumi(PART, tmp_path)
    asked = download.refusal.cache_info().misses
    with pytest.raises(RouteClosedError, match="not reachable"):
        download.plugin(parts.PLUGINS[0], tmp_path, tmp_path / "pulumi")
    assert download.refusal.cache_info().misses == asked


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_CONNECT_SECONDS", 0.05)
    given_up = threading.Event()

    def hang(*_: object, **__: object) -> None:
        given_up.wait()
        raise OSError

    monkeypatch.setattr(urllib.request, "urlopen", hang)
    assert "no answer in time" in download.refusal("http://127.0.0.1:9/never")
    given_up.set()


def test_every_plugin_lies_where_the_engine_finds_it_without_a_warning() -> None:
    for plugin in parts.PLUGINS:
        assert plugin.files == (f"home/plugins/resource-{plugin.name}-v{plugin.version}/pulumi-resource-{plugin.name}",)


def test_the_plugins_are_those_of_the_pinned_sdks() -> None:
    pins = dict(
        line.split("==")
        for line in (cache.CHECKOUT / "requirements.txt").read_text().splitlines()
        if line.startswith("pulumi")
    )
    assert pins.pop("pulumi") == parts.PULUMI_VERSION
    pins.pop("pulumi-policy")  # the pack's own library, which no plugin belongs to
    assert {name.removeprefix("pulumi-"): version for name, version in pins.items()} == {
        plugin.name: plugin.version for plugin in parts.PLUGINS
    }
