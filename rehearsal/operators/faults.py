"""Faults and pace on demand, from two ConfigMaps of namespace kube-system that anybody may write at any time.

| ConfigMap | key | value |
|---|---|---|
| rehearsal-faults | ``<Kind>``, or ``<Kind>.<name>``, which wins | one of those below |
| rehearsal-faults | ``webhook.<operator>`` | ``away`` |
| rehearsal-pace | ``<Kind>`` | seconds that its work takes |

``fail: <message>``: the work fails for good; ``slow: <seconds>``: it takes so long; ``stuck: <sentence>``: a need that
is never met; ``flap``: ready and not ready in turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .world import Object, World

NAMESPACE = "kube-system"
FAULTS = "rehearsal-faults"
PACE = "rehearsal-pace"
FLAP_SECONDS = 3.0  # so long ready, so long not


@dataclass(frozen=True)
class Fault:
    """What is wrong with one object on purpose: ``fail`` and ``stuck`` are sentences, ``slow`` seconds."""

    fail: str = ""
    stuck: str = ""
    slow: float | None = None
    flap: bool = False


NONE = Fault()


def fault(world: World, obj: Object) -> Fault:
    """The fault that is set for an object. Raises ValueError for a value that means nothing."""
    data = _data(world, FAULTS)
    key = f"{obj['kind']}.{obj['metadata']['name']}"
    value = data.get(key, data.get(str(obj["kind"]), ""))
    word, _, rest = (part.strip() for part in value.partition(":"))
    if word == "":
        return NONE
    if word == "fail" and rest:
        return Fault(fail=rest)
    if word == "stuck" and rest:
        return Fault(stuck=rest)
    if word == "slow":
        return Fault(slow=_seconds(f"{FAULTS} {key}", rest))
    if value.strip() == "flap":
        return Fault(flap=True)
    raise ValueError(
        f"ConfigMap {NAMESPACE}/{FAULTS}, {key}: {value!r} is none of "
        '"fail: <message>", "slow: <seconds>", "flap", "stuck: <sentence>"'
    )


def webhook_away(world: World, operator: str) -> bool:
    """Whether the webhooks of an operator shall not answer."""
    return _data(world, FAULTS).get(f"webhook.{operator}", "").strip() == "away"


def pace(world: World, obj: Object) -> float:
    """Seconds that the work on an object shall take at least. Raises ValueError for what is no number."""
    slow = fault(world, obj).slow
    if slow is not None:
        return slow
    kind = str(obj["kind"])
    return _seconds(f"{PACE} {kind}", _data(world, PACE).get(kind, "0"))


def _data(world: World, name: str) -> Mapping[str, str]:
    found = world.get("ConfigMap", name, NAMESPACE)
    data: Mapping[str, str] = (found.get("data") if found is not None else None) or {}
    return data


def _seconds(where: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(f"ConfigMap {NAMESPACE}/{where}: {text!r} is no number of seconds") from None
    return max(seconds, 0.0)
