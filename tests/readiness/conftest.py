"""A fake API server for each test, documents that point at it, and the gate on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from readiness import spec
from tests.readiness.fake_api import NAME, FakeApi, Run


@pytest.fixture
def api(tmp_path: Path) -> Iterator[FakeApi]:
    fake = FakeApi(tmp_path)
    yield fake
    fake.close()


@pytest.fixture
def document(api: FakeApi) -> Callable[..., dict[str, Any]]:
    """A whole document for some checks."""

    def build(*checks: dict[str, Any], timeout: float = 30, what: str = "layer", **access: Any) -> dict[str, Any]:
        defaults = {
            "server": api.url,
            "ca": api.certificate,
            "cert": api.client_certificate,
            "key": api.client_key,
            "tls_server_name": NAME,
        }
        return spec.document(what, spec.api(**{**defaults, **access}), checks, timeout)

    return build


@pytest.fixture
def run(document: Callable[..., dict[str, Any]]) -> Run:
    """Wait for some checks in this process."""
    return Run(document)
