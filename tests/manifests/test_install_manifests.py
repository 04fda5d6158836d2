"""What the cluster is installed with: on the right nodes, and scripts that do what they say."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from manifests import install_manifests, storage_templates
from network import plan as make_plan
from settings import catalogue
from settings.catalogue import values
from tests.lab import settings

NFS = {"storage": {"volumes": "nfs", "nfsShares": ["nfs.example.com:/v"]}}
COMPACT = {"workers": {"count": 0}}
NETWORK = "cluster-network-03-config.yml"


def rendered(**changes: Any) -> dict[str, dict[str, Any]]:
    """The install manifests of the seed lab with some settings changed."""
    lab = settings(**changes)
    return install_manifests.render(lab, make_plan(lab))


def config(name: str, **changes: Any) -> dict[str, Any]:
    """The ignition part of one MachineConfig."""
    found: dict[str, Any] = rendered(**changes)[f"{name}.yaml"]["spec"]["config"]
    return found


def text(file: dict[str, Any]) -> str:
    """A file of ignition's as the node has it."""
    kind, _, encoded = file["contents"]["source"].partition(",")
    assert kind == "data:"
    assert not set(encoded) & set(" \n#"), "a URL can't hold them"
    return unquote(encoded)


def unit(name: str, **changes: Any) -> dict[str, list[str]]:
    """The settings of a systemd unit by name, each with all its values."""
    [made] = config(name, **changes)["systemd"]["units"]
    lines = [line.partition("=") for line in made["contents"].splitlines() if "=" in line]
    return {key: [value for other, _, value in lines if other == key] for key, _, _ in lines}


def test_forwarding_is_on_from_the_first_hour() -> None:
    gateway = rendered()[NETWORK]["spec"]["defaultNetwork"]["ovnKubernetesConfig"]["gatewayConfig"]
    assert gateway == {"ipForwarding": "Global", "routingViaHost": True}
    assert list(rendered(openstack=NFS)) == [NETWORK], "volumes on NFS need nothing on the nodes"


@pytest.mark.parametrize(("topology", "role"), [({}, "worker"), (COMPACT, "master")])
def test_every_node_that_carries_openstack_has_initiator_and_multipath(topology: dict[str, Any], role: str) -> None:
    made = rendered(topology=topology)
    del made[NETWORK]
    assert {name: item["metadata"]["labels"] for name, item in made.items()} == {
        f"99-{role}-{what}.yaml": {"machineconfiguration.openshift.io/role": role}
        for what in ("iscsid", "multipathd", "cinder-volumes")
    }
    for what in ("iscsid", "multipathd"):
        [service] = made[f"99-{role}-{what}.yaml"]["spec"]["config"]["systemd"]["units"]
        assert service == {"name": f"{what}.service", "enabled": True}
    [conf] = made[f"99-{role}-multipathd.yaml"]["spec"]["config"]["storage"]["files"]
    assert conf["path"] == "/etc/multipath.conf"
    assert text(conf).count("{") == text(conf).count("}") == 1


@pytest.mark.parametrize(
    ("topology", "name"), [({}, "99-worker-cinder-volumes"), (COMPACT, "99-master-cinder-volumes")]
)
def test_the_volume_group_is_on_the_node_that_offers_it(topology: dict[str, Any], name: str) -> None:
    lab = settings(topology=topology)
    node = storage_templates.volume_node(make_plan(lab))
    found = unit(name, topology=topology)
    # "|" makes it one of several, any of which will do.
    assert found["ConditionHost"] == [f"|{node}", f"|{node}.*"]
    [program] = config(name, topology=topology)["storage"]["files"]
    assert found["ExecStart"] == [program["path"]]
    assert program["mode"] == 0o755
    assert found["Type"] == ["oneshot"]


def tools(directory: Path) -> None:
    """Commands that tell what they were asked, and answer as a node does on which `state` says what there is."""
    answers = {
        "losetup": "[[ $* == *--associated* ]] || echo /dev/loop7 >state/device; cat state/device 2>/dev/null || true",
        "vgs": "[[ -e state/group ]]",
        "vgcreate": "touch state/group",
        "truncate": 'touch "${!#}"',
    }
    for name, answer in answers.items():
        tool = directory / name
        tool.write_text(f"#!/bin/bash\necho {name} $* >>asked\n{answer}\n")
        tool.chmod(0o755)


def test_the_volume_group_is_made_once_and_its_device_at_each_boot(tmp_path: Path) -> None:
    [program] = config("99-worker-cinder-volumes")["storage"]["files"]
    (tmp_path / "state").mkdir()
    (tmp_path / "bin").mkdir()
    tools(tmp_path / "bin")
    script = text(program).replace("/var/lib/", f"{tmp_path}/")
    asked = tmp_path / "asked"

    def boot() -> list[str]:
        asked.unlink(missing_ok=True)
        environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
        subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, check=True)
        return [line for line in asked.read_text().splitlines() if not line.startswith("vgs")]

    file = tmp_path / storage_templates.VOLUME_GROUP
    look = f"losetup --noheadings --output NAME --associated {file}"
    attach = f"losetup --show --find {file}"
    made = [f"truncate --size 20G {file}", look, attach, "vgcreate --devicesfile cinder-volumes /dev/loop7"]
    assert boot() == made
    assert boot() == [look], "run twice in one boot it does nothing"
    (tmp_path / "state" / "device").unlink()
    assert boot() == [look, attach], "after a boot only the device is gone"


def test_only_settings_whose_change_rebuilds_the_lab_are_read() -> None:
    """Anything else would make a new ISO that no node boots."""
    lab = settings()
    other = settings(
        openstack={"services": {"cinder": {"enabled": False}}, "version": "1.0.7"}, topology={"computes": {"count": 5}}
    )
    changed = {path for path, value in values(other).items() if values(lab)[path] != value}
    assert changed
    assert not {path for path in changed if catalogue()[path].change in ("rebuild", "fixed")}
    assert install_manifests.render(lab, make_plan(lab)) == install_manifests.render(other, make_plan(other))
