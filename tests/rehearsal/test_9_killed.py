"""A run that is killed in the middle of something: ``make recover`` and the next ``pulumi up`` finish, and nothing that
the state does not know is left; one that is interrupted needs no more than the next ``up``. Kills one after the other,
and of ``destroy``, are in tests/faults.

The smallest lab, up to OpenShift. Where a run is killed is seen from outside: by what is on disk, in libvirt, or runs.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.conftest import SMALL, Lab, started

pytestmark = pytest.mark.rehearsal

POINTS = {
    "image": "any(Path('installation/rehearsal').glob('.*.partial/install-config.yaml'))",
    "machines": "'rehearsal-' in virsh('list', '--all', '--name')",
    # In two words, for this line is among the arguments of the process that looks.
    "wait": "any('agent wait' + '-for' in line for line in commands())",
}
"""When a run is in the middle of building the ISO, of making machines, of watching the installation."""

RUN = """
import json, os, signal, subprocess, sys, time
from pathlib import Path

point, how, ask = sys.argv[1:]
def virsh(*arguments):
    return subprocess.run(["virsh", "-q", *arguments], capture_output=True, text=True).stdout
def processes():
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            yield entry, (entry / "cmdline").read_bytes().replace(b"\\0", b" ").decode(errors="replace")
        except OSError:
            pass
def commands():
    return [line for _, line in processes()]
