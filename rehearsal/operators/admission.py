"""The operators' webhooks: real ValidatingWebhookConfigurations, so that the API server really asks.

Each operator has a server of its own on 127.0.0.1. It listens only while the operator runs (and no fault holds it
away): else the API server can't reach it and refuses the write, as ``failurePolicy: Fail`` says.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from . import faults
from .standin import StandIn
from .world import CSV_NAMES, CSVS, Object, World
from .writer import Writer

ADDRESS = "127.0.0.1"
TIMEOUT_SECONDS = 10  # what upstream's webhooks have
KIND = "ValidatingWebhookConfiguration"

_Look = Callable[[], World]


class Webhook:
    """The webhooks of one operator."""

    def __init__(self, operator: str, stand_ins: Iterable[StandIn], look: _Look) -> None:
        self.operator = operator
        self._stand_ins = {stand_in.kind: stand_in for stand_in in stand_ins}
        self._look = look
        self._tls, self._certificate = _identity()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.open()  # for a port: the configuration needs one before anything listens
        self.close()

    def open(self) -> None:
        """Listen; on the same port as before."""
        if self._server is None:
            server = ThreadingHTTPServer((ADDRESS, self._port), _handler(self._review))
            server.daemon_threads = True
            server.socket = self._tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            self._port = server.server_address[1]
            self._server = server
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def configuration(self) -> dict[str, Any]:
        """What the API server is told."""
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": KIND,
            "metadata": {"name": f"{self.operator or 'cluster'}-webhooks"},
            "webhooks": [self._entry(kind) for kind in sorted(self._stand_ins)],
        }

    def _entry(self, kind: str) -> dict[str, Any]:
        """By kind and not by its plural: the entry stands before the definition does, and there is no gap."""
        name, _, group = kind.partition(".")
        return {
            "name": f"v{name.lower()}.kb.io",
            "clientConfig": {
                "url": f"https://{ADDRESS}:{self._port}/validate",
                "caBundle": base64.b64encode(self._certificate).decode(),
            },
            "rules": [
                {
                    "apiGroups": [group],
                    "apiVersions": ["*"],
                    "operations": ["CREATE", "UPDATE", "DELETE"],
                    "resources": ["*"],
                }
            ],
            "matchConditions": [{"name": "kind", "expression": f"request.kind.kind == '{name}'"}],
            "failurePolicy": "Fail",
            "sideEffects": "None",
            "timeoutSeconds": TIMEOUT_SECONDS,
            "admissionReviewVersions": ["v1"],
        }

    def _review(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one AdmissionReview's request."""
        new, old = request.get("object"), request.get("oldObject")
        subject: Object = new or old or {}
        kind = request["kind"]
        stand_in = self._stand_ins.get(f"{kind['kind']}.{kind['group']}" if kind["group"] else kind["kind"])
        why = stand_in.refuses(request["operation"], subject, old, self._look()) if stand_in is not None else None
        answer: dict[str, Any] = {"uid": request["uid"], "allowed": why is None}
        if why is not None:
            answer["status"] = {"code": 403, "reason": "Forbidden", "message": why}
        return answer


class Admission:
    """All webhooks of a cluster, kept in step with the operators by :meth:`round`."""

    def __init__(self, stand_ins: Sequence[StandIn], look: _Look) -> None:
        operators = {stand_in.operator for stand_in in stand_ins if _has_webhook(stand_in)}
        self._webhooks = [
            Webhook(name, [one for one in stand_ins if one.operator == name and _has_webhook(one)], look)
            for name in sorted(operators)
        ]

    def round(self, world: World, writer: Writer) -> None:
        """Register what should be there, open and close it, remove what should not. Raises KubeError, OSError.

        A configuration comes with the operator's ClusterServiceVersion and goes with it; between the two, until the
        operator runs, every write of its kinds is refused.
        """
        for webhook in self._webhooks:
            operator = webhook.operator
            configuration = webhook.configuration()
            runs = not operator or world.installed(operator)
            if runs and not faults.webhook_away(world, operator):
                webhook.open()
            else:
                webhook.close()
            if runs or _is_deployed(world, operator):
                writer.ensure(configuration)
            else:
                writer.ensure_gone(configuration)

    def close(self) -> None:
        for webhook in self._webhooks:
            webhook.close()


def _has_webhook(stand_in: StandIn) -> bool:
    return type(stand_in).refuses is not StandIn.refuses


def _is_deployed(world: World, operator: str) -> bool:
    """Whether some version of the operator is there at all, perhaps between two versions."""
    return any(csv["metadata"]["name"].startswith(f"{CSV_NAMES[operator]}.v") for csv in world.all(CSVS))


def _handler(review: Callable[[dict[str, Any]], dict[str, Any]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # HTTP/1.0: a connection that is kept would still answer when the server is held away.
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {key: document[key] for key in ("apiVersion", "kind")}
            body = json.dumps({**answer, "response": review(document["request"])}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _identity() -> tuple[ssl.SSLContext, bytes]:
    """A server's context with a certificate of its own, and that certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rehearsal-webhook")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(ADDRESS))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as directory:
        file = Path(directory) / "pair.pem"
        file.write_bytes(private + certificate)
        context.load_cert_chain(file)
    return context, certificate
