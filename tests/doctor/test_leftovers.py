"""What an earlier lab left, told from a lab that is there by the stack's state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctor import leftovers
from doctor.finding import Finding, Verdict
from tests.doctor.fake_host import FakeHost, on, only, subject


def state(host: FakeHost, *uuids: str) -> None:
    resources = [{"type": "libvirt:index/domain:Domain", "id": uuid} for uuid in uuids]
    resources += [{"type": "pulumi:pulumi:Stack"}, {"type": "libvirt:index/volume:Volume"}]
    exported = json.dumps({"deployment": {"resources": resources}})
    host.program("pulumi", f"[ \"$*\" = 'stack export --non-interactive --stack lab' ] && echo '{exported}'")


def no_state(host: FakeHost) -> None:
    url = json.dumps({"url": "postgres://user:word@state.example.com/states?sslmode=verify-full"})
    host.program(
        "pulumi", f"[ $1 = whoami ] && echo '{url}' || {{ echo \"error: no stack named 'lab' found\" >&2; exit 255; }}"
    )


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def found(pool: Path) -> list[Finding]:
    return list(leftovers.leftovers(on(pool=str(pool))))


def test_none(host: FakeHost) -> None:
    no_state(host)
    host.domain("lab-master-0", mark="somebody's")
    host.domain("lab-x-master-0", mark="rhoso-lab/lab-x")
    host.network("lab-osp", bridge="virbr7")
    assert only(leftovers.leftovers, subject()).verdict is Verdict.PASS


def test_each_piece_comes_with_its_command(host: FakeHost, tmp_path: Path) -> None:
    no_state(host)
    host.domain("lab-worker-19")
    host.network("lab-ocp")
    host.pool("lab-2", tmp_path / "lab-2", "lab-master-0-root.qcow2", "lab-agent.iso")
    findings = found(tmp_path)
    assert {finding.verdict for finding in findings} == {Verdict.FAIL}
    assert findings[0].found.endswith("and pulumi knows no stack lab in postgres://state.example.com/states.")
    assert [finding.remedy for finding in findings] == [
        "virsh -c qemu:///system 'destroy lab-worker-19; undefine lab-worker-19 --managed-save --snapshots-metadata "
        "--checkpoints-metadata --nvram'",
        "virsh -c qemu:///system 'vol-delete lab-master-0-root.qcow2 --pool lab-2; vol-delete lab-agent.iso --pool "
        "lab-2; pool-destroy lab-2; pool-delete lab-2; pool-undefine lab-2'",
        "virsh -c qemu:///system 'net-destroy lab-ocp; net-undefine lab-ocp'",
    ]


def test_a_backend_that_cannot_be_named_hides_nothing(host: FakeHost, tmp_path: Path) -> None:
    host.program("pulumi", "echo \"error: no stack named 'lab' found\" >&2; exit 255")
    host.network("lab-ocp")
    [finding] = found(tmp_path)
    assert finding.verdict is Verdict.FAIL
    assert finding.found.endswith("and pulumi knows no stack lab in its backend.")


def test_an_inactive_pool_lists_no_volumes(host: FakeHost, tmp_path: Path) -> None:
    no_state(host)
    host.pool("lab-1", tmp_path / "lab-1")
    host.answer("pool-list --name", "")
    [finding] = found(tmp_path)
    assert finding.remedy == (
        f"virsh -c qemu:///system 'pool-undefine lab-1'; on the host: sudo rm -r {tmp_path}/lab-1"
    )


def test_a_pool_elsewhere_is_somebody_elses(host: FakeHost, tmp_path: Path) -> None:
    no_state(host)
    host.pool("lab-1", "/srv/somebody")
    host.pool("lab-images", tmp_path / "lab-images")
    assert [finding.verdict for finding in found(tmp_path)] == [Verdict.PASS]


def test_what_the_state_knows_is_the_lab(host: FakeHost, tmp_path: Path) -> None:
    host.domain("lab-master-0")
    host.network("lab-ocp")
    host.pool("lab-1", tmp_path / "lab-1")
    state(host, "uuid-lab-master-0", "uuid-lab-ocp", "uuid-lab-1")
    [finding] = found(tmp_path)
    assert finding.verdict is Verdict.PASS and "3 machines, networks and pools" in finding.found
    state(host, "uuid-lab-ocp", "uuid-lab-1")
    [finding] = found(tmp_path)
    assert finding.verdict is Verdict.FAIL
    assert finding.found == "Machine lab-master-0 has this stack's mark, and the stack's state does not know of it."


@pytest.mark.parametrize("script", [None, "echo 'error: passphrase must be set' >&2; exit 255", "echo nonsense"])
def test_a_state_that_can_not_be_read_condemns_nothing(host: FakeHost, tmp_path: Path, script: str | None) -> None:
    host.domain("lab-master-0")
    if script:
        host.program("pulumi", script)
    [finding] = found(tmp_path)
    assert finding.verdict is Verdict.WARN
    assert finding.remedy.startswith("If no lab of this stack is to be kept: virsh")


def test_an_installers_directory(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "installation" / "lab" / "0123456789abcdef").mkdir(parents=True)
    no_state(host)
    [finding] = found(tmp_path)
    assert (finding.verdict, finding.remedy) == (Verdict.WARN, "rm -r installation/lab")
    state(host, "uuid-of-a-machine")
    assert [finding.verdict for finding in found(tmp_path)] == [Verdict.PASS]
