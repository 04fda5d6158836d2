"""`agent wait-for` once more after machines have joined or left: the cluster's members are what it expects then."""

from __future__ import annotations

import json

import pytest

from tests.standin import test_wait_for
from tests.standin.commands import payload
from tests.standin.test_wait_for import Lab

lab = test_wait_for.lab


def members(lab: Lab, *names: str) -> None:
    """Write down who belongs to the cluster, as the rehearsal's control plane does."""
    ips = {host["hostname"]: (ip, host) for ip, host in lab.hosts.items()}
    hosts = [
        {"hostname": name, "role": host["role"], "mac": host["nics"][0]["mac"], "ip": ip}
        for name in names
        for ip, host in [ips[name]]
    ]
    document = {"hosts": hosts, "left": {}, "asked": {}}
    (payload(lab.directory) / "members.json").write_text(json.dumps(document))


def test_a_host_that_has_left_is_not_missed(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    members(lab, "master-0", "master-1", "master-2", "worker-3")
    del lab.hosts["127.0.0.24"]
    lab.nodes = [node for node in lab.nodes if node["metadata"]["name"] != "worker-4"]
    assert lab.wait("install-complete", monkeypatch) == 0


def test_a_host_that_has_joined_is_expected(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nic = {"name": "ens3", "mac": "52:54:00:00:00:55", "addresses": [], "up": True}
    lab.hosts["127.0.0.55"] = {"id": lab.identity, "hostname": "worker-5", "role": "worker", "nics": [nic]}
    members(lab, *(host["hostname"] for host in lab.hosts.values()))
    assert lab.wait("install-complete", monkeypatch) == 6
    assert "worker-5 (52:54:00:00:00:55) is not registered" in capsys.readouterr().err
    lab.nodes.append({**lab.nodes[0], "metadata": {"name": "worker-5"}})
    assert lab.wait("install-complete", monkeypatch) == 0
