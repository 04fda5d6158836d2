"""The stand-in for OpenStack's command line: what it refuses, and what it knows of computes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.operators.openstack_cli import computes, state
from rehearsal.operators.openstack_cli.__main__ import main
from rehearsal.operators.openstack_cli.commands import run
from rehearsal.operators.openstack_cli.errors import RefusedError
from tests.rehearsal_operators.guests import Guest, deployed, fake_ssh

PASSED = "smoke test passed\n"


class Cloud:
    """A cloud in a directory, with two computes, and its command line."""

    def __init__(self, directory: Path, guests: list[Guest]) -> None:
        self.directory, self.guests = directory, guests

    def __call__(self, command: str) -> str:
        return run(command.split(), self.directory)

    def rows(self, command: str) -> list[dict[str, Any]]:
        """A list command's rows."""
        found: list[dict[str, Any]] = json.loads(self(f"{command} -f json"))
        return found

    def prepare(self, leads_out: bool = True) -> None:
        """All that an instance needs; with a router to the external network, or without."""
        (self.directory / "image").write_text("an image")
        (self.directory / "user-data").write_text("#!/bin/sh\nping -c 1 10.0.0.1\n")
        self(f"image create --disk-format qcow2 --container-format bare --file {self.directory}/image i")
        self("flavor create --vcpus 1 --ram 512 --disk 1 f")
        self("network create n")
        self("subnet create --network n --subnet-range 192.0.2.0/24 s")
        self("network create --external --provider-network-type flat --provider-physical-network datacentre out")
        pool = "--gateway 10.0.0.1 --allocation-pool start=10.0.0.50,end=10.0.0.99"
        self(f"subnet create --network out --subnet-range 10.0.0.0/24 {pool} --no-dhcp out")
        self("router create r")
        self("router set --external-gateway out r")
        if leads_out:
            self("router add subnet r s")

    def start(self, name: str = "v") -> None:
        """An instance."""
        self(f"server create --wait --image i --flavor f --network n --user-data {self.directory}/user-data {name}")


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("PATH", f"{fake_ssh(tmp_path, PASSED)}:{os.environ['PATH']}")
    with deployed(tmp_path, "compute-0", "compute-1") as guests:
        yield Cloud(tmp_path, guests)


def test_computes_are_there_while_their_units_run(cloud: Cloud) -> None:
    command = "compute service list --service nova-compute -f value -c Host -c Status -c State"
    hosts = [guest.host for guest in cloud.guests]
    assert cloud(command).splitlines() == [f"{host} enabled up" for host in hosts]
    assert [row["State"] for row in cloud.rows("hypervisor list")] == ["up", "up"]
    cloud.guests[1].units = (computes.OVN, computes.METADATA)
    assert cloud(command).splitlines() == [f"{hosts[0]} enabled up", f"{hosts[1]} enabled down"]
    cloud.guests[0].switch_off()
    assert {row["Alive"] for row in cloud.rows("network agent list") if row["Host"] == hosts[0]} == {"XXX"}


def test_a_compute_that_no_deployment_set_up_is_unknown(tmp_path: Path) -> None:
    with deployed(tmp_path, "compute-0") as [guest], state.opened(tmp_path) as known:
        known["computes"].clear()
        assert [row["Host"] for row in computes.services(known, computes.COMPUTE)] == []
        assert guest.units


def test_hypervisors_are_seen_only_once_the_cell_is_searched(cloud: Cloud) -> None:
    with state.opened(cloud.directory) as known:
        known["cloud"]["discovers"] = False
    assert len(cloud.rows("compute service list --service nova-compute")) == 2
    assert cloud.rows("hypervisor list") == []
    cloud.prepare()
    with pytest.raises(RefusedError, match="Error creating server"):
        cloud.start()
    assert "No valid host was found" in cloud("server show -f value -c fault v")


def test_a_record_that_is_deleted_while_its_agent_runs_comes_again(cloud: Cloud) -> None:
    [first, *_] = cloud.rows("compute service list --service nova-compute")
    [agent, *_] = cloud.rows("network agent list")
    cloud(f"compute service delete {first['ID']}")
    cloud(f"network agent delete {agent['ID']}")
    assert len(cloud.rows("compute service list --service nova-compute")) == 2
    assert len(cloud.rows("network agent list")) == 4
    cloud.guests[0].units = ()
    for row in cloud.rows("compute service list --service nova-compute"):
        if row["Host"] == first["Host"]:
            cloud(f"compute service delete {row['ID']}")
    assert [row["Hypervisor Hostname"] for row in cloud.rows("hypervisor list")] == [cloud.guests[1].host]


def test_an_instance_goes_to_a_compute_that_is_enabled_and_runs(cloud: Cloud) -> None:
    cloud.prepare()
    cloud(f"compute service set --disable {cloud.guests[0].host} nova-compute")
    cloud.start()
    assert cloud(f"server list --all-projects --host {cloud.guests[1].host} -f value -c Name") == "v"
    [row] = [row for row in cloud.rows("compute service list") if row["Host"] == cloud.guests[1].host]
    with pytest.raises(RefusedError, match="hosting instances"):
        cloud(f"compute service delete {row['ID']}")
    cloud.guests[1].units = ()
    with pytest.raises(RefusedError, match="Error creating server"):
        cloud.start("w")
    cloud(f"compute service set --enable {cloud.guests[0].host} nova-compute")
    cloud.start("x")


