"""Jobs with the client's image: the program's own scripts, run against the stand-in of the cloud."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manifests import retire, smoke_test
from rehearsal.operators import job_run
from rehearsal.operators.jobs import Job, cloud
from rehearsal.operators.openstack_cli import computes, state
from rehearsal.operators.openstack_cli.commands import run as openstack
from rehearsal.operators.standin import Outcome, Unmet, View
from tests.lab import plan, settings
from tests.rehearsal_operators.guests import Guest, deployed, fake_ssh
from tests.rehearsal_operators.lab_objects import CLIENT, NAMESPACE, Object, config_map, objects, served, world

JOB = Job()
IMAGE = b"an image"


def smoke(tmp_path: Path) -> list[Object]:
    """The smoke test of the lab, with an image that is a file."""
    (tmp_path / "guest.img").write_bytes(IMAGE)
    guest = smoke_test.Guest((tmp_path / "guest.img").as_uri(), hashlib.sha256(IMAGE).hexdigest())
    return [served(item) for item in smoke_test.render(settings(), plan(), CLIENT, guest, timeout=3)]


def retiring(task: str, names: str) -> list[Object]:
    """The retirement of computes, as step members of operations/ completes it."""
    [scripts, job] = retire.render(NAMESPACE, CLIENT)
    variables = job["spec"]["template"]["spec"]["containers"][0]["env"]
    variables += [{"name": "TASK", "value": task}, {"name": "COMPUTES", "value": names}]
    return [served(scripts), served(job)]


def small(script: str, **spec: Any) -> list[Object]:
    """A Job with a script of its own."""
    [scripts, job] = copy.deepcopy(retiring("", ""))
    scripts["data"] = {"retire.sh": script}
    job["spec"] |= spec
    return [scripts, job]


def act(directory: Path, made: list[Object]) -> Outcome:
    """Run a Job in a world with all of the lab."""
    there = world(*made, directory=directory)
    assert JOB.unmet(made[1], there) == []
    return JOB.act(made[1], there)


def log(directory: Path) -> str:
    """What the Job has said."""
    [path] = (directory / "jobs").glob("*/log")
    return path.read_text()


@pytest.fixture
def guests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Guest]]:
    """The lab's two computes, deployed; what is run on them over ssh says that the ping was answered."""
    programs = fake_ssh(tmp_path, "smoke test passed\n")
    monkeypatch.setattr(job_run, "_PATH", f"{programs}:{job_run._PATH}")
    monkeypatch.setattr(job_run, "_LOOK_SECONDS", 0.0)
    with deployed(tmp_path, "compute-0", "compute-1") as made:
        yield made


def test_the_smoke_test_passes_against_the_cloud(guests: list[Guest], tmp_path: Path) -> None:
    outcome = act(tmp_path, smoke(tmp_path))
    assert outcome.problem == "", log(tmp_path)
    assert "gateway=10.0.0.1" in (tmp_path / "ran").read_text()
    assert len(guests) == 2
    with state.opened(tmp_path) as known:
        assert {kind: items for kind, items in known["resources"].items() if items} == {}, "it removes what it made"


def test_the_smoke_test_fails_with_its_own_sentence(guests: list[Guest], tmp_path: Path) -> None:
    (tmp_path / "says").write_text("smoke test failed\n")
    outcome = act(tmp_path, smoke(tmp_path))
    assert outcome.problem == "the instance got no answer from 10.0.0.1"
    assert outcome.facts["code"] == 3
    assert guests


def test_a_compute_whose_agent_is_down_fails_it(guests: list[Guest], tmp_path: Path) -> None:
    guests[1].units = (computes.OVN,)
    outcome = act(tmp_path, smoke(tmp_path))
    assert outcome.problem.startswith("not up after 3 s: compute-1 (its nova-compute is not up)")


def test_a_compute_is_retired_in_two_steps(guests: list[Guest], tmp_path: Path) -> None:
    assert act(tmp_path, retiring("disable", "compute-1")).problem == "", log(tmp_path)
    listed = "compute service list --service nova-compute -f value -c Host -c Status".split()
    assert openstack(listed, tmp_path).splitlines() == [f"{guests[0].host} enabled", f"{guests[1].host} disabled"]
    guests[1].switch_off()
    assert act(tmp_path, retiring("delete", "compute-1")).problem == "", log(tmp_path)
    assert openstack(listed, tmp_path).splitlines() == [f"{guests[0].host} enabled"]
    agents = openstack("network agent list -f value -c Host".split(), tmp_path)
    assert set(agents.splitlines()) == {guests[0].host}


