"""Templates of the services that keep no users' data of their own; those that do are in storage_templates.

Each function gives the service's section of OpenStackControlPlane without ``enabled``. What the definitions default
is left to them; what they demand without a default is said. Source: rhoso.md, S8, and the definitions of FR2 to FR6.
"""

from __future__ import annotations

from typing import Any

from manifests import osp_secret
from manifests.load_balancers import API, internal, service
from manifests.release import RELEASES
from manifests.service_parts import (
    API_TIMEOUT,
    BUS,
    CELL1_BUS,
    CELL1_DATABASE,
    DATABASE,
    FILLED_IN,
    VOLUME,
    account,
    configured,
    pods,
)
from network import Plan
from settings import Settings

DISCOVERY_SECONDS = 60
"""How often a scheduler looks for computes that no cell knows yet. Several may find the same one at once; the later
ones then only warn (nova/scheduler/manager.py)."""

_DISCOVERY = f"""\
[scheduler]
discover_hosts_in_cells_interval = {DISCOVERY_SECONDS}
"""
_USUAL_MTU = 1500
_MTUS = """\
[DEFAULT]
global_physnet_mtu = {external}
[ml2]
path_mtu = {tenant}
"""


def keystone(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Identity."""
    return {"template": _plain_api(settings, plan, "keystone")}


def placement(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Where instances fit."""
    return {"template": _plain_api(settings, plan, "placement")}


def neutron(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Networks; instances must learn what the wires below carry, where that is not what Neutron takes for granted."""
    external, tenant = plan.openstack["external"].mtu, plan.openstack["tenant"].mtu
    own = "" if external == tenant == _USUAL_MTU else _MTUS.format(external=external, tenant=tenant)
    return {"template": {**_plain_api(settings, plan, "neutron", own), "networkAttachments": ["internalapi"]}}


def nova(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Instances. cell0 holds those that could not be placed; the computes are in cell1, with a bus of their own."""
    custom = configured(settings, "nova")
    part = {"replicas": pods(settings, plan, "nova"), **custom}
    return {
        "template": {
            "secret": osp_secret.NAME,
            "apiTimeout": API_TIMEOUT,
            "apiServiceTemplate": {**part, "override": internal(plan)},
            "metadataServiceTemplate": {**part, "enabled": True, "override": service(plan, API)},
            "schedulerServiceTemplate": {**part, **configured(settings, "nova", _DISCOVERY)},
            "cellTemplates": {
                "cell0": {**_cell(settings, "cell0", DATABASE, BUS), "conductorServiceTemplate": part},
                "cell1": {
                    **_cell(settings, "cell1", CELL1_DATABASE, CELL1_BUS),
                    "conductorServiceTemplate": part,
                    # The console of an instance is at its compute's address on this network.
                    "noVNCProxyServiceTemplate": {"enabled": True, "networkAttachments": ["ctlplane"], **custom},
                },
            },
        }
    }


def barbican(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Keys, encrypted with the one of osp-secret."""
    count = pods(settings, plan, "barbican")
    return {
        "template": {
            **account(),
            **configured(settings, "barbican"),
            "serviceAccount": FILLED_IN,
            "simpleCryptoBackendSecret": osp_secret.NAME,
            "barbicanAPI": {"replicas": count, "override": internal(plan)},
            "barbicanWorker": {"replicas": count},
            "barbicanKeystoneListener": {"replicas": 1},
        }
    }


def telemetry(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Ceilometer, and its metrics kept by Prometheus on request; the rest needs operators or services (logging, Heat)
    that may not be there."""
    metrics: dict[str, Any] = {"enabled": settings.openstack.services.telemetry.metrics}
    if metrics["enabled"]:
        claim = {"pvcStorageClass": settings.openstack.storage.storage_class}
        metrics["monitoringStack"] = {"storage": {"persistent": claim}}
        # Over this network Prometheus asks what runs on the computes.
        metrics["networkAttachments"] = ["ctlplane"]
    return {
        "template": {
            "ceilometer": {"enabled": True, "secret": osp_secret.NAME, **configured(settings, "telemetry")},
            "metricStorage": metrics,
            "autoscaling": {"enabled": False},
            "logging": {"enabled": False},
        }
    }


def horizon(settings: Settings, plan: Plan) -> dict[str, Any]:
    """The dashboard, which has a Route only."""
    count = pods(settings, plan, "horizon")
    return {"template": {"replicas": count, "secret": osp_secret.NAME, **configured(settings, "horizon")}}


def heat(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Orchestration."""
    count = pods(settings, plan, "heat")
    return {
        "template": {
            **account(),
            **configured(settings, "heat"),
            "heatAPI": {"replicas": count, "override": internal(plan)},
            "heatCfnAPI": {"replicas": count},
            "heatEngine": {"replicas": count},
        }
    }


def designate(settings: Settings, plan: Plan) -> dict[str, Any]:
    """DNS zones, served on the internal API's network.

    Its operator numbers the name servers from the address after the pods' range (designate-operator
    pkg/designate/network_parameters.go), so there are no more of them than fit before MetalLB's.
    """
    count = pods(settings, plan, "designate")
    network = "internalapi"
    subnet = plan.openstack[network].subnets[0]
    assert subnet.nad_range is not None and subnet.metallb is not None
    room = int(subnet.metallb[0]) - int(subnet.nad_range[1]) - 1
    servers = {"replicas": min(count, room // 2), "networkAttachments": [network], "controlNetworkName": network}
    workers = {"replicas": count, "networkAttachments": [network]}
    return {
        "template": {
            **account(),
            **configured(settings, "designate"),
            "designateNetworkAttachment": network,
            "nsRecords": [{"hostname": f"ns1.{settings.domain}.", "priority": 1}],
            "designateAPI": {"replicas": count, "override": internal(plan)},
            "designateCentral": {"replicas": count},
            "designateProducer": workers,
            "designateWorker": workers,
            "designateUnbound": {"replicas": 1, "networkAttachments": [network]},
            "designateMdns": servers,
            "designateBackendbind9": {
                **servers,
                "storageClass": settings.openstack.storage.storage_class,
                "storageRequest": VOLUME,
            },
        }
    }


def ironic(settings: Settings, plan: Plan) -> dict[str, Any]:
    """Bare metal, without a network of its own to provision on: by virtual media."""
    storage_class = settings.openstack.storage.storage_class
    return {
        "template": {
            **account(),
            **configured(settings, "ironic"),
            "storageClass": storage_class,
            "ironicAPI": {"replicas": pods(settings, plan, "ironic")},
            "ironicConductors": [{"replicas": 1, "storageClass": storage_class, "storageRequest": VOLUME}],
            "ironicInspector": {"replicas": 1},
            "ironicNeutronAgent": {"replicas": 1},
        }
    }


def _plain_api(settings: Settings, plan: Plan, name: str, own: str = "") -> dict[str, Any]:
    """A service that is one deployment of its API."""
    return {
        **account(),
        **configured(settings, name, own),
        "replicas": pods(settings, plan, name),
        "override": internal(plan),
    }


def _cell(settings: Settings, name: str, database: str, bus: str) -> dict[str, Any]:
    new = RELEASES[settings.openstack.release].messaging_bus
    return {
        "cellDatabaseAccount": f"nova-{name}",
        "cellDatabaseInstance": database,
        **({"messagingBus": {"cluster": bus}} if new else {"cellMessageBusInstance": bus}),
        "hasAPIAccess": True,
    }
