"""What the gate says and when it ends, against a fake API server over real TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from readiness import spec, wait
from readiness.errors import ConfigurationError, OutOfTimeError, TerminalFailureError
from readiness.progress import LINES
from tests.readiness.fake_api import FakeApi, Run, says, thing

NNCP = "/apis/nmstate.io/v1/nodenetworkconfigurationpolicies"
PLANE = "/apis/core.openstack.org/v1beta1/namespaces/openstack/openstackcontrolplanes/plane"
READY = spec.condition("Ready")


def nncp(name: str, **options: Any) -> dict[str, Any]:
    failing = [spec.failure("Degraded", "True", "FailedToConfigure")]
    condition = spec.condition("Available", failed_when=failing)
    return spec.has_condition(f"NNCP {name}", f"{NNCP}/{name}", {**condition, **options})


def test_a_gate_whose_objects_are_ready_ends_with_one_short_line(api: FakeApi, run: Run) -> None:
    api.objects["/api/v1/nodes"] = {"items": [thing(f"node-{i}", says("Ready")) for i in range(13)]}
    result = run(spec.nodes(f"node-{i}" for i in range(13)), what="nodes")
    assert result == "nodes ready: 13 conditions true"


def test_progress_is_one_line_per_change_however_often_it_polls(api: FakeApi, run: Run) -> None:
    waiting, ready = thing("plane", says("Ready", "False", "Requested", "Nova")), thing("plane", says("Ready"))
    api.script[PLANE] = [None] * 4 + [waiting] * 5 + [ready]
    result = run(spec.has_condition("control plane", PLANE, READY))
    assert run.progress == [
        "0/1 ready, waiting for control plane: not found",
        "0/1 ready, waiting for control plane: Ready is False (Requested: Nova)",
        "1/1 ready",
    ]
    assert result == "layer ready: 1 conditions true"


def test_a_progress_line_names_a_few_things_and_counts_the_rest(api: FakeApi, run: Run) -> None:
    with pytest.raises(OutOfTimeError):
        run(*(nncp(f"worker-{i}") for i in range(10)), timeout=0.2)
    line = run.progress[0]
    assert line.startswith("0/10 ready, waiting for NNCP worker-0: not found; NNCP worker-1: not found;")
    assert line.endswith("(and 7 more)")


def test_a_flapping_object_with_a_long_story_cannot_flood_the_console(
    api: FakeApi, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.script[PLANE] = [
        thing("plane", says("Ready", "False", "Error", f"attempt {i}\n" + "x" * 5000)) for i in range(400)
    ] + [thing("plane", says("Ready"))]
    checks = spec.has_condition("plane", PLANE, READY)
    monkeypatch.setattr(wait, "LONGEST_PAUSE", 0.0)
    run(checks)
    assert len(run.progress) == LINES + 1
    assert run.progress[-1] == "many changes so far; further ones are not shown, only the result"
    assert all(len(line) < 500 for line in run.progress)


def test_a_terminal_failure_ends_at_once_with_the_objects_own_message(api: FakeApi, run: Run) -> None:
    api.objects[f"{NNCP}/worker-0"] = thing("worker-0", says("Available"))
    degraded = says("Degraded", "True", "FailedToConfigure", "enp2s0: no such interface")
    api.objects[f"{NNCP}/worker-1"] = thing("worker-1", says("Available", "False"), degraded)
    with pytest.raises(TerminalFailureError, match=r"NNCP worker-1: .*FailedToConfigure: enp2s0: no such interface"):
        run(nncp("worker-0"), nncp("worker-1"), timeout=3600)


def test_another_reason_than_the_terminal_one_only_waits(api: FakeApi, run: Run) -> None:
    retrying = says("Degraded", "True", "Retrying")
    api.script[f"{NNCP}/worker-0"] = [thing("worker-0", retrying), thing("worker-0", says("Available"))]
    result = run(nncp("worker-0"))
    assert result == "layer ready: 1 conditions true"


def test_a_status_about_an_older_spec_counts_neither_as_ready_nor_as_failed(api: FakeApi, run: Run) -> None:
    degraded = says("Degraded", "True", "FailedToConfigure", "old story")
    api.script[f"{NNCP}/worker-0"] = [
        thing("worker-0", says("Available"), generation=2, observed=1),
        thing("worker-0", degraded, generation=2, observed=1),
        thing("worker-0", says("Available"), generation=2, observed=2),
    ]
    run(nncp("worker-0"))
    assert run.progress[0] == "0/1 ready, waiting for NNCP worker-0: generation 2 not looked at yet (at 1)"
    assert run.progress[-1] == "1/1 ready"


def test_a_condition_that_is_older_than_the_spec_does_not_count(api: FakeApi, run: Run) -> None:
    stale = says("Available", observedGeneration=4)
    fresh = says("Available", observedGeneration=5)
    api.script[f"{NNCP}/worker-0"] = [thing("worker-0", stale, generation=5), thing("worker-0", fresh, generation=5)]
    run(nncp("worker-0"))
    assert "generation 5 not looked at yet (at 4)" in run.progress[0]


def test_observed_generation_can_be_left_out_of_account(api: FakeApi, run: Run) -> None:
    api.objects[f"{NNCP}/worker-0"] = thing("worker-0", says("Available"), generation=2, observed=1)
    result = run(nncp("worker-0", observed_generation=False))
    assert result == "layer ready: 1 conditions true"


def test_out_of_time_lists_everything_that_is_missing_with_its_last_message(api: FakeApi, run: Run) -> None:
    api.objects[f"{NNCP}/worker-0"] = thing("worker-0", says("Available"))
    api.objects[f"{NNCP}/worker-1"] = thing("worker-1", says("Available", "False", "Progressing", "2 of 3 links up"))
    with pytest.raises(OutOfTimeError) as ended:
        run(nncp("worker-0"), nncp("worker-1"), nncp("worker-2"), timeout=0.3, what="NNCPs")
    assert str(ended.value) == (
        "NNCPs not ready after 0 s: 1/3 ready\n"
        "  NNCP worker-1: Available is False (Progressing: 2 of 3 links up)\n"
        "  NNCP worker-2: not found"
    )


def test_a_node_that_nobody_expects_is_named_and_holds_the_gate(api: FakeApi, run: Run) -> None:
    api.objects["/api/v1/nodes"] = {"items": [thing("master-0", says("Ready")), thing("localhost", says("Ready"))]}
    with pytest.raises(OutOfTimeError, match="Node localhost: is there but not expected"):
        run(spec.nodes(["master-0"]), timeout=0.2)


def test_an_object_on_its_way_out_is_not_ready(api: FakeApi, run: Run) -> None:
    leaving = thing("plane", says("Ready"))
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    api.objects[PLANE] = leaving
    with pytest.raises(OutOfTimeError, match="plane: is being deleted"):
        run(spec.has_condition("plane", PLANE, READY), spec.exists("the plane", PLANE), timeout=0.2)


def test_a_field_is_waited_for_and_its_failure_value_ends_the_wait(api: FakeApi, run: Run) -> None:
    path = "/apis/operators.coreos.com/v1alpha1/namespaces/x/clusterserviceversions/nmstate"
    check = spec.field("CSV nmstate", path, "status.phase", "Succeeded", failed=["Failed"], message="status.message")
    api.script[path] = [thing("nmstate"), thing("nmstate", phase="Installing"), thing("nmstate", phase="Succeeded")]
    run(check)
    assert run.progress[:2] == [
        "0/1 ready, waiting for CSV nmstate: status.phase is not set",
        "0/1 ready, waiting for CSV nmstate: status.phase is Installing",
    ]
    api.script[path] = [thing("nmstate", phase="Failed", message="webhook port in use")]
    with pytest.raises(TerminalFailureError, match=r"CSV nmstate: status\.phase is Failed: webhook port in use"):
        run(check, timeout=3600)


def test_objects_that_share_a_list_cost_one_request_a_round(api: FakeApi, run: Run) -> None:
    for i in range(10):
        api.objects[f"{NNCP}/worker-{i}"] = thing(f"worker-{i}", says("Available"))
    run(*(nncp(f"worker-{i}") for i in range(10)))
    assert api.requests == {NNCP: 1}


def test_trouble_of_the_api_server_is_told_once_and_waited_out(api: FakeApi, run: Run) -> None:
    ready = thing("plane", says("Ready"))
    api.script[PLANE] = [(503, "no endpoints available")] * 3 + ["drop"] * 3 + [(500, "etcd leader changed")] + [ready]
    run(spec.has_condition("plane", PLANE, READY))
    assert [line.rpartition("answer: ")[2] for line in run.progress] == [
        "HTTP 503: no endpoints available",
        "remote end closed connection without response",
        "HTTP 500: etcd leader changed",
        "1/1 ready",
    ]


def test_an_api_server_that_never_answers_is_the_first_thing_said_when_time_is_up(api: FakeApi, run: Run) -> None:
    api.close()
    with pytest.raises(OutOfTimeError, match=r"not ready after 0 s\n.*does not answer: connection refused"):
        run(spec.exists("plane", PLANE), timeout=0.2)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_of_the_request_itself_ends_at_once(api: FakeApi, run: Run, status: int) -> None:
    api.script[PLANE] = [(status, "system:anonymous cannot get it")]
    with pytest.raises(ConfigurationError, match=f"HTTP {status}: system:anonymous cannot get it"):
        run(spec.exists("plane", PLANE), timeout=3600)


def test_the_certificate_must_be_valid_for_the_given_name(api: FakeApi, run: Run) -> None:
    api.objects[PLANE] = thing("plane")
    run(spec.exists("plane", PLANE), tls_server_name="api.lab.example.com")
    with pytest.raises(ConfigurationError, match=r"Hostname mismatch.*'api\.other\.example\.com'"):
        run(spec.exists("plane", PLANE), tls_server_name="api.other.example.com", timeout=3600)
    with pytest.raises(ConfigurationError, match="IP address mismatch"):
        run(spec.exists("plane", PLANE), tls_server_name=None, timeout=3600)


def test_the_certificate_must_come_from_the_given_authority(api: FakeApi, run: Run) -> None:
    with pytest.raises(ConfigurationError, match="does not verify"):
        run(spec.exists("plane", PLANE), ca=api.client_certificate, timeout=3600)


def test_without_an_authority_the_systems_are_asked(
    api: FakeApi, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.objects[PLANE] = thing("plane")
    with pytest.raises(ConfigurationError, match="does not verify"):
        run(spec.exists("plane", PLANE), ca=None, timeout=3600)
    (tmp_path / "authorities.pem").write_text(api.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    run(spec.exists("plane", PLANE), ca=None)


def test_the_client_shows_its_certificate_or_its_token(api: FakeApi, run: Run) -> None:
    api.objects[PLANE] = thing("plane")
    run(spec.exists("plane", PLANE))
    assert "system:admin" in str(api.client_names)
    assert api.authorization == {None}
    run(spec.exists("plane", PLANE), cert=None, key=None, token="abc")
    assert "Bearer abc" in api.authorization