def test_a_compute_with_an_instance_is_not_retired(guests: list[Guest], tmp_path: Path) -> None:
    with state.opened(tmp_path) as known:
        known["resources"]["server"] = {
            "7": {"id": "7", "name": "web", "host": guests[1].host, "status": "ACTIVE", "network": ""}
        }
    outcome = act(tmp_path, retiring("disable", "compute-0 compute-1"))
    assert outcome.facts["code"] == 2
    assert f"{guests[1].host}: 7 web" in outcome.problem
    with state.opened(tmp_path) as known:
        assert not any(entry["disabled"] for entry in known["services"].values())


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("ConfigMap/openstack-config", 'configmap "openstack-config" not found'),
        ("Secret/openstack-config-secret", 'secret "openstack-config-secret" not found'),
        ("Secret/combined-ca-bundle", 'secret "combined-ca-bundle" not found'),
        ("ConfigMap/retire", 'configmap "retire" not found'),
    ],
)
def test_a_volume_that_is_not_there_keeps_the_container_from_starting(without: str, said: str) -> None:
    [scripts, job] = retiring("disable", "")
    [need] = JOB.unmet(job, world(scripts, without=[without]))
    assert said in need.sentence
    [pod] = JOB.parts(View(job, "waiting", (need,)), world())
    assert pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ContainerCreating"


def test_a_key_that_a_volume_names_and_nobody_has_keeps_it_too() -> None:
    [scripts, job] = retiring("disable", "")
    [need] = JOB.unmet(job, world(scripts, config_map("openstack-config", other="x")))
    assert "references non-existent configmap key: clouds.yaml" in need.sentence


def test_no_other_image_is_pulled() -> None:
    [scripts, job] = retiring("disable", "")
    job["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/other"
    [need] = JOB.unmet(job, world(scripts))
    assert need.part == "ImagePullBackOff" and "registry.example.com/other" in need.sentence
    [release] = [item for item in objects() if item["kind"] == "OpenStackVersion"]
    without = world(scripts, release | {"status": {}})
    assert JOB.unmet(retiring("disable", "")[1], without) != []


def test_nothing_of_this_machines_environment_reaches_the_script(
    guests: list[Guest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    outcome = act(tmp_path, small("env; exit 7"))
    assert outcome.facts["code"] == 7 and guests
    assert "SECRET_OF_THE_CALLER" not in log(tmp_path)
    assert f"HOME={tmp_path}" in log(tmp_path), "a mount's path is one on this machine"


def test_without_a_message_the_end_of_the_log_is_the_last_word(guests: list[Guest], tmp_path: Path) -> None:
    outcome = act(tmp_path, small("echo what went wrong; exit 1"))
    assert outcome.problem == "what went wrong" and guests


def test_a_job_past_its_deadline_is_told_and_then_ended(guests: list[Guest], tmp_path: Path) -> None:
    script = "trap 'echo told; exit 3' TERM\nwhile :; do sleep 0.1; done"
    outcome = act(tmp_path, small(script, activeDeadlineSeconds=1))
    assert outcome.facts["reason"] == "DeadlineExceeded" and guests
    assert log(tmp_path) == "told\n"
    [failed] = [
        entry
        for entry in JOB.status(View(retiring("", "")[1], "failed", facts=outcome.facts), world())["conditions"]
        if entry["type"] == "Failed"
    ]
    assert failed["reason"] == "DeadlineExceeded"


def test_a_job_that_does_not_listen_is_killed(guests: list[Guest], tmp_path: Path) -> None:
    made = small("trap '' TERM\necho $$\nwhile :; do sleep 0.1; done", activeDeadlineSeconds=1)
    made[1]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
    outcome = act(tmp_path, made)
    assert outcome.facts["code"] == 137 and guests
    assert not Path(f"/proc/{log(tmp_path).strip()}").exists()


@pytest.mark.parametrize(
    ("view", "phase", "counted"),
    [
        ("waiting", "Pending", {"active": 1}),
        ("working", "Running", {"active": 1}),
        ("ready", "Succeeded", {"succeeded": 1}),
        ("failed", "Failed", {"failed": 1}),
    ],
)
def test_pod_and_job_tell_the_same(view: Any, phase: str, counted: dict[str, int]) -> None:
    job = retiring("disable", "")[1]
    unmet = (Unmet("x"),) if view == "waiting" else ()
    seen = View(job, view, unmet, problem="no gateway" if view == "failed" else "")
    status = JOB.status(seen, world())
    assert {key: value for key, value in status.items() if key in ("active", "succeeded", "failed")} == counted
    assert JOB.settled(job | {"status": status}) is (view in ("ready", "failed"))
    [pod] = JOB.parts(seen, world())
    assert pod["status"]["phase"] == phase
    assert pod["metadata"]["labels"]["job-name"] == job["metadata"]["name"]
    if view == "failed":
        assert pod["status"]["containerStatuses"][0]["state"]["terminated"]["message"] == "no gateway"


def test_the_cloud_is_what_the_control_plane_says() -> None:
    told = cloud(NAMESPACE, world())
    assert told == {"ready": True, "discovers": True, "password": "secret-of-admin"}
    [plane] = [item for item in objects() if item["kind"] == "OpenStackControlPlane"]
    plane["spec"]["nova"]["template"]["schedulerServiceTemplate"]["customServiceConfig"] = "[scheduler]\n"
    assert cloud(NAMESPACE, world(plane))["discovers"] is False
    assert cloud(NAMESPACE, world(without=[f"OpenStackControlPlane/{plane['metadata']['name']}"])) == {"ready": False}
