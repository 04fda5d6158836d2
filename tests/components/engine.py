"""A recording engine: runs the whole program without Pulumi, and keeps every registration.

Mocks see type, name, inputs and provider only. Options and order (``deleted_with``, ``ignore_changes``, triggers,
dependencies) are invisible here and tested on the real engine.
"""

from __future__ import annotations

import base64
import json
import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import yaml
from pulumi.runtime import Mocks, rpc

ROOT = Path(__file__).parents[2]
KUBEADMIN = "kubeadmin-password-of-the-mock"
SIGNATURE = rpc._special_sig_key
CLIENT = "registry.example.com/openstackclient:1"


def kubeconfig() -> str:
    """What the installer's auth/kubeconfig looks like, with certificates that are none."""
    pem = base64.b64encode(b"-----BEGIN NOTHING-----").decode()
    return yaml.safe_dump(
        {
            "current-context": "admin",
            "contexts": [{"name": "admin", "context": {"cluster": "lab", "user": "admin"}}],
            "clusters": [
                {"name": "lab", "cluster": {"server": "https://192.0.2.1:6443", "certificate-authority-data": pem}}
            ],
            "users": [{"name": "admin", "user": {"client-certificate-data": pem, "client-key-data": pem}}],
        }
    )


@dataclass
class Engine(Mocks):
    """``resources``: (type, name) → inputs of every registration."""

    resources: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.resources[args.typ, args.name] = args.inputs
        outputs = dict(args.inputs)
        if args.typ == "command:local:Command":
            outputs["stdout"] = self._stdout(args.inputs["create"])
        return f"{args.name}-id", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"the program must look nothing up, but called {args.token}")

    def of(self, typ: str) -> dict[str, dict[str, Any]]:
        """Inputs by name of all resources of one type."""
        return {name: inputs for (t, name), inputs in self.resources.items() if t == typ}

    @staticmethod
    def _stdout(create: str) -> str:
        if create.endswith("installer image"):
            built = {"directory": "installation/lab/0", "iso": "installation/lab/0/agent.x86_64.iso"}
            return json.dumps({**built, "sha256": "5" * 64, "created": 0})
        if create.endswith("installer medium"):
            return json.dumps({"iso": "cluster-iso-id", "volume": ""})
        if create.endswith("installer seed"):
            return json.dumps({"iso": "installation/lab/seeds/compute.iso"})
        if create.endswith("installer credentials"):
            return json.dumps({"kubeconfig": kubeconfig(), "password": KUBEADMIN})
        if create.endswith("operations read"):
            return json.dumps({"client": CLIENT})
        return "{}"


def unwrapped(value: Any) -> Any:
    """The value itself of what may be marked as a secret."""
    return value["value"] if isinstance(value, dict) and SIGNATURE in value else value


def is_secret(value: Any) -> bool:
    """Whether a value is marked as a secret."""
    return isinstance(value, dict) and value.get(SIGNATURE) == rpc._special_secret_sig


def run_program(stack: str, configuration: dict[str, Any], engine: Engine | None = None) -> Engine:
    """The whole program under a recording engine. Raises what the program raises."""
    engine = engine or Engine()
    pulumi.runtime.set_mocks(engine, project="rhoso-lab", stack=stack, preview=False)
    texts = {
        f"rhoso-lab:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in configuration.items()
    }
    pulumi.runtime.set_all_config(texts)

    def program() -> None:
        with (
            mock.patch("doctor.preflight.check", return_value=[]),
            mock.patch("doctor.preflight.notes", return_value=[]),
        ):
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
    return engine
