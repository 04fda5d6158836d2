"""What the blueprint refuses. That a refusal stops a preview is shown on the real engine (tests/rehearsal)."""

from typing import Any

from components.blueprint import refusals
from manifests.credentials import Credentials
from network import plan as make_plan
from network.record import record
from settings.changes import facts
from tests.lab import PULL_SECRET, SECRET, settings


def recorded(generation: int = 1, **changes: Any) -> dict[str, Any]:
    lab = settings(generation=generation, **changes)
    made = facts(lab, Credentials(SECRET).fingerprint)
    return {"generation": str(generation), **made, "plan": record(make_plan(lab))}


def test_nothing_recorded_refuses_nothing() -> None:
    assert not list(refusals({}, recorded()))


def test_the_same_settings_are_never_refused() -> None:
    assert not list(refusals(recorded(), recorded()))


def test_a_rebuild_without_a_higher_generation_is_refused_with_field_values_and_remedy() -> None:
    [(field, sentence)] = refusals(recorded(), recorded(topology={"masters": {"vcpus": 12}}))
    assert field == "topology.masters.vcpus"
    assert "recorded 8, now 12" in sentence
    assert "pulumi config set rhoso-lab:generation 2" in sentence


def test_a_higher_generation_allows_a_rebuild() -> None:
    assert not list(refusals(recorded(), recorded(2, topology={"masters": {"vcpus": 12}})))


def test_a_lower_generation_is_refused() -> None:
    assert [field for field, _ in refusals(recorded(3), recorded(2))] == ["generation"]


def test_what_is_fixed_needs_a_new_stack_even_with_a_higher_generation() -> None:
    news = recorded(2)
    news["fixed"] = {**news["fixed"], "stack": "other"}
    [(field, sentence)] = refusals(recorded(), news)
    assert field == "stack"
    assert "new stack" in sentence


def test_another_key_for_the_host_neither_changes_nor_hides_anything() -> None:
    assert not list(refusals(recorded(), recorded(hosts={"other": {"uri": "qemu:///system"}})))
    moved = recorded(hosts={"other": {"uri": "qemu:///system", "pool": "/srv/elsewhere"}})
    assert [field for field, _ in refusals(recorded(), moved)] == ["hosts.pool"]


def test_computes_come_and_go_in_place() -> None:
    one, three = recorded(topology={"computes": {"count": 1}}), recorded(topology={"computes": {"count": 3}})
    assert not list(refusals(one, three))
    assert not list(refusals(three, one))


def test_workers_come_and_go_in_place() -> None:
    three, four = recorded(topology={"workers": {"count": 3}}), recorded(topology={"workers": {"count": 4}})
    assert not list(refusals(three, four))
    assert not list(refusals(four, three))


def test_a_lab_with_workers_and_a_compact_one_are_different_machines() -> None:
    some, none = recorded(), recorded(topology={"workers": {"count": 0}})
    for olds, news, said in ((some, none, "recorded 10, now 0"), (none, some, "recorded 0, now 10")):
        found = dict(refusals(olds, news))
        assert said in found["topology.workers.count"] and "Raise generation" in found["topology.workers.count"]
    assert not list(refusals(some, recorded(2, topology={"workers": {"count": 0}})))


def test_the_last_compute_does_not_leave_a_running_lab() -> None:
    two, none = recorded(), recorded(topology={"computes": {"count": 0}})
    [(field, sentence)] = refusals(two, none)
    assert field == "topology.computes.count"
    assert "recorded 2, now 0" in sentence and "Keep at least 1" in sentence
    assert not list(refusals(none, two))
    early = recorded(through="openstack"), recorded(through="openstack", topology={"computes": {"count": 0}})
    assert not list(refusals(*early)), "nobody knows of them yet"
    assert not list(refusals(two, recorded(2, topology={"computes": {"count": 0}})))


def test_a_version_is_not_the_blueprints_business() -> None:
    """A version that was asked for and never installed must not bind anybody; the step that installs it looks."""
    seven, sixteen = recorded(openstack={"version": "1.0.7"}), recorded(openstack={"version": "1.0.16"})
    assert not list(refusals(seven, sixteen)) and not list(refusals(sixteen, seven))


def test_a_replaced_credential_never_comes_back() -> None:
    second, third = recorded(rotation={"nova-migration": 2}), recorded(rotation={"nova-migration": 3})
    assert not list(refusals(recorded(), second))
    assert not list(refusals(second, third))
    for back in (second, recorded()):
        [(field, sentence)] = refusals(third, back)
        assert field == "rotation.nova-migration"
        assert "stays known to whoever knew it" in sentence


def test_a_lab_goes_on_from_where_it_stopped_and_never_back_in_place() -> None:
    networks, everything = recorded(through="networks"), recorded()
    assert not list(refusals(networks, everything))
    [(field, sentence)] = refusals(everything, networks)
    assert field == "through"
    assert "recorded verified, now networks. It would delete the later layers." in sentence
    assert not list(refusals(everything, recorded(2, through="networks"))), "a rebuild may stop earlier"


def test_an_option_that_was_not_given_before_is_seen() -> None:
    """A section is never optional, so what was not given is recorded too."""
    proxy = {"proxy": {"http": "http://me:secret@proxy.example.com:3128"}}
    mirrors = {"mirrors": [{"source": "quay.io/ocp", "mirrors": ["mirror.example.com/ocp"]}]}
    for option, field in ((proxy, "openshift.proxy.http"), (mirrors, "openshift.mirrors")):
        told = dict(refusals(recorded(), recorded(openshift={"pullSecret": PULL_SECRET, **option})))
        assert list(told) == [field]
        assert "me:secret" not in str(told)


def test_a_program_that_plans_the_same_settings_differently_is_refused() -> None:
    news = recorded()
    news["plan"] = {**news["plan"], "worker-3": "ens3 52:00:00:00:00:01 192.168.130.99/24"}
    [(machine, sentence)] = refusals(recorded(), news)
    assert machine == "worker-3"
    assert "now ens3 52:00:00:00:00:01 192.168.130.99/24. The settings are the same" in sentence
    assert not refusals(recorded(), {**news, "generation": "2"})


def test_a_moved_network_is_told_once_and_not_for_every_machine() -> None:
    moved = recorded(networks={"machine": {"cidr": "192.168.140.0/24"}})
    assert [field for field, _ in refusals(recorded(), moved)] == ["networks.machine.cidr"]


def test_a_newer_program_with_other_settings_or_classes_refuses_nothing() -> None:
    olds, news = recorded(), recorded()
    del olds["rebuild"]["topology.masters.vcpus"]
    olds["grows"]["topology.masters.count"] = olds["rebuild"].pop("topology.masters.count")
    olds["rebuild"]["a.setting.of.old"] = "1"
    assert not list(refusals(olds, news))
    news["rebuild"]["topology.masters.count"] = "5"
    assert [field for field, _ in refusals(olds, news)] == ["topology.masters.count"]


def test_what_applies_in_place_is_not_recorded() -> None:
    assert recorded() == recorded(timeouts={"nodes": 60})


def test_a_changed_secret_is_refused_without_being_told() -> None:
    other = SECRET[::-1]
    refused = dict(refusals(recorded(), recorded(secret=other)))
    assert "secret" in refused
    assert SECRET not in str(refused) and other not in str(refused)
