"""A stack in miniature: what is brought up when any stack but `rehearsal` itself is rehearsed.

It is an ordinary stack with an ordinary file. Counts, names, networks and services are those of the stack; whatever
`Pulumi.rehearsal.yaml` says (sizes, the host, sample secrets under a published passphrase) is laid over them, and what
only the real host or the real installer has is left out. So the program never knows, and nobody's passphrase is needed.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from rehearsal.errors import RehearsalError
from settings import stackfile

OVERLAY = "rehearsal"
_SUFFIX = f"-{OVERLAY}"
_MARK = "# Made by a rehearsal from "
_NAMESPACE = "rhoso-lab:"

_STAYS = ("domain", "name", "networks")
"""Settings that tell stacks apart, so the overlay's own are not laid over them."""

_OUTSIDE = (
    *("hosts.*.pool", "hosts.*.imageCache", "hosts.*.memoryMib", "hosts.*.diskGb"),
    *("compute.image", "compute.registration", "compute.system"),
    # The stand-in of OLM knows Red Hat's catalog, and the product's channel in it.
    *("openstack.catalog", "openstack.channel"),
    # The stand-in installs one release, whichever machine it runs on, and its nodes reach nothing through a proxy.
    # A rehearsal has no cluster but the one that it installs.
    "openshift.existing",
    *("openshift.installer", "openshift.version", "openshift.fips", "openshift.proxy"),
)
"""Settings that mean something only outside of an embedded host."""

_OF_A_BRIDGE = ("mode", "bridge", "gateway")
"""What makes a network use an existing bridge of the real host; without it libvirt makes the network."""


