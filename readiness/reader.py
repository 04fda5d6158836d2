"""Reads the JSON document into ``model``'s typed values.

Reading is strict: an unknown key or kind is a mistake of the program that wrote the document, and waiting for it until
the deadline would hide that.
"""

from __future__ import annotations

from collections.abc import Callable

from . import model
from .errors import ConfigurationError
from .keys import Keys


def read(document: object) -> model.Document:
    """Turn the parsed JSON into a :class:`model.Document`; raises ConfigurationError naming the key that is wrong."""
    top = Keys("document", document)
    what = top.text("what")
    timeout = top.number("timeout")
    api = read_api(top.take("api"))
    checks = tuple(_check(f"wait[{i}]", item) for i, item in enumerate(top.items("wait")))
    top.done()
    if not checks:
        raise ConfigurationError("readiness document: 'wait' is empty, there is nothing to wait for")
    return model.Document(what, timeout, api, checks)


def read_api(value: object) -> model.Api:
    """Turn what ``spec.api`` built into a :class:`model.Api`; raises ConfigurationError likewise."""
    keys = Keys("api", value)
    api = model.Api(
        server=keys.text("server"),
        ca=keys.optional_text("ca"),
        cert=keys.optional_text("cert"),
        key=keys.optional_text("key"),
        token=keys.optional_text("token"),
        tls_server_name=keys.optional_text("tls_server_name"),
    )
    keys.done()
    if not api.server.startswith("https://"):
        raise ConfigurationError("readiness document: api.server must start with https://")
    if (api.cert is None) != (api.key is None):
        raise ConfigurationError("readiness document: api.cert and api.key go together")
    if api.token is not None and not (api.token.isascii() and api.token.isprintable() and " " not in api.token):
        raise ConfigurationError("readiness document: api.token holds characters that no token has")
    return api


def _check(where: str, value: object) -> model.Check:
    keys = Keys(where, value)
    make = _KINDS.get(keys.text("kind"))
    if make is None:
        raise ConfigurationError(f"readiness document: {where}.kind is none of {', '.join(_KINDS)}")
    check = make(keys.text("name"), keys)
    keys.done()
    return check


def _object_condition(name: str, keys: Keys) -> model.Check:
    return model.ObjectCondition(name, keys.text("path"), _condition(f"{keys.where}.condition", keys.take("condition")))


def _field(name: str, keys: Keys) -> model.Check:
    return model.Field(
        name,
        keys.text("path"),
        keys.text("field"),
        keys.text("equals"),
        keys.texts("failed"),
        keys.optional_text("message"),
    )


def _members(name: str, keys: Keys) -> model.Check:
    condition = keys.take("condition", None)
    return model.Members(
        name,
        keys.text("path"),
        keys.texts("names"),
        None if condition is None else _condition(f"{keys.where}.condition", condition),
    )


def _condition(where: str, value: object) -> model.Condition:
    keys = Keys(where, value)
    failures = []
    for i, item in enumerate(keys.items("failed_when")):
        failure = Keys(f"{where}.failed_when[{i}]", item)
        failures.append(model.Failure(failure.text("type"), failure.text("status"), failure.optional_text("reason")))
        failure.done()
    condition = model.Condition(
        keys.text("type"), keys.text("status"), tuple(failures), keys.take("observed_generation", True) is True
    )
    keys.done()
    return condition


def _csv(name: str, keys: Keys) -> model.Check:
    return model.Csv(
        name, keys.text("namespace"), keys.text("subscription"), keys.optional_text("csv"), keys.number("grace")
    )


def _pods(name: str, keys: Keys) -> model.Check:
    return model.Pods(name, keys.text("namespace"), keys.named_texts("selector"), keys.whole("count"))


def _accepts(name: str, keys: Keys) -> model.Check:
    path, manifest = keys.text("path"), keys.mapping("manifest")
    if "?" in path or "#" in path:
        # What is offered there must stay a dry run, which is said in a query.
        raise ConfigurationError(f"readiness document: {keys.where}.path must be a path without a query")
    return model.Accepts(name, path, manifest)


def _release(name: str, keys: Keys) -> model.Check:
    path, version, release = keys.text("path"), keys.text("version"), keys.text("release")
    named = Keys(f"{keys.where}.fields", keys.take("fields"))
    fields = {key: named.texts(key) for key in list(named.left)}
    if release not in fields:
        raise ConfigurationError(f"readiness document: {named.where} has none of release '{release}'")
    return model.Release(name, path, version, release, fields)


_KINDS: dict[str, Callable[[str, Keys], model.Check]] = {
    "exists": lambda name, keys: model.Exists(name, keys.text("path")),
    "condition": _object_condition,
    "field": _field,
    "members": _members,
    "csv": _csv,
    "endpoints": lambda name, keys: model.Endpoints(name, keys.text("namespace"), keys.text("service")),
    "pods": _pods,
    "ended_pods": lambda name, keys: model.EndedPods(name, keys.text("namespace"), keys.named_texts("selector")),
    "job": lambda name, keys: model.Job(name, keys.text("namespace"), keys.text("job")),
    "policies": lambda name, keys: model.Policies(name, keys.texts("names"), keys.number("grace")),
    "interfaces": lambda name, keys: model.Interfaces(name, keys.text("node"), keys.named_texts("macs")),
    "lvm_cluster": lambda name, keys: model.LvmCluster(
        name, keys.text("namespace"), keys.text("cluster"), keys.number("grace")
    ),
    "control_plane": lambda name, keys: model.ControlPlane(
        name, keys.text("namespace"), keys.text("control_plane"), keys.flag("update_follows")
    ),
    "accepts": _accepts,
    "release": _release,
    "data_plane_deployment": lambda name, keys: model.DataPlaneDeployment(
        name, keys.text("namespace"), keys.text("deployment")
    ),
    "no_running_deployment": lambda name, keys: model.NoRunningDeployment(name, keys.text("namespace")),
}
