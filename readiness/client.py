"""A small HTTPS client for a Kubernetes API server.

One kept connection, client certificate or token, and verification against ``tls_server_name`` when the server is
reached by address. It sorts trouble into the two kinds that matter to a wait: NotReachableError (ask again later) and
ConfigurationError (asking again cannot help); what the server itself refuses is a RefusedError of that second kind.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import tempfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .errors import ConfigurationError, NotReachableError
from .model import Api

REQUEST_TIMEOUT = 10.0  # seconds for one connect or read; a healthy API server answers in milliseconds
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"  # server-side apply; JSON is YAML


class RefusedError(ConfigurationError):
    """The server answered with an HTTP status of 400 or more that a later request would get again.

    ``status`` is that number (409: exists already, or changed meanwhile); ``said`` is the server's own explanation.
    """

    def __init__(self, message: str, status: int, said: str) -> None:
        super().__init__(message)
        self.status = status
        self.said = said


class LaterError(NotReachableError):
    """The server answered that it can't just now: 429 (too much is asked; a disruption budget) or 500 and more.

    ``status`` is that number; ``said`` is the server's own explanation.
    """

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"HTTP {status}: {said}")
        self.status = status
        self.said = said


class Client:
    """Reads and writes objects as parsed JSON. Not thread-safe."""

    def __init__(self, api: Api) -> None:
        """Raises ConfigurationError when the PEM texts or the server's URL are unusable."""
        url = urlsplit(api.server)
        if not url.hostname:
            raise ConfigurationError(f"api.server has no host: {api.server}")
        self.server = api.server
        self._prefix = url.path.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "rhoso-lab-readiness"}
        if api.token is not None:
            self._headers["Authorization"] = f"Bearer {api.token}"
        self._connection = _Connection(url.hostname, url.port or 443, _context(api), api.tls_server_name)

    def get(self, path: str, timeout: float) -> dict[str, Any] | None:
        """The JSON at ``path``; see :meth:`request`."""
        return self.request("GET", path, None, timeout)

    def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        timeout: float = REQUEST_TIMEOUT,
        content_type: str = JSON,
    ) -> dict[str, Any] | None:
        """What the server answers, None for 404 (no such object, or its kind is not served yet).

        ``body`` is sent as JSON of ``content_type`` (a patch has its own). ``timeout``: seconds, bounded by
        REQUEST_TIMEOUT. Raises RefusedError, NotReachableError (a write may have been done all the same: its answer was
        lost) or ConfigurationError.
        """
        self._connection.timeout = min(timeout, REQUEST_TIMEOUT)
        if self._connection.sock is not None:
            self._connection.sock.settimeout(self._connection.timeout)
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers if data is None else {**self._headers, "Content-Type": content_type}
        try:
            self._connection.request(method, self._prefix + path, body=data, headers=headers)
            response = self._connection.getresponse()
            answer = response.read()
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise ConfigurationError(
                f"{self.server} shows a certificate that does not verify: {error.verify_message}"
            ) from error
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            self.close()
            raise NotReachableError("connection closed during the TLS handshake") from error
        except ssl.SSLError as error:
            self.close()
            raise ConfigurationError(f"TLS with {self.server} failed: {error.reason or error}") from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NotReachableError(_plainly(error)) from error
        return self._parsed(f"{method} {path}", response.status, answer)

    def close(self) -> None:
        """Drop the connection; the next request opens a new one."""
        self._connection.close()

    def _parsed(self, asked: str, status: int, body: bytes) -> dict[str, Any] | None:
        if status == 404:
            return None
        if status == 429 or status >= 500:
            raise LaterError(status, _status_message(body))
        if not 200 <= status < 300:
            said = _status_message(body)
            raise RefusedError(f"{self.server} refuses {asked}: HTTP {status}: {said}", status, said)
        try:
            parsed = json.loads(body)
        except ValueError as error:
            raise NotReachableError("the answer is not JSON") from error
        if not isinstance(parsed, dict):
            raise NotReachableError("the answer is not a JSON object")
        return parsed


class _Connection(http.client.HTTPSConnection):
    """An HTTPS connection whose certificate is checked for another name than the address that is dialled."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, tls_server_name: str | None) -> None:
        super().__init__(host, port, context=context, timeout=REQUEST_TIMEOUT)
        self._verified = context
        self._expected_name = tls_server_name or host

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = self._verified.wrap_socket(plain, server_hostname=self._expected_name)
        except BaseException:
            plain.close()
            raise


def _context(api: Api) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if api.ca is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(cadata=api.ca)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigurationError("api.ca is not a PEM certificate") from error
    if api.cert is not None and api.key is not None:
        # ssl reads key pairs from files only: a private one (mode 0600) that is gone as soon as it has been read.
        descriptor, name = tempfile.mkstemp(prefix="readiness-")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{api.cert}\n{api.key}\n")
            context.load_cert_chain(name)
        except (ssl.SSLError, ValueError) as error:
            raise ConfigurationError("api.cert and api.key are not a PEM certificate and its key") from error
        finally:
            os.unlink(name)  # noqa: PTH108 - one call on a name from mkstemp
    return context


def _status_message(body: bytes) -> str:
    """The ``message`` of a Kubernetes Status, else the start of the body."""
    try:
        parsed = json.loads(body)
        return str(parsed["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode("utf-8", "replace").strip() or "no explanation"


def _plainly(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError):
        return (error.strerror or str(error) or type(error).__name__).lower()
    return f"broken HTTP answer ({type(error).__name__})"