def laid_over(stack: str, document: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """The file of `stack`'s miniature, from the stack's own file and the overlay's (as YAML mappings)."""
    own = _rehearsable(stack, _config(document))
    above = {key: value for key, value in _config(overlay).items() if key.removeprefix(_NAMESPACE) not in _STAYS}
    hosts = f"{_NAMESPACE}hosts"
    if isinstance(own.get(hosts), dict) and own[hosts]:
        # The stack's key for its host stays, for plan and pictures name it.
        above[hosts] = {key: described for key in own[hosts] for described in _mappings(above.get(hosts))}
    return {**{key: value for key, value in overlay.items() if key != "config"}, "config": _merged(own, above)}


def _rehearsable(stack: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a stack's settings has a meaning in an embedded host."""
    own: dict[str, Any] = _public({key: _section(key, value) for key, value in config.items()})
    for path in _OUTSIDE:
        _drop(own, path.split("."))
    for network in _mappings(own.get(f"{_NAMESPACE}networks")):
        if network.get("mode") == "bridge":
            for key in _OF_A_BRIDGE:
                network.pop(key, None)
    # A cluster is called as its stack unless it is said otherwise, and the miniature shall not rename it.
    return {f"{_NAMESPACE}name": stack, **own}


def prepare(stack: str, directory: Path) -> str:
    """Write the miniature's file into the checkout `directory`, and return the name of the stack to bring up.

    That is `rehearsal` itself, or `<stack>-rehearsal`. RehearsalError when there is no such stack or its file cannot
    be used. A generation that the miniature has been raised to stays, for it may only be raised.
    """
    stack = original(stack, directory)
    if not _file(stack, directory).is_file():
        known = ", ".join(stacks(directory)) or "none"
        raise RehearsalError(f"there is no {_file(stack, directory).name} in {directory}; stacks with a file: {known}")
    if stack == OVERLAY:
        return stack
    target = _file(stack + _SUFFIX, directory)
    if target.exists() and not _is_made(target):
        raise RehearsalError(f"{target} was not made by a rehearsal, so it is not overwritten; rename that stack")
    document = laid_over(stack, _read(_file(stack, directory)), _read(_file(OVERLAY, directory)))
    if _is_single_node(document["config"]):
        raise RehearsalError(
            f"{_file(stack, directory).name} asks for one master, whose own address the API would have to answer at; a "
            "rehearsal's control plane runs beside the machines, at an address of its own. Such a stack can be "
            "planned, rendered and previewed"
        )
    if target.exists():
        _keep_generation(document["config"], _config(_read(target)))
    _write(target, stack, document)
    return stack + _SUFFIX


def called(stack: str, directory: Path) -> str:
    """The name under which `stack` was rehearsed; the stack itself when it never was."""
    made = original(stack, directory) + _SUFFIX
    return made if stack != OVERLAY and _file(made, directory).is_file() else stack


def original(stack: str, directory: Path) -> str:
    """The stack that a miniature is of; any other stack is its own."""
    return stack.removesuffix(_SUFFIX) if _is_made(_file(stack, directory)) else stack


def stacks(directory: Path) -> list[str]:
    """The stacks that have a file, without miniatures."""
    files = sorted(directory.glob("Pulumi.*.yaml"))
    return [file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files if not _is_made(file)]


def _file(stack: str, directory: Path) -> Path:
    return directory / f"Pulumi.{stack}.yaml"


def _is_made(file: Path) -> bool:
    return file.is_file() and file.read_text(errors="replace").startswith(_MARK)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        document = stackfile.read(file)
    except FileNotFoundError:
        raise RehearsalError(f"there is no {file}, and every rehearsal needs it") from None
    except stackfile.StackFileError as error:
        raise RehearsalError(str(error)) from None
    if not isinstance(document.get("config"), dict):
        raise RehearsalError(f"{file} is not a stack's file: there is no section config in it")
    return document


def _write(file: Path, stack: str, document: Mapping[str, Any]) -> None:
    """Replace the file in one step: a second host may rehearse the same stack from this checkout."""
    head = f"{_MARK}Pulumi.{stack}.yaml and Pulumi.{OVERLAY}.yaml, and made anew by each: change those.\n"
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as fresh:
        fresh.write(head + yaml.safe_dump(dict(document), sort_keys=False, width=1000))
    Path(name).chmod(0o644)
    Path(name).replace(file)


def _is_single_node(config: Mapping[str, Any]) -> bool:
    masters = _section(f"{_NAMESPACE}topology", config.get(f"{_NAMESPACE}topology") or {}).get("masters") or {}
    return isinstance(masters, Mapping) and str(masters.get("count")) == "1"


def _keep_generation(config: dict[str, Any], earlier: Mapping[str, Any]) -> None:
    key = f"{_NAMESPACE}generation"
    known = [value for value in (config.get(key), earlier.get(key)) if str(value).isdecimal()]
    if known:
        config[key] = max(known, key=lambda value: int(str(value)))


def _config(document: Mapping[str, Any]) -> Mapping[str, Any]:
    config = document.get("config")
    return config if isinstance(config, Mapping) else {}


def _section(key: str, value: Any) -> Any:
    """A section that was set as JSON text, as a mapping like the others."""
    if key.startswith(_NAMESPACE) and isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _public(value: Any) -> Any:
    """A copy without what is encrypted: only the stack's own passphrase could read it."""
    if isinstance(value, Mapping):
        return {key: _public(item) for key, item in value.items() if not _is_secret(item)}
    if isinstance(value, list):
        return [_public(item) for item in value if not _is_secret(item)]
    return value


def _mappings(section: Any) -> Iterable[Any]:
    return [item for item in section.values() if isinstance(item, dict)] if isinstance(section, dict) else []


def _drop(config: dict[str, Any], path: list[str]) -> None:
    places = [config.get(f"{_NAMESPACE}{path[0]}")]
    for step in path[1:-1]:
        inside = [place for place in places if isinstance(place, dict)]
        places = [item for place in inside for key, item in place.items() if step in ("*", key)]
    for place in places:
        if isinstance(place, dict):
            place.pop(path[-1], None)


def _merged(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
    return above
