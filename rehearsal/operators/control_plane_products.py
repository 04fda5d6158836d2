"""What the operators of a control plane leave for others: its version, its DNS, Secrets for clients and computes.

Each thing is there once the service that writes it is up. Names and keys are those that the data plane's services and
OpenStack's client read (rhoso.md, S5 and S8b; the services' operators at 18.0-fr2).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from .control_plane_secrets import value_of, wanted
from .control_plane_services import CA, CLIENT, TOPOLOGY, Section, condition_type, running
from .openstack_init import release
from .standin import View
from .version import KIND as VERSIONS
from .world import Object, World, is_true, status_of

DNSMASQS, DNS_NAME = "DNSMasq.network.openstack.org", "dns"
BUNDLE = "combined-ca-bundle"
ISSUERS = ("rootca-public", "rootca-internal", "rootca-libvirt", "rootca-ovn")

_AGENTS = {
    "neutron-ovn-metadata-agent-neutron-config": "10-neutron-metadata.conf",
    "neutron-ovn-agent-neutron-config": "10-neutron-ovn.conf",
    "neutron-sriov-agent-neutron-config": "10-neutron-sriov.conf",
    "neutron-dhcp-agent-neutron-config": "10-neutron-dhcp.conf",
}
_KEYSTONE = "https://keystone-internal.{namespace}.svc:5000"
_OVN = "ssl:ovsdbserver-sb.{namespace}.svc:6642"


def parts(view: View, world: World) -> list[dict[str, Any]]:
    """Everything that should be there now."""
    obj = view.obj
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    made = list(_version(obj, world))
    if not status_of(obj).get("conditions") or {CA, TOPOLOGY} & {unmet.part for unmet in view.unmet}:
        return made
    made += [*_authorities(namespace), *_dns(spec, namespace)]
    products = _Products(spec, namespace, world)
    makers = {
        "OVN": products.ovn,
        "Neutron": products.neutron,
        "Nova": products.nova,
        "Swift": products.swift,
        "Telemetry": products.telemetry,
        CLIENT: products.client,
    }
    names = {service.part for service in running(spec)} | {CLIENT}
    for part, maker in makers.items():
        if part in names and is_true(obj, condition_type(part)):
            made += maker()
    return made


def _version(obj: Object, world: World) -> Iterator[dict[str, Any]]:
    """With the operators' version to begin with; from then on its target is the user's."""
    metadata = {"name": obj["metadata"]["name"], "namespace": obj["metadata"]["namespace"]}
    there = world.get(VERSIONS, metadata["name"], metadata["namespace"])
    target = ((there or {}).get("spec") or {}).get("targetVersion") or release(world)
    if target:
        yield {
            "apiVersion": "core.openstack.org/v1beta1",
            "kind": "OpenStackVersion",
            "metadata": metadata,
            "spec": {"targetVersion": target},
        }


def _authorities(namespace: str) -> Iterator[dict[str, Any]]:
    """Nobody in a rehearsal opens a TLS connection to OpenStack, so a certificate is but its name."""
    for name in ISSUERS:
        label = f"osp-rootca-issuer-{name.removeprefix('rootca-')}"
        text = f"certificate authority {name} of the rehearsal\n"
        yield _secret(name, namespace, {"ca.crt": text, "tls.crt": text, "tls.key": text})
        yield {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Issuer",
            "metadata": {"name": name, "namespace": namespace, "labels": {label: ""}},
            "spec": {"ca": {"secretName": name}},
        }
    bundle = "".join(f"certificate authority {name} of the rehearsal\n" for name in ISSUERS)
    yield _secret(BUNDLE, namespace, {"tls-ca-bundle.pem": bundle, "internal-ca-bundle.pem": bundle})


def _dns(spec: Section, namespace: str) -> Iterator[dict[str, Any]]:
    if "dns" not in {service.section for service in running(spec)}:
        return
    template = dict((spec.get("dns") or {}).get("template") or {})
    for field in ("nodeSelector", "topologyRef"):
        if field not in template and spec.get(field):
            template[field] = spec[field]
    yield {
        "apiVersion": "network.openstack.org/v1beta1",
        "kind": "DNSMasq",
        "metadata": {"name": DNS_NAME, "namespace": namespace},
        "spec": template,
    }


class _Products:
    """What each service writes."""

    def __init__(self, spec: Section, namespace: str, world: World) -> None:
        self._spec = spec
        self._namespace = namespace
        self._keystone = _KEYSTONE.format(namespace=namespace)
        self._passwords = {
            (want.part, want.selector): value_of(world.get("Secret", want.secret, namespace), want.key) or ""
            for want in wanted(spec)
        }

    def ovn(self) -> Iterator[dict[str, Any]]:
        """Only a southbound database with a network of its own can be reached by computes."""
        databases = _at(self._spec, "ovn", "template", "ovnDBCluster")
        if any(item.get("dbType") == "SB" and item.get("networkAttachment") for item in databases.values()):
            remote = _OVN.format(namespace=self._namespace)
            text = f"ovn-remote={remote}\novn-encap-type=geneve\n"
            yield self._config_map("ovncontroller-config", {"ovsdb-config": text})

    def neutron(self) -> Iterator[dict[str, Any]]:
        remote = _OVN.format(namespace=self._namespace)
        for name, key in _AGENTS.items():
            yield self._secret(name, {key: f"[ovn]\novn_sb_connection = {remote}\n"})

    def nova(self) -> Iterator[dict[str, Any]]:
        secret = self._passwords.get(("Nova", "metadataSecret"), "")
        metadata = f"[DEFAULT]\nmetadata_proxy_shared_secret = {secret}\n"
        yield self._secret("nova-metadata-neutron-config", {"05-nova-metadata.conf": metadata})
        for cell, template in _at(self._spec, "nova", "template", "cellTemplates").items():
            if cell != "cell0":
                yield self._secret(f"nova-{cell}-compute-config", {"01-nova.conf": self._compute(cell, template)})

    def swift(self) -> Iterator[dict[str, Any]]:
        yield self._secret("swift-conf", {"swift.conf": "[swift-hash]\nswift_hash_path_prefix = rehearsal\n"})
        yield self._config_map("swift-ring-files", {"swiftrings.tar.gz": "rings of the rehearsal"})

    def telemetry(self) -> Iterator[dict[str, Any]]:
        if _at(self._spec, "telemetry", "template", "ceilometer").get("enabled", True):
            password = self._passwords.get(("Telemetry", "ceilometerService"), "")
            text = f"[service_credentials]\nauth_url = {self._keystone}\nusername = ceilometer\npassword = {password}\n"
            yield self._secret("ceilometer-compute-config-data", {"ceilometer.conf": text})

    def client(self) -> Iterator[dict[str, Any]]:
        password = self._passwords.get(("KeystoneAPI", "admin"), "")
        clouds = (
            "clouds:\n  default:\n    auth:\n"
            f"      auth_url: {self._keystone}\n      project_name: admin\n      username: admin\n"
            "      user_domain_name: Default\n      project_domain_name: Default\n    region_name: regionOne\n"
        )
        secure = f"clouds:\n  default:\n    auth:\n      password: {password}\n"
        yield self._config_map("openstack-config", {"clouds.yaml": clouds})
        yield self._secret("openstack-config-secret", {"secure.yaml": secure})

    def _compute(self, cell: str, template: Section) -> str:
        """What a compute of the cell is configured with; another password or bus makes it another."""
        bus = template.get("cellMessageBusInstance") or (template.get("messagingBus") or {}).get("cluster", "rabbitmq")
        return (
            f"[DEFAULT]\ntransport_url = rabbit://{bus}.{self._namespace}.svc:5671/?ssl=1\n"
            f"[keystone_authtoken]\nauth_url = {self._keystone}\nusername = nova\n"
            f"password = {self._passwords.get(('Nova', 'service'), '')}\n"
            f"[cell]\nname = {cell}\n"
        )

    def _secret(self, name: str, data: Mapping[str, str]) -> dict[str, Any]:
        return _secret(name, self._namespace, data)

    def _config_map(self, name: str, data: Mapping[str, str]) -> dict[str, Any]:
        metadata = {"name": name, "namespace": self._namespace}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}


def _at(spec: Section, *path: str) -> Section:
    found: Section = spec
    for key in path:
        found = found.get(key) or {}
    return found


def _secret(name: str, namespace: str, data: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": "Opaque",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }
