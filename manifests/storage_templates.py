"""Templates of the services that keep users' data: Glance, Cinder, Swift, Manila, each with what it stores in.

Swift's disks are claims, and Glance stores in Swift. Without Swift, Glance has a volume of its own, which only one
pod can have (traps.md 37), unless the user's configuration names another store. Sources: the samples and documents of
glance-operator and cinder-operator, 18.0-fr4.
"""

from __future__ import annotations

from typing import Any

from manifests import osp_secret
from manifests.load_balancers import internal
from manifests.release import RELEASES
from manifests.service_parts import API_TIMEOUT, FILLED_IN, VOLUME, account, configured, option, pods
from network import Plan
from settings import Settings

VOLUME_GROUP = "cinder-volumes"
"""The LVM volume group of Cinder's volumes, on `volume_node`."""

_GLANCE_IN_SWIFT = """\
[DEFAULT]
enabled_backends = default_backend:swift
[glance_store]
default_backend = default_backend
[default_backend]
swift_store_create_container_on_put = True
swift_store_auth_version = 3
swift_store_auth_address = {{ .KeystoneInternalURL }}
swift_store_endpoint_type = internalURL
swift_store_user = service:glance
swift_store_key = {{ .ServicePassword }}
"""
_GLANCE_IN_FILES = """\
[DEFAULT]
enabled_backends = default_backend:file
[glance_store]
default_backend = default_backend
[default_backend]
filesystem_store_datadir = /var/lib/glance/images/
"""

_LVM = """\
[lvm]
volume_backend_name = lvm
volume_driver = cinder.volume.drivers.lvm.LVMVolumeDriver
volume_group = {group}
target_protocol = iscsi
target_helper = lioadm
target_ip_address = {address}
"""
_NFS = """\
[{name}]
volume_backend_name = nfs
volume_driver = cinder.volume.drivers.nfs.NfsDriver
nfs_snapshot_support = true
nas_secure_file_operations = false
nas_secure_file_permissions = false
nas_host = {host}
nas_share_path = {path}
"""
_BACKUP_IN_SWIFT = """\
[DEFAULT]
backup_driver = cinder.backup.drivers.swift.SwiftBackupDriver
"""


def glance(settings: Settings, plan: Plan) -> dict[str, Any]:
    """An API called after its kind of store: the operator refuses to change the kind of one that is there."""
    services = settings.openstack.services
    given = option(services.config("glance"), "enabled_backends")
    ours = "" if given else _GLANCE_IN_SWIFT if services.runs("swift") else _GLANCE_IN_FILES
    in_files = ":file" in (given or option(ours, "enabled_backends"))
    api: dict[str, Any] = {
        "replicas": 1 if ours == _GLANCE_IN_FILES else pods(settings, plan, "glance"),
        "type": "single" if in_files else "split",
        "apiTimeout": API_TIMEOUT,
        "networkAttachments": ["storage"],
        "override": internal(plan),
    }
    if RELEASES[settings.openstack.release].image_demanded:
        api["containerImage"] = FILLED_IN
    name = "file" if in_files else "default"
    return {
        "uniquePodNames": True,
        "template": {
            **account(),
            **configured(settings, "glance", ours),
            "keystoneEndpoint": name,
            "imageCache": {},
            "storage": {"storageClass": settings.openstack.storage.storage_class, "storageRequest": VOLUME},
            "glanceAPIs": {name: api},
        },
    }


def cinder(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Volumes in LVM or on NFS, backups in Swift; a backend's pod is the only one of it."""
    backup: dict[str, Any] = {"replicas": 0}
    if settings.openstack.services.runs("swift"):
        backup = {"replicas": 1, "networkAttachments": ["storage"], "customServiceConfig": _BACKUP_IN_SWIFT}
    return {
        "uniquePodNames": True,
        "template": {
            **account(),
            **configured(settings, "cinder"),
            "apiTimeout": API_TIMEOUT,
            "cinderAPI": {"replicas": pods(settings, plan, "cinder"), "override": internal(plan)},
            "cinderScheduler": {"replicas": 1},
            "cinderBackup": backup,
            "cinderVolumes": _nfs(settings) if settings.openstack.storage.volumes == "nfs" else _lvm(plan),
        },
    }


def volume_node(plan: Plan) -> str:
    """The node with Cinder's volume group: the first, because nodes are only ever added and removed behind it."""
    return plan.openstack_nodes[0].name


def _lvm(plan: Plan) -> dict[str, Any]:
    # The operator recognises LVM and runs it in the node's own network, hence the node's address and no attachment.
    nic = plan.openstack_nodes[0].nic("osp")
    [address] = [vlan.addresses[0].ip for vlan in nic.vlans if vlan.network == "storage"]
    return {
        "lvm": {
            "replicas": 1,
            "nodeSelector": {"kubernetes.io/hostname": volume_node(plan)},
            "customServiceConfig": _LVM.format(group=VOLUME_GROUP, address=address),
        }
    }


def _nfs(settings: Settings) -> dict[str, Any]:
    """A backend for each share, as the driver wants it; all of one name, so that one volume type uses any."""
    backends = {}
    for number, share in enumerate(settings.openstack.storage.nfs_shares, start=1):
        host, _, path = share.partition(":")
        name = f"nfs-{number}"
        backends[name] = {
            "replicas": 1,
            "networkAttachments": ["storage"],
            "customServiceConfig": _NFS.format(name=name, host=host, path=path),
        }
    return backends


def swift(settings: Settings, plan: Plan) -> dict[str, Any]:
    """One disk a storage pod, and every object on up to three of them."""
    count = pods(settings, plan, "swift")
    return {
        "template": {
            "swiftProxy": {
                "replicas": count,
                "secret": osp_secret.NAME,
                "networkAttachments": ["storage"],
                "override": internal(plan),
            },
            "swiftRing": {"ringReplicas": min(count, 3)},
            "swiftStorage": {
                "replicas": count,
                "networkAttachments": ["storage"],
                "storageClass": settings.openstack.storage.storage_class,
                "storageRequest": VOLUME,
            },
        }
    }


def manila(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Shares need a backend that only the user's own configuration can name; without one there is just the API."""
    named = option(settings.openstack.services.config("manila"), "enabled_share_backends")
    shares = {"share1": {"replicas": 1, "networkAttachments": ["storage"]}} if named else {}
    return {
        "template": {
            **account(),
            **configured(settings, "manila"),
            "manilaAPI": {
                "replicas": pods(settings, plan, "manila"),
                "networkAttachments": ["internalapi"],
                "override": internal(plan),
            },
            "manilaScheduler": {"replicas": 1},
            "manilaShares": shares,
        }
    }
