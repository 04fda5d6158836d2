"""An HTTPS API server in this process that says what a test tells it to, and the gate as a process in front of it."""

from __future__ import annotations

import io
import json
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from readiness import reader, spec
from readiness.client import Client
from readiness.judge import judge
from readiness.verdict import Found, Verdict
from readiness.wait import Wait

CHECKOUT = Path(__file__).parents[2]
NAME = "api.lab.example.com"


def pair(common_name: str, san: list[str]) -> tuple[str, str]:
    """A self-signed certificate (its own CA) and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    names = [x509.IPAddress(ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in san]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


class FakeApi:
    """``objects`` by path; ``script[path]`` overrides: answers in turn, the last one for ever after.

    An answer is an object (200), None (404), (status, message), or "drop" (the connection is closed without answer).
    A POST is scripted and counted as "POST path"; unscripted, what it brings is kept, but for a dry run. All that was
    posted is in ``posted``.
    """

    def __init__(self, directory: Path, tls: bool = True) -> None:
        self.objects: dict[str, Any] = {}
        self.script: dict[str, list[Any]] = {}
        self.requests: Counter[str] = Counter()
        self.posted: list[dict[str, Any]] = []
        self.authorization: set[str | None] = set()
        self.client_names: set[str] = set()
        self.certificate, key = pair("kube-apiserver", [NAME])
        self.client_certificate, self.client_key = pair("system:admin", ["client"])
        (directory / "server.pem").write_text(self.certificate + key)
        (directory / "clients.pem").write_text(self.client_certificate)
        self._server = _QuietServer(("127.0.0.1", 0), self._handler())
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(directory / "server.pem")
            context.load_verify_locations(directory / "clients.pem")
            context.verify_mode = ssl.CERT_OPTIONAL
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> Any:
        self.requests[path] += 1
        turns = self.script.get(path)
        if turns:
            return turns.pop(0) if len(turns) > 1 else turns[0]
        return stored(self.objects, path)

    def take(self, path: str, obj: dict[str, Any]) -> Any:
        self.posted.append(obj)
        asked = f"POST {path}"
        if asked in self.script:
            return self.answer(asked)
        self.requests[asked] += 1
        listing, _, query = path.partition("?")
        if parse_qs(query).get("dryRun") != ["All"]:
            self.objects[f"{listing}/{obj['metadata']['name']}"] = obj
        return obj

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._tell(api.answer(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/json"
                self._tell(api.take(self.path, json.loads(body)))

            def _tell(self, answer: Any) -> None:
                api.authorization.add(self.headers.get("Authorization"))
                peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
                if peer:
                    api.client_names.add(str(peer["subject"]))
                if answer == "drop":
                    self.close_connection = True
                    return
                status, body = (200, answer)
                if answer is None:
                    status, body = 404, {"kind": "Status", "message": "not found"}
                elif isinstance(answer, tuple):
                    status, body = answer[0], {"kind": "Status", "message": answer[1]}
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def stored(objects: dict[str, Any], path: str) -> Any:
    """The object at ``path``, or the list of those below it (with the labels of its query); None for neither."""
    path, _, query = path.partition("?")
    if path in objects:
        return objects[path]
    members = [obj for its, obj in objects.items() if its.rpartition("/")[0] == path]
    selector = parse_qs(query).get("labelSelector", [""])[0]
    wanted = dict(pair.split("=") for pair in selector.split(",") if pair)
    chosen = [obj for obj in members if wanted.items() <= obj["metadata"].get("labels", {}).items()]
    return {"kind": "List", "items": chosen} if members else None


def judged(check: dict[str, Any], objects: dict[str, Any]) -> list[Verdict]:
    """The verdicts on one check of ``spec`` in a cluster with these objects by path, without any server."""

    def listed(path: str) -> list[Any] | None:
        answer = stored(objects, path)
        return None if answer is None else list(answer["items"])

    document = reader.read(spec.document("layer", spec.api("https://api", "CA"), [check], 1))
    return judge(document.wait[0], Found(one=lambda path: stored(objects, path), all=listed))


class Run:
    """The gate in this process, without long pauses; ``progress`` has the lines of the last call, however it ended."""

    def __init__(self, document: Callable[..., dict[str, Any]]) -> None:
        self._document = document
        self.progress: list[str] = []

    def __call__(self, *checks: dict[str, Any], **options: Any) -> str:
        """Wait for the checks and return the result line; a bad end is raised."""
        document = reader.read(self._document(*checks, **options))
        stream = io.StringIO()
        try:
            return Wait(document, Client(document.api), stream, first_pause=0.02).run()
        finally:
            self.progress = stream.getvalue().splitlines()


class _QuietServer(ThreadingHTTPServer):
    """Clients that refuse its certificate are part of the tests."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Gate:
    """``python3 -m readiness`` as the Pulumi command runs it."""

    def __init__(self, document: object) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "readiness"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(document if isinstance(document, str) else json.dumps(document))
        self._process.stdin.close()
        self._process.stdin = None

    def end(self) -> tuple[int, str, str]:
        """Wait for its end: exit code, stdout, stderr."""
        out, err = self._process.communicate(timeout=60)
        return self._process.returncode, out, err

    def interrupt(self, number: int) -> None:
        self._process.send_signal(number)


def thing(
    name: str, *conditions: dict[str, Any], generation: int = 1, observed: int | None = None, **status: Any
) -> dict[str, Any]:
    """An object with a status."""
    if observed is not None:
        status["observedGeneration"] = observed
    return {
        "metadata": {"name": name, "generation": generation},
        "status": {"conditions": list(conditions), **status},
    }


def says(type: str, status: str = "True", reason: str = "", message: str = "", **more: Any) -> dict[str, Any]:
    """A condition."""
    return {"type": type, "status": status, "reason": reason, "message": message, **more}


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "did not happen within 30 s"
        time.sleep(0.02)