def test_without_ovn_on_it_a_compute_binds_no_port(cloud: Cloud) -> None:
    cloud.prepare()
    for guest in cloud.guests:
        guest.units = (computes.NOVA,)
    with pytest.raises(RefusedError):
        cloud.start()
    assert "Binding failed for a port" in cloud("server show -f value -c fault v")


def test_the_console_is_what_the_user_data_said_on_the_compute(cloud: Cloud) -> None:
    cloud.prepare()
    cloud.start()
    assert cloud("console log show v").endswith(PASSED)
    ran = (cloud.directory / "ran").read_text()
    assert "ping -c 1 10.0.0.1" in ran and "unshare -m  sh" in ran
    (cloud.directory / "ran").unlink()
    assert cloud("console log show v").endswith(PASSED)
    assert not (cloud.directory / "ran").exists(), "an instance boots once"


def test_an_instance_that_nothing_leads_out_of_boots_without_a_network(cloud: Cloud) -> None:
    cloud.prepare(leads_out=False)
    cloud.start()
    cloud("console log show v")
    assert "unshare -m -n sh" in (cloud.directory / "ran").read_text()


def test_without_metadata_an_instance_says_nothing(cloud: Cloud) -> None:
    cloud.prepare()
    for guest in cloud.guests:
        guest.units = (computes.NOVA, computes.OVN)
    cloud.start()
    assert PASSED not in cloud("console log show v")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("network create --external --provider-network-type flat --provider-physical-network datacentre x", "in use"),
        ("subnet create --network n --subnet-range 10.1.0.0/24 --gateway 10.2.0.1 x", "not valid on subnet"),
        (
            "subnet create --network n --subnet-range 10.1.0.0/24 --allocation-pool start=10.1.0.0,end=10.2.0.0 x",
            "spans",
        ),
        (
            "subnet create --network n --subnet-range 10.1.0.0/24 --allocation-pool start=10.1.0.1,end=10.1.0.9 x",
            "conflic",
        ),
        ("router set --external-gateway n r", "not an external network"),
        ("router add subnet r s", "already has a port"),
        ("router delete r", "in use by interfaces"),
        ("network delete n", "in use by router"),
        ("network delete out", "in use by router"),
        ("flavor delete nobody", "No Flavor found for nobody"),
        ("image create --disk-format qcow2 --file /nowhere x", "No such file"),
        ("compute service delete 9", "not found"),
        ("compute service set --disable elsewhere nova-compute", "failed to set"),
        ("server create --wait --image i x", "the following arguments are required"),
        ("server list --deleted", "unrecognized arguments"),
        ("volume list", "is not an openstack command"),
    ],
)
def test_what_openstack_refuses_is_refused(cloud: Cloud, command: str, said: str) -> None:
    cloud.prepare()
    with pytest.raises(RefusedError, match=said):
        cloud(command)


def test_two_of_one_name_are_told_apart_by_id_alone(cloud: Cloud) -> None:
    cloud("flavor create --vcpus 1 --ram 1 --disk 1 f")
    cloud("flavor create --vcpus 1 --ram 1 --disk 1 f")
    with pytest.raises(RefusedError, match="More than one Flavor"):
        cloud("flavor delete f")
    for row in cloud.rows("flavor list"):
        cloud(f"flavor delete {row['ID']}")
    assert cloud.rows("flavor list") == []


def test_a_network_takes_its_subnets_with_it(cloud: Cloud) -> None:
    cloud("network create n")
    cloud("subnet create --network n --subnet-range 192.0.2.0/24 s")
    cloud("network delete n")
    assert cloud.rows("subnet list") == []


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a Job mounts at /etc/openstack, all right."""
    at = tmp_path / "etc"
    at.mkdir()
    (at / "clouds.yaml").write_text("clouds: {default: {auth: {auth_url: 'https://keystone', username: admin}}}")
    (at / "secure.yaml").write_text("clouds: {default: {auth: {password: '1234'}}}")
    (at / "bundle").write_text("x")
    variables = {"REHEARSAL_CLOUD": str(tmp_path), "REHEARSAL_CLOUD_CONFIGURATION": str(at)}
    for name, value in {**variables, "OS_CLOUD": "default", "OS_CACERT": str(at / "bundle")}.items():
        monkeypatch.setenv(name, value)
    with state.opened(tmp_path) as known:
        known["cloud"] = {"ready": True, "discovers": True, "password": "1234"}
    return at


def test_a_client_that_may_is_let_in(configuration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flavor", "create", "f", "-f", "value", "-c", "name"]) == 0
    assert capsys.readouterr().out == "f\n"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("clouds.yaml", "clouds: {default: {auth: {username: admin}}}", "Missing value auth-url"),
        ("secure.yaml", "clouds: {default: {auth: {password: other}}}", "requires authentication. (HTTP 401)"),
        ("secure.yaml", "", "Missing value password"),
        ("bundle", None, "CA certificate bundle"),
    ],
)
def test_a_client_that_may_not_is_told_why(
    configuration: Path, capsys: pytest.CaptureFixture[str], file: str, content: str | None, said: str
) -> None:
    if content is None:
        (configuration / file).unlink()
    else:
        (configuration / file).write_text(content)
    assert main(["flavor", "list"]) == 1
    assert said in capsys.readouterr().err


def test_nobody_answers_before_the_control_plane_is_ready(
    configuration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with state.opened(configuration.parent) as known:
        known["cloud"]["ready"] = False
    assert main(["flavor", "list"]) == 1
    assert "the control plane is not Ready" in capsys.readouterr().err
