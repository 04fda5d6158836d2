"""A trial of whether the API server would take an object: what counts as an answer, and that nothing is made."""

from __future__ import annotations

from typing import Any

import pytest

from readiness import spec
from readiness.errors import ConfigurationError, OutOfTimeError
from tests.readiness.fake_api import FakeApi, Run, says, thing

POOLS = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools"
POOL = {"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": {"name": "ctlplane"}}
TRIAL = f"POST {POOLS}?dryRun=All"
TAKEN = spec.accepts("IPAddressPools", POOLS, POOL)
UNCALLED = 'failed calling webhook "pools.metallb.io": failed to call webhook: connect: connection refused'
UNCONVERTED = "conversion webhook for metallb.io/v1beta1, Kind=IPAddressPool failed: no endpoints available"


def test_an_object_that_would_be_taken_is_offered_in_a_dry_run_and_not_made(api: FakeApi, run: Run) -> None:
    assert run(TAKEN) == "layer ready: 1 conditions true"
    assert api.requests == {TRIAL: 1}
    assert api.posted == [POOL]
    assert not api.objects


@pytest.mark.parametrize(
    "refusal",
    [
        (400, 'admission webhook "pools.metallb.io" denied the request: no addresses'),
        (403, 'admission webhook "pools.metallb.io" denied the request: overlaps with pool a'),
        (409, 'ipaddresspools.metallb.io "ctlplane" already exists'),
        (422, 'IPAddressPool.metallb.io "ctlplane" is invalid: spec.addresses: Required value'),
    ],
)
def test_a_refusal_for_the_objects_own_sake_is_an_answer(api: FakeApi, run: Run, refusal: tuple[int, str]) -> None:
    api.script[TRIAL] = [refusal]
    run(TAKEN)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ((500, f"Internal error occurred: {UNCALLED}"), f"HTTP 500: Internal error occurred: {UNCALLED}"),
        ((400, UNCALLED), UNCALLED),
        ((400, UNCONVERTED), UNCONVERTED),
        ((503, "the server is currently unable to handle the request"), "HTTP 503: the server is currently unable"),
        ((429, "too many requests"), "HTTP 429: too many requests"),
        ("drop", "remote end closed connection without response"),
        (None, "not found: its kind is not served yet, or its namespace is not there"),
    ],
)
def test_trouble_on_the_way_to_an_answer_is_this_checks_own_and_asked_again(
    api: FakeApi, run: Run, trouble: Any, words: str
) -> None:
    api.objects["/api/v1/nodes"] = {"items": [thing("n", says("Ready"))]}
    api.script[TRIAL] = [trouble, trouble, POOL]
    run(spec.nodes(["n"]), TAKEN)
    assert run.progress[0].startswith(f"1/2 ready, waiting for IPAddressPools: {words}")
    assert run.progress[1:] == ["2/2 ready"]
    assert api.requests[TRIAL] == 3


def test_out_of_time_the_servers_words_are_the_last_ones(api: FakeApi, run: Run) -> None:
    api.script[TRIAL] = [(500, UNCALLED)]
    with pytest.raises(OutOfTimeError) as ended:
        run(TAKEN, timeout=0.1)
    assert str(ended.value).endswith(f"0/1 ready\n  IPAddressPools: HTTP 500: {UNCALLED}")


@pytest.mark.parametrize(
    "refusal",
    [
        (401, "Unauthorized"),
        (405, "the server does not allow this method on the requested resource"),
        (403, 'ipaddresspools.metallb.io is forbidden: User "guest" cannot create resource "ipaddresspools" in API …'),
    ],
)
def test_who_may_not_even_ask_is_told_at_once(api: FakeApi, run: Run, refusal: tuple[int, str]) -> None:
    api.script[TRIAL] = [refusal]
    with pytest.raises(ConfigurationError, match=f"HTTP {refusal[0]}: {refusal[1][:12]}"):
        run(TAKEN, timeout=3600)


def test_the_same_object_is_offered_once_a_round_and_another_one_for_itself(api: FakeApi, run: Run) -> None:
    other = {**POOL, "metadata": {"name": "storage"}}
    run(TAKEN, {**TAKEN, "name": "again"}, spec.accepts("other", POOLS, other))
    assert api.posted == [POOL, other]
