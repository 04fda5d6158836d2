"""Objects that the cluster is installed with: handed to the installer in ``openshift/``, applied during bootstrap.

What rolls the cluster's network or reboots its nodes when it comes later comes here (traps.md 37 and 43): OVN's
forwarding, and what Cinder needs on the nodes for volumes over iSCSI. They depend only on settings whose change
rebuilds the lab, for nothing else would bring a change of them to the nodes.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from manifests import cluster_tuning
from manifests.storage_templates import VOLUME_GROUP, volume_node
from network import Plan
from settings import Settings
from settings.openstack import VOLUMES_GIB

Object = dict[str, Any]

# Ours is one path to each volume; what matters is that multipathd takes no disk of the system's.
_MULTIPATH = """\
defaults {
    user_friendly_names no
    find_multipaths yes
    recheck_wwid yes
    skip_kpartx yes
}
"""

# A machine has one data disk and the storage operator takes all of it, so the group lies on a file. Loop devices don't
# outlive a boot. The devices file of the host stays as it is: naming one disk there would hide all others.
_SCRIPT = """\
#!/bin/bash
set -euo pipefail
file=/var/lib/{group}
[[ -e $file ]] || truncate --size {gib}G "$file"
device=$(losetup --noheadings --output NAME --associated "$file")
[[ -n $device ]] || device=$(losetup --show --find "$file")
vgs --devicesfile '' {group} || vgcreate --devicesfile '' {group} "$device"
"""
_PROGRAM = "/usr/local/bin/{group}"
_UNIT = """\
[Unit]
Description=Volume group of Cinder
ConditionHost=|{node}
ConditionHost=|{node}.*
RequiresMountsFor=/var/lib
Before=kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={program}

[Install]
WantedBy=multi-user.target
"""


def render(settings: Settings, plan: Plan) -> dict[str, Object]:
    """Every object by the name of its file in ``openshift/``."""
    found = {cluster_tuning.NAME: cluster_tuning.network_operator()}
    if settings.openstack.storage.volumes == "lvm":
        for item in _iscsi(settings, plan):
            found[f"{item['metadata']['name']}.yaml"] = item
    return found


def _iscsi(settings: Settings, plan: Plan) -> list[Object]:
    """Initiator and multipath on every node that OpenStack runs on, and on one of them the volumes themselves."""
    role = settings.topology.openstack_role.removesuffix("s")
    program = _PROGRAM.format(group=VOLUME_GROUP)
    unit = _UNIT.format(node=volume_node(plan), program=program)
    return [
        _machine_config(role, "iscsid", {}, {"iscsid.service": None}),
        _machine_config(role, "multipathd", {"/etc/multipath.conf": (_MULTIPATH, 0o600)}, {"multipathd.service": None}),
        _machine_config(
            role,
            VOLUME_GROUP,
            {program: (_SCRIPT.format(group=VOLUME_GROUP, gib=VOLUMES_GIB), 0o755)},
            {f"{VOLUME_GROUP}.service": unit},
        ),
    ]


def _machine_config(role: str, what: str, files: dict[str, tuple[str, int]], units: dict[str, str | None]) -> Object:
    """``files``: path → text and mode. ``units``: name → text, or None where the system has the unit already."""
    return {
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {
            "name": f"99-{role}-{what}",
            "labels": {"machineconfiguration.openshift.io/role": role},
        },
        "spec": {
            "config": {
                "ignition": {"version": "3.2.0"},
                "storage": {"files": [_file(path, text, mode) for path, (text, mode) in files.items()]},
                "systemd": {
                    "units": [
                        {"name": name, "enabled": True, **({"contents": text} if text else {})}
                        for name, text in units.items()
                    ]
                },
            }
        },
    }


def _file(path: str, text: str, mode: int) -> Object:
    return {"path": path, "mode": mode, "overwrite": True, "contents": {"source": f"data:,{quote(text)}"}}
