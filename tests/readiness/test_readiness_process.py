"""The gate as a process: exit codes, streams, signals, and that no secret reaches any of them."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readiness import spec
from tests.readiness.fake_api import FakeApi, Gate, eventually, says, thing

Document = Callable[..., dict[str, Any]]

PATH = "/api/v1/namespaces/openstack/configmaps/a"
CHECK = spec.has_condition("thing a", PATH, spec.condition("Ready", failed_when=[spec.failure("Failed", "True")]))


def test_a_ready_layer_exits_0_with_one_line_on_stdout(api: FakeApi, document: Document) -> None:
    api.objects[PATH] = thing("a", says("Ready"))
    assert Gate(document(CHECK)).end() == (0, "layer ready: 1 conditions true\n", "1/1 ready\n")


def test_a_failed_object_exits_2(api: FakeApi, document: Document) -> None:
    api.objects[PATH] = thing("a", says("Failed", "True", "BadImage", "no such image"))
    code, out, err = Gate(document(CHECK, timeout=3600)).end()
    assert (code, out) == (2, "")
    assert "layer failed and will not become ready: thing a: Failed is True (BadImage: no such image)" in err


def test_out_of_time_exits_3(api: FakeApi, document: Document) -> None:
    code, out, err = Gate(document(CHECK, timeout=0.3)).end()
    assert (code, out) == (3, "")
    assert err.endswith("layer not ready after 0 s: 0/1 ready\n  thing a: not found\n")


def test_a_wrong_question_exits_4(api: FakeApi, document: Document) -> None:
    api.script[PATH] = [(401, "Unauthorized")]
    code, out, err = Gate(document(CHECK, timeout=3600)).end()
    assert (code, out) == (4, "")
    assert "HTTP 401: Unauthorized" in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_a_sentence(api: FakeApi, document: Document, number: signal.Signals, code: int) -> None:
    gate = Gate(document(CHECK, timeout=3600))
    eventually(lambda: api.requests[PATH] >= 2)
    gate.interrupt(number)
    ended, out, err = gate.end()
    assert (ended, out) == (code, "")
    last = err.splitlines()[-1]
    assert last == f"stopped by {number.name} while waiting for layer: 0/1 ready, waiting for thing a: not found"


def test_no_key_and_no_token_appears_in_any_output(
    api: FakeApi, document: Document, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    api.objects[PATH] = thing("a", says("Ready"))
    good = document(CHECK)
    key_line = api.client_key.splitlines()[1]
    spoiled = {**good, "api": {**good["api"], "key": api.client_key.replace("-----BEGIN", "----BEGIN")}}
    token = {**good, "api": {**good["api"], "cert": None, "key": None, "token": "sha256~secret"}}
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    endings = {
        "ready": (0, good),
        "unusable key": (4, spoiled),
        "token in the wrong place": (4, {**token, "api": {**token["api"], "sha256~secret": 1, "server": "http://x"}}),
        "header that cannot be sent": (4, {**token, "api": {**token["api"], "token": "sha256~secret\n"}}),
        "cut off": (4, json.dumps(good)[:-5]),
        "not an object": (4, [good]),
        "unknown key": (4, {**good, "more": 1}),
    }
    for case, (expected, given) in endings.items():
        code, out, err = Gate(given).end()
        assert key_line not in out + err, case
        assert "sha256~secret" not in (out + err).replace("unknown keys: sha256~secret", ""), case
        assert "Traceback" not in err, case
        assert code == expected, f"{case}: {err}"
    assert not list(temporary.iterdir()), "the key's temporary file is gone"
