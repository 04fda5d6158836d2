"""The kinds of nmstate.io, as much of them as anybody here reads or writes.

Upstream's definitions lie beside the handlers' code and in no package that the engine gets. These are own ones, with
upstream's field names; a test holds both against each other. What lies in ``x-kubernetes-preserve-unknown-fields`` is
not checked by the API server upstream either (``desiredState``), or is a part of a pod's spec.
"""

from __future__ import annotations

from typing import Any

_Schema = dict[str, Any]

_TEXT: _Schema = {"type": "string"}
_NUMBER: _Schema = {"type": "integer"}
_TIME: _Schema = {"type": "string", "format": "date-time"}
_FREE: _Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_LABELS: _Schema = {"type": "object", "additionalProperties": _TEXT}


def _object(**properties: _Schema) -> _Schema:
    return {"type": "object", "properties": properties}


def _list(items: _Schema) -> _Schema:
    return {"type": "array", "items": items}


_CONDITIONS = _list(
    {
        **_object(
            type=_TEXT, status=_TEXT, reason=_TEXT, message=_TEXT, lastHeartbeatTime=_TIME, lastTransitionTime=_TIME
        ),
        "required": ["status", "type"],
    }
)
_META_INFO = _object(time=_TIME, version=_TEXT)

_NMSTATE = _object(
    affinity=_FREE,
    infraAffinity=_FREE,
    infraNodeSelector=_LABELS,
    infraTolerations=_list(_FREE),
    logLevel={"type": "string", "default": "info", "enum": ["info", "debug"]},
    metricsConfiguration=_FREE,
    nodeSelector=_LABELS,
    probeConfiguration=_object(dns={**_object(host=_TEXT), "required": ["host"]}),
    selfSignConfiguration=_object(
        caOverlapInterval=_TEXT, caRotateInterval=_TEXT, certOverlapInterval=_TEXT, certRotateInterval=_TEXT
    ),
    tolerations=_list(_FREE),
)
_POLICY = _object(
    capture=_LABELS,
    desiredState=_FREE,
    maxUnavailable={"anyOf": [_NUMBER, _TEXT], "x-kubernetes-int-or-string": True},
    nodeSelector={**_LABELS, "maxProperties": 256},
)
_POLICY_STATUS = _object(
    conditions=_CONDITIONS,
    lastUnavailableNodeCountUpdate=_TIME,
    unavailableNodeCount=_NUMBER,
    unavailableNodeCountMap={"type": "object", "additionalProperties": _NUMBER},
)
_ENACTMENT_STATUS = _object(
    capturedStates={"type": "object", "additionalProperties": _object(metaInfo=_META_INFO, state=_FREE)},
    conditions=_CONDITIONS,
    desiredState=_FREE,
    desiredStateMetaInfo=_META_INFO,
    features=_list(_TEXT),
    policyGeneration=_NUMBER,
    retryCount={"type": "object", "additionalProperties": _NUMBER},
)
_STATE_STATUS = _object(
    conditions=_CONDITIONS,
    currentState=_FREE,
    handlerNetworkManagerVersion=_TEXT,
    handlerNmstateVersion=_TEXT,
    hostNetworkManagerVersion=_TEXT,
    lastSuccessfulUpdateTime=_TIME,
)
_STATUS_COLUMN = {"name": "Status", "type": "string", "jsonPath": '.status.conditions[?(@.status=="True")].type'}
_REASON_COLUMN = {"name": "Reason", "type": "string", "jsonPath": '.status.conditions[?(@.status=="True")].reason'}


def _definition(
    kind: str, plural: str, versions: tuple[str, ...], status: _Schema, spec: _Schema | None = None, short: str = ""
) -> dict[str, Any]:
    schema = _object(apiVersion=_TEXT, kind=_TEXT, metadata={"type": "object"}, status=status)
    if spec is not None:
        schema["properties"]["spec"] = spec
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    served = [
        {
            "name": version,
            "served": True,
            "storage": version == versions[0],
            "schema": {"openAPIV3Schema": schema},
            "subresources": {"status": {}},
            "additionalPrinterColumns": [_STATUS_COLUMN, _REASON_COLUMN],
        }
        for version in versions
    ]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.nmstate.io"},
        "spec": {
            "group": "nmstate.io",
            "names": {**names, "shortNames": [short]} if short else names,
            "scope": "Cluster",
            "versions": served,
        },
    }


CRDS = (_definition("NMState", "nmstates", ("v1", "v1beta1"), _object(conditions=_CONDITIONS), _NMSTATE),)
"""What comes with the operator itself."""

HANDLERS = (
    _definition(
        "NodeNetworkConfigurationPolicy",
        "nodenetworkconfigurationpolicies",
        ("v1", "v1beta1"),
        _POLICY_STATUS,
        _POLICY,
        "nncp",
    ),
    _definition(
        "NodeNetworkConfigurationEnactment",
        "nodenetworkconfigurationenactments",
        ("v1beta1",),
        _ENACTMENT_STATUS,
        short="nnce",
    ),
    _definition("NodeNetworkState", "nodenetworkstates", ("v1beta1",), _STATE_STATUS, short="nns"),
)
"""The kinds that the operator makes once there is an NMState; its bundle holds only NMState's."""
