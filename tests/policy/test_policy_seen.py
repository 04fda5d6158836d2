"""What the policy SDK hands over becomes plain data, with nothing that a rule could trip over."""

from __future__ import annotations

from pulumi_policy import PolicyCustomTimeouts, PolicyResource, PolicyResourceOptions
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, deserialize_properties
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy.model import UNKNOWN, Hidden
from policy.seen import all_of, plain
from tests.policy.things import domain

SECRET = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "hunter2"}
SENT = {"a": {"b": [SECRET, UNKNOWN_STRING_VALUE, 1.0]}, "c": SECRET, "d": UNKNOWN_STRING_VALUE, "e": "text"}


def test_for_a_remediation_secrets_stay_hidden() -> None:
    proxied = unknown_checking_proxy(deserialize_properties(SENT, True))
    assert plain(proxied) == {"a": {"b": [Hidden(), UNKNOWN, 1.0]}, "c": Hidden(), "d": UNKNOWN, "e": "text"}


def test_for_a_validation_secrets_are_unwrapped_by_the_sdk_and_unknown_values_raise_nothing() -> None:
    proxied = unknown_checking_proxy(deserialize_properties(SENT))
    assert plain(proxied) == {"a": {"b": ["hunter2", UNKNOWN, 1.0]}, "c": "hunter2", "d": UNKNOWN, "e": "text"}


def test_what_a_preview_does_not_know_of_a_resource_is_taken_as_it_was_asked_for() -> None:
    timeouts = PolicyCustomTimeouts(0, 0, 0)
    opts = PolicyResourceOptions(True, [], False, [], timeouts, ["stdout"], None)
    sent = {"memory": 64, "networkInterfaces": UNKNOWN_STRING_VALUE, "id": UNKNOWN_STRING_VALUE}
    made = PolicyResource("x:y:Z", unknown_checking_proxy(sent), "urn::a", "a", opts, None, None, [], {})
    made.dependencies = [PolicyResource("x:y:Z", {}, "urn::b", "b", opts, None, None, [], {})]
    [seen] = all_of([made], {"urn::a": domain("a")})
    assert seen.props["memory"] == 64, "what came of it counts more"
    assert seen.props["networkInterfaces"] == domain("a").props["networkInterfaces"]
    assert seen.props["graphics"] == domain("a").props["graphics"], "not even named yet"
    assert seen.props["id"] is UNKNOWN
    assert (set(seen.dependencies), seen.protected, set(seen.secret_outputs)) == ({"urn::b"}, True, {"stdout"})
    assert all_of([made], {})[0].props == {"memory": 64, "networkInterfaces": UNKNOWN, "id": UNKNOWN}
