"""The smoke test's script, run for real against a cloud that is a few files, and the Job that carries it."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget

from manifests import smoke_test
from network import plan as make_plan
from settings import parse
from tests.lab import plan, settings
from tests.manifests.smoke_cloud import Cloud, container
from tests.strategies import configurations

NAME = "rhoso-lab-smoke-test"

GUEST = smoke_test.Guest("http://mirror.example.com/guest.img", "0" * 64)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


def test_it_passes_when_the_instance_says_so_and_leaves_nothing(cloud: Cloud) -> None:
    run = cloud.run()
    assert run.returncode == 0, run.stdout
    assert cloud.objects() == []
    assert (cloud.root / "uploaded").read_bytes() == b"a guest"
    assert "--allocation-pool start=10.0.0.50,end=10.0.0.99" in cloud.calls
    assert "10.0.0.1 answered the instance" in run.stdout


def test_an_instance_without_an_answer_fails_it_at_once(cloud: Cloud) -> None:
    cloud.says("smoke test failed")
    run = cloud.run()
    assert run.returncode == 3, run.stdout
    assert cloud.message == "the instance got no answer from 10.0.0.1\n"
    assert cloud.objects() == []


def test_an_instance_that_says_nothing_is_shown_with_the_end_of_its_console(cloud: Cloud) -> None:
    cloud.says("kernel panic")
    run = cloud.run(TIMEOUT="1")
    assert run.returncode == 3
    assert "kernel panic" in run.stdout
    assert cloud.message == "the instance said nothing in 1 s\n"
    assert cloud.objects() == []


def test_an_instance_that_does_not_start_is_told_with_the_reason(cloud: Cloud) -> None:
    run = cloud.run(REFUSE="server create")
    assert run.returncode == 2
    assert cloud.message == "the instance did not start: ERROR No valid host was found\n"
    assert cloud.objects() == []


@pytest.mark.parametrize(
    ("services", "hypervisors", "reason"),
    [("", "", "its nova-compute is not up"), ("down", "up", "its nova-compute is not up"), ("up", "", "no hypervisor")],
)
def test_an_instance_is_not_started_before_every_compute_is_up(
    cloud: Cloud, services: str, hypervisors: str, reason: str
) -> None:
    cloud.computes(services, hypervisors)
    run = cloud.run(TIMEOUT="1")
    assert run.returncode == 5, run.stdout
    assert cloud.message.startswith(f"not up after 1 s: compute-1 ({reason}")
    assert "server create" not in cloud.calls
    assert cloud.objects() == []


def test_a_compute_that_comes_up_meanwhile_is_waited_for(cloud: Cloud) -> None:
    cloud.computes(hypervisors="")
    process = subprocess.Popen(
        ["bash", str(cloud.script)], cwd=cloud.work, env=cloud.environment, text=True, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert any("waiting up to 60 s for compute-1" in line for line in process.stdout)
    cloud.computes()
    rest, _ = process.communicate()
    assert process.returncode == 0, rest


@pytest.mark.parametrize("command", ["image create", "flavor create", "subnet create", "router add", "console log"])
def test_whatever_is_refused_it_cleans_up(cloud: Cloud, command: str) -> None:
    run = cloud.run(REFUSE=command, TIMEOUT="1")
    assert run.returncode == (3 if command == "console log" else 1), run.stdout
    assert cloud.objects() == []


def test_a_guest_with_another_checksum_never_reaches_the_cloud(cloud: Cloud) -> None:
    run = cloud.run(IMAGE_SHA256="0" * 64)
    assert run.returncode == 1
    assert "has not the checksum" in cloud.message
    assert "image create" not in cloud.calls


def test_a_guest_that_is_not_there_fails_it(cloud: Cloud) -> None:
    run = cloud.run(IMAGE_URL=(cloud.root / "nowhere").as_uri())
    assert run.returncode == 1
    assert "image create" not in cloud.calls
    assert cloud.objects() == []


def test_what_a_killed_run_left_is_removed_first(cloud: Cloud) -> None:
    for kind in ("server", "router", "network", "flavor", "image"):
        cloud.make(kind, NAME, f"{kind}-old")
        cloud.make(kind, NAME, f"{kind}-older")
    run = cloud.run()
    assert run.returncode == 0, run.stdout
    assert cloud.objects() == []
    assert cloud.calls.index("image-older") < cloud.calls.index("image create"), "two of one name can't be told apart"


def test_what_belongs_to_others_stays(cloud: Cloud) -> None:
    cloud.make("server", "web", "server-web")
    cloud.make("network", f"{NAME}-of-mine", "network-mine")
    assert cloud.run().returncode == 0
    assert cloud.objects() == [f"network {NAME}-of-mine", "server web"]


def test_an_external_network_that_is_there_is_used_and_stays(cloud: Cloud) -> None:
    cloud.make("network", "public", "network-public")
    (cloud.root / "external").write_text("network-public\n")
    run = cloud.run()
    assert run.returncode == 0, run.stdout
    assert f"router set --external-gateway network-public {NAME}" in cloud.calls
    assert cloud.objects() == ["network public"]


def test_what_cannot_be_removed_is_told_and_the_rest_goes(cloud: Cloud) -> None:
    run = cloud.run(REFUSE="flavor delete")
    assert run.returncode == 4
    assert cloud.objects() == [f"flavor {NAME}"]


def test_a_failure_is_not_hidden_by_what_cannot_be_removed(cloud: Cloud) -> None:
    cloud.says("smoke test failed")
    assert cloud.run(REFUSE="flavor delete").returncode == 3


def test_a_job_that_is_ended_cleans_up(cloud: Cloud) -> None:
    cloud.says("still booting")
    process = subprocess.Popen(
        ["bash", str(cloud.script)],
        cwd=cloud.work,
        env=cloud.environment,
        text=True,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert any("waiting up to" in line for line in process.stdout)
    assert f"server {NAME}" in cloud.objects()
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate()
    assert process.returncode == 143, rest
    assert cloud.objects() == []


@pytest.mark.parametrize(("answers", "verdict"), [(True, "passed"), (False, "failed")])
def test_the_instance_says_what_the_script_listens_for(tmp_path: Path, answers: bool, verdict: str) -> None:
    [scripts, _] = smoke_test.render(settings(), plan(), "client", GUEST)
    for name, text in {"ping": f'echo "$*" >>{tmp_path}/pinged; {str(answers).lower()}', "sleep": "true"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(stat.S_IRWXU)
    console = tmp_path / "console"
    script = scripts["data"]["instance.sh"].replace("/dev/console", str(console))
    subprocess.run(["sh", "-c", script], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True)

    assert f"smoke test {verdict}" in console.read_text()
    assert f'*"smoke test {verdict}"*' in smoke_test.SCRIPT
    pinged = (tmp_path / "pinged").read_text().splitlines()
    assert len(pinged) == (1 if answers else 60)
    assert pinged[0].split()[-1] == "10.0.0.1"
    assert scripts["data"]["instance.sh"].startswith("#!/bin/sh\n"), "neither CirrOS nor cloud-init runs it otherwise"


def test_shellcheck_has_nothing_against_the_scripts(tmp_path: Path) -> None:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    [scripts, _] = smoke_test.render(settings(), plan(), "client", GUEST)
    for name, text in scripts["data"].items():
        (tmp_path / name).write_text(text)
        found = subprocess.run([program, name], cwd=tmp_path, text=True, stdout=subprocess.PIPE, check=False)
        assert found.returncode == 0, found.stdout


def test_the_job_runs_once_as_nobody_with_the_clients_image() -> None:
    [scripts, job] = smoke_test.render(settings(), plan(), "registry.example.com/client@sha256:1", GUEST, timeout=600)
    assert container(job)["image"] == "registry.example.com/client@sha256:1"
    assert job["spec"]["backoffLimit"] == 0
    assert job["spec"]["activeDeadlineSeconds"] > 600
    pod = job["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert pod["automountServiceAccountToken"] is False
    mounts = {mount["name"]: mount["mountPath"] for mount in container(job)["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in pod["volumes"]}
    assert pod["volumes"][0]["configMap"]["name"] == scripts["metadata"]["name"]
    assert container(job)["command"][-1] == f"{mounts['scripts']}/smoke-test.sh"
    given = {entry["name"]: entry["value"] for entry in container(job)["env"]}
    assert given["OS_CACERT"].startswith(mounts["cloud"])


def test_the_script_reads_no_variable_that_the_job_does_not_set(cloud: Cloud) -> None:
    # `set -u` ends the script otherwise; PATH comes from the image.
    assert cloud.run().returncode == 0
    assert set(cloud.environment) - {"PATH", "CLOUD", "REFUSE"} == {
        entry["name"] for entry in container(smoke_test.render(settings(), plan(), "client", GUEST)[1])["env"]
    }


def test_another_deployment_or_another_guest_gives_another_job() -> None:
    def name(client: str = "client", guest: smoke_test.Guest = GUEST, after: str = "") -> str:
        job = smoke_test.render(settings(), plan(), client, guest, after=after)[1]
        return str(job["metadata"]["name"])

    other = smoke_test.Guest(GUEST.url, "1" * 64)
    names = [name(), name("newer"), name(guest=other), name(after="computes-1"), name(after="computes-2")]
    assert len(set(names)) == len(names)
    assert name() == name()
    assert max(map(len, names)) <= 63


@budget(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(configurations())
def test_in_any_lab_no_address_that_openstack_gives_out_is_anybodys(configuration: dict[str, Any]) -> None:
    the_settings = parse("lab", configuration)
    the_plan = make_plan(the_settings)
    [wire] = the_plan.networks["external"].subnets
    if wire.gateway is None and wire.host is None:
        with pytest.raises(ValueError, match=r"set networks\.external\.gateway"):
            smoke_test.render(the_settings, the_plan, "client", GUEST)
        return
    job = smoke_test.render(the_settings, the_plan, "client", GUEST)[1]
    given = {entry["name"]: entry["value"] for entry in container(job)["env"]}

    first, last = ip_address(given["EXTERNAL_FIRST"]), ip_address(given["EXTERNAL_LAST"])
    external = ip_network(given["EXTERNAL_CIDR"])
    assert first in external and last in external and int(last) - int(first) == 49
    [subnet] = the_plan.openstack["external"].subnets
    taken = [(wire.gateway, wire.gateway), *subnet.allocation]
    assert all(int(last) < int(start) or int(end) < int(first) for start, end in taken if start and end)
    overlay = ip_network(given["OVERLAY_CIDR"])
    assert not any(part.cidr.overlaps(overlay) for network in the_plan.openstack.values() for part in network.subnets)
