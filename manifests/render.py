"""Every document of a lab by the file it is shown in: for `make render`, the golden files and the API server's check.

Nothing here is applied. Components take the same renderers; this lists what they would make, in the order of
rhoso.md, so that a review sees what a change does without any cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from manifests import (
    attachments,
    control_plane,
    data_plane_secrets,
    deployment,
    metallb,
    namespaces,
    net_config,
    nmstate_policies,
    node_set,
    operator_init,
    operators,
    osp_secret,
    tempest,
    topology,
)
from manifests.credentials import Credentials
from network import Plan
from settings import Settings

Object = dict[str, Any]

MASKED = "(secret)"


def objects(settings: Settings, plan: Plan, credentials: Credentials) -> dict[str, Object]:
    """Every Kubernetes object, by a path like ``s7-networks/netconfig-netconfig.yaml``. Values of Secrets are plain."""
    found: dict[str, Object] = {}
    for stage, made in _stages(settings, plan, credentials):
        for item in made:
            path = f"{stage}/{item['kind'].lower()}-{item['metadata']['name']}.yaml"
            if path in found:
                raise ValueError(f"two objects would be shown in {path}")
            found[path] = item
    return found


def masked(item: Mapping[str, Any]) -> Object:
    """The object without the values of a Secret."""
    shown = dict(item)
    for section in ("stringData", "data"):
        if item["kind"] == "Secret" and section in item:
            shown[section] = dict.fromkeys(item[section], MASKED)
    return shown


def _stages(settings: Settings, plan: Plan, credentials: Credentials) -> Iterator[tuple[str, Sequence[Object]]]:
    namespace = settings.openstack.namespace
    installed = operators.operators(settings)
    for operator in installed:
        yield f"s1-operators/{operator.key}", operators.render(operator)
    yield "s2-operators", operator_init.render([operator.key for operator in installed])
    yield "s5-namespace", [namespaces.render(namespace), osp_secret.render(namespace, credentials)]
    yield "s6-nodes", nmstate_policies.render(plan)
    yield (
        "s7-networks",
        [
            *attachments.render(plan, namespace),
            *metallb.render(plan),
            net_config.render(plan, namespace),
        ],
    )
    yield "s8-control-plane", [topology.render(namespace), control_plane.render(settings, plan)]
    yield "s5-data-plane", data_plane_secrets.render(settings, credentials)
    if plan.computes:
        prints = data_plane_secrets.fingerprints(settings, credentials)
        computes = node_set.render(settings, plan, prints)
        yield "s9-data-plane", [computes, deployment.render(computes, prints)]
    yield "s12-verification", [tempest.render(settings)]