log = open("up.log", "wb")
up = subprocess.Popen(["pulumi", "up", "--stack", "rehearsal", "--non-interactive", "--yes", "--skip-preview"],
                      stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
while up.poll() is None and not eval(point):
    time.sleep(0.01)
told = {"reached": up.poll() is None}
if ask == "ask":
    asked = subprocess.run([sys.executable, "-m", "recovery", "--stack", "rehearsal"], capture_output=True, text=True)
    told["asked"] = [asked.returncode, asked.stderr]
if how == "interrupt":
    os.kill(up.pid, signal.SIGINT)
elif how == "process":
    os.kill(up.pid, signal.SIGKILL)
elif how == "group":
    os.killpg(up.pid, signal.SIGKILL)
elif how == "all":
    for entry, _ in list(processes()):
        try:
            if os.getsid(int(entry.name)) == up.pid:
                os.kill(int(entry.name), signal.SIGKILL)
        except ProcessLookupError:
            pass
told["code"] = up.wait()
told["log"] = Path("up.log").read_text()[-4000:]
print(json.dumps(told))
"""
"""Inside the host: `pulumi up` until a condition holds, then the signal. A session of its own, as a terminal's is."""

SERVING = """
import os
from pathlib import Path
for entry in Path("/proc").glob("[0-9]*"):
    try:
        line = (entry / "cmdline").read_bytes().replace(b"\\0", b" ").decode(errors="replace")
        environment = (entry / "environ").read_bytes()
    except OSError:
        continue
    if int(entry.name) != os.getpid() and (b"\\0PULUMI_PROJECT=" in environment or "pulumi" in line):
        print(entry.name, line)
"""
"""Inside the host, when no run lives: the processes that still serve one."""


@pytest.fixture(scope="module")
def small_openshift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A host with the smallest lab that is asked for up to OpenShift; nothing is up yet."""
    made = started(tmp_path_factory.mktemp("killed"))
    try:
        made.configured("killed", topology=SMALL, through="openshift")
        shutil.copy(made.directory.parent / "killed.yaml", made.project / "Pulumi.rehearsal.yaml")
        yield made
    finally:
        made.outside("stop")


@pytest.fixture
def lab(small_openshift: Lab) -> Lab:
    """The same with nothing up."""
    small_openshift.pulumi("destroy", "--yes", "--skip-preview")
    return small_openshift


def run_until(lab: Lab, point: str, how: str, ask: str = "") -> dict[str, Any]:
    """One ``pulumi up`` that ends by a signal at the point."""
    told: dict[str, Any] = json.loads(lab.run("python3", "-c", RUN, POINTS[point], how, ask).stdout)
    assert told["reached"], f"the run ended before it came to {point}:\n{told['log']}"
    return told


def recover(lab: Lab, *options: str, expect: int = 0) -> str:
    """What ``make recover`` runs; its table."""
    return lab.run("python3", "-m", "recovery", "--stack", "rehearsal", *options, expect=expect).stdout


def finishes(lab: Lab) -> None:
    """``pulumi up`` ends well, a further one finds nothing to do, and nothing is left that the state does not know."""
    lab.pulumi("up", "--yes", "--skip-preview")
    assert lab.steps() == []
    assert len(uuids(lab, "list")) == 5, "three masters, a worker, a compute"
    assert len(no_orphans(lab)) == 2, "one installer directory, one seed disk"


def uuids(lab: Lab, listing: str) -> set[str]:
    return set(lab.run("virsh", "--quiet", listing, "--all", "--uuid").stdout.split())


def recorded(lab: Lab, kind: str) -> set[str]:
    """The ids of the state's resources of one of libvirt's types."""
    return {r["id"] for r in lab.resources() if r["type"].startswith(f"libvirt:index/{kind}:") and not r.get("delete")}


def no_orphans(lab: Lab) -> list[Path]:
    """Machines, networks, pools, volumes and files are exactly those of the state, and no process serves a run. The
    installer directories and seed disks that there are."""
    deployment = json.loads(lab.pulumi("stack", "export").stdout)["deployment"]
    assert not deployment.get("pending_operations")
    for listing, kind in (("list", "domain"), ("net-list", "network"), ("pool-list", "pool")):
        assert uuids(lab, listing) == recorded(lab, kind), listing
    volumes = lab.run("find", "/var/lib/libvirt/rhoso-lab", "-type", "f").stdout.split()
    assert set(volumes) == recorded(lab, "volume")
    assert lab.run("python3", "-c", SERVING).stdout == ""
    assert not list((lab.directory / "state").rglob("*.tmp"))
    assert not list((lab.directory / "state" / ".pulumi" / "locks").rglob("*.json"))
    # The Kubernetes plugin leaves a kubeconfig there whenever it ran, killed or not; the host's own daemon works there.
    others = ("kubeconfig", "rehearsal-")
    assert not [path for path in (lab.directory / "tmp").iterdir() if not path.name.startswith(others)]
    outputs = json.dumps(lab.resources())
    # The program's own `installation`, which the host lays over the checkout's.
    directory = lab.directory / "installation"
    whole = [*directory.glob("rehearsal/[0-9a-f]*[0-9a-f]"), *directory.glob("rehearsal/seeds/*")]
    assert all(str(path.relative_to(lab.directory)) in outputs for path in whole), whole
    assert not list(directory.rglob("*.partial")) and not list(directory.glob("rehearsal/nodes/*"))
    return whole


@pytest.mark.parametrize(("point", "how"), [("image", "process"), ("machines", "group"), ("wait", "all")])
def test_after_a_kill_recovering_and_the_next_up_finish(lab: Lab, point: str, how: str) -> None:
    code, said = run_until(lab, point, how, ask="ask")["asked"]
    assert code == 1 and "A run of stack rehearsal lives" in said, "a living run is never touched"
    refused = lab.pulumi("up", "--yes", "--skip-preview", expect=None)
    # A run that dies while it writes the state leaves an empty file.
    said = refused.stderr + refused.stdout
    assert refused.returncode != 0 and ("lock" in said or "checkpoint" in said), "else nothing had to be recovered"
    planned = recover(lab, "--dry-run")
    assert "would be cancelled" in planned or "  state  " in planned
    done = recover(lab)
    assert done.count("\n") >= planned.count("\n") - 1, (planned, done)
    assert " found dead\n" in done and " cancelled\n" in done
    assert " dropped from the state\n" in done or "  state  " in done
    assert recover(lab).startswith("Nothing to recover")
    finishes(lab)


def test_interrupted_anywhere_the_next_up_goes_on(lab: Lab) -> None:
    for point in POINTS:
        assert run_until(lab, point, "interrupt")["code"] != 0
        assert lab.run("python3", "-c", SERVING).stdout == "", f"interrupted at {point}, something still runs"
    finishes(lab)


def test_a_failed_wait_collects_what_helps_and_the_next_up_goes_on(lab: Lab) -> None:
    impatient = ("env", "OPENSHIFT_INSTALL_WAIT_SECONDS=1", "pulumi", "up", "--stack", "rehearsal", "--non-interactive")
    failed = lab.run(*impatient, "--yes", "--skip-preview", expect=None)
    said = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "attempt 1 ended (bootstrap timed out: " in said and "raise generation above 1" in said
    [made] = (lab.directory / "installation/rehearsal/failures").iterdir()
    assert f"installation/rehearsal/failures/{made.name}" in said
    assert made.stat().st_mode & 0o777 == 0o700
    summary = (made / "summary.txt").read_text()
    for node in ("master-0", "master-1", "master-2", "worker-0"):
        assert re.search(rf"^{node} +192\.168\.130\.\d+ .* running +{node}\.console$", summary, re.M), summary
        assert (made / f"{node}.console").exists()
    assert "bootstrap process timed out" in (made / "installer.log").read_text()
    finishes(lab)


def test_a_killed_run_can_be_destroyed_after_recovering(lab: Lab) -> None:
    run_until(lab, "machines", "process")
    recover(lab)
    lab.pulumi("destroy", "--yes", "--skip-preview")
    assert lab.resources() == []
    for listing in ("list", "net-list", "pool-list"):
        assert uuids(lab, listing) == set(), listing
    assert lab.run("find", "/var/lib/libvirt/rhoso-lab", "-mindepth", "1").stdout == ""
    assert list((lab.directory / "installation").iterdir()) == []
    no_orphans(lab)
