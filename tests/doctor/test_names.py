"""Names on the host: whose are they?"""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor import names
from doctor.finding import Verdict
from tests.doctor.fake_host import BRIDGE, FakeHost, on, only, remote, subject, verdicts


def test_machines_of_nobody_and_of_this_stack_are_no_hindrance(host: FakeHost) -> None:
    assert "15 are free, 0 this stack's own" in only(names.machines, subject()).found
    host.domain("lab-master-0")
    host.domain("other-master-0", mark="somebody's")
    finding = only(names.machines, subject())
    assert finding.verdict is Verdict.PASS and "14 are free, 1 this stack's own" in finding.found


@pytest.mark.parametrize("mark", ["", "rhoso-lab/other", "my web server"])
def test_a_machine_of_another_owner(host: FakeHost, mark: str) -> None:
    host.domain("lab-master-0", mark=mark)
    finding = only(names.machines, subject())
    assert finding.verdict is Verdict.FAIL
    assert "lab-master-0" in finding.found and repr(mark or "empty") in finding.found


def test_a_machine_beyond_the_plan_is_nobodys_business(host: FakeHost) -> None:
    host.domain("lab-worker-19", mark="")
    assert only(names.machines, subject()).verdict is Verdict.PASS
    host.domain("lab-master-0", mark="")
    assert only(names.machines, subject(through="networks")).verdict is Verdict.PASS


def test_a_pool_of_nobody_and_of_this_stack(host: FakeHost, tmp_path: Path) -> None:
    assert "are free" in only(names.pool, on(pool=str(tmp_path))).found
    host.pool("lab-1", tmp_path / "lab-1")
    (tmp_path / "lab-1").mkdir()
    (tmp_path / "lab-1" / "lab-master-0-root.qcow2").touch()
    finding = only(names.pool, on(pool=str(tmp_path)))
    assert finding.verdict is Verdict.PASS and "this stack's own" in finding.found


def test_an_empty_directory_is_nobodys(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "lab-1").mkdir()
    assert "is empty" in only(names.pool, on(pool=str(tmp_path))).found


def test_files_of_no_pool_would_be_taken_for_volumes(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "lab-1").mkdir()
    for number in range(5):
        (tmp_path / "lab-1" / f"lab-master-{number}-root.qcow2").touch()
    finding = only(names.pool, on(pool=str(tmp_path)))
    assert (finding.verdict, finding.field) == (Verdict.FAIL, "hosts.pool")
    assert "lab-master-2-root.qcow2 and 2 more" in finding.found
    assert finding.remedy.endswith(f"sudo rm -r {tmp_path}/lab-1")


def test_files_of_a_lab_that_is_there_are_its_own_though_its_pool_is_not(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "lab-1").mkdir()
    disk = tmp_path / "lab-1" / "lab-master-0-root.qcow2"
    disk.touch()
    host.domain("lab-master-0", disk=str(disk))
    assert only(names.pool, on(pool=str(tmp_path))).verdict is Verdict.PASS


def test_a_pool_of_that_name_elsewhere(host: FakeHost, tmp_path: Path) -> None:
    host.pool("lab-1", "/srv/somebody")
    found = list(names.pool(on(pool=str(tmp_path))))
    assert found[0].verdict is Verdict.FAIL and "in /srv/somebody" in found[0].found
    # With disks of this stack in it, hosts.pool was changed: that is for the rebuild's own rule to refuse.
    host.domain("lab-master-0", disk="/srv/somebody/lab-master-0-root.qcow2")
    assert only(names.pool, on(pool=str(tmp_path))).verdict is Verdict.WARN


def test_another_pool_in_that_directory(host: FakeHost, tmp_path: Path) -> None:
    host.pool("images", tmp_path / "lab-1")
    finding = only(names.pool, on(pool=str(tmp_path)))
    assert finding.verdict is Verdict.FAIL and "directory of pool images" in finding.found


def test_a_directory_that_can_not_be_looked_into(
    host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "iterdir", refused)
    assert only(names.pool, on(pool=str(tmp_path))).verdict is Verdict.WARN
    assert only(names.pool, remote()).verdict is Verdict.SKIPPED


def test_networks(host: FakeHost) -> None:
    assert "3 are free" in only(names.networks, subject()).found
    host.network("lab-ocp")
    assert "2 are free, 1 this stack's own" in only(names.networks, subject()).found
    host.network("lab-osp", bridge="virbr7")
    finding = only(names.networks, subject())
    assert finding.verdict is Verdict.FAIL and "lab-osp with bridge virbr7" in finding.found


def test_bridges(host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "INTERFACES", tmp_path)
    assert only(names.bridges, subject()).verdict is Verdict.PASS
    (tmp_path / BRIDGE).mkdir()
    finding = only(names.bridges, subject())
    assert (finding.verdict, finding.remedy) == (Verdict.FAIL, f"sudo ip link delete {BRIDGE}")
    host.network("lab-ocp")
    assert only(names.bridges, subject()).verdict is Verdict.PASS


def test_a_bridge_of_another_network(host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "INTERFACES", tmp_path)
    host.network("somebodys", bridge=BRIDGE)
    assert verdicts(names.bridges, subject()) == [Verdict.FAIL]
