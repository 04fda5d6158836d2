"""A lab in production is refused, before the engine has begun, what would delete something of it."""

from __future__ import annotations

from typing import Any

import pytest

from components.blueprint import BlueprintProvider, refusals
from network.record import record
from settings.changes import facts
from tests.lab import plan, settings


def recorded(generation: int = 1, **changes: Any) -> dict[str, Any]:
    """What a stack with these settings records, without what the engine adds."""
    made = settings(**changes)
    known: dict[str, Any] = dict(facts(made, lambda secret: f"print of {len(secret)}"))
    return known | {"generation": str(generation), "plan": record(plan(**changes))}


def test_a_higher_generation_is_refused_with_the_remedy() -> None:
    [(field, sentence)] = refusals(recorded(production=True), recorded(2, production=True))
    assert field == "generation"
    assert "recorded 1, now 2" in sentence and "production: true" in sentence
    assert "set production to false in the same change" in sentence


@pytest.mark.parametrize(("role", "left", "gone"), [("workers", 9, "worker-9"), ("computes", 1, "compute-1")])
def test_one_machine_fewer_is_refused_by_its_name(role: str, left: int, gone: str) -> None:
    fewer = recorded(production=True, topology={role: {"count": left}})
    [(field, sentence)] = refusals(recorded(production=True), fewer)
    assert field == gone
    assert f"{gone}: recorded, now not planned any more" in sentence and "set production to false" in sentence


def test_it_may_be_given_up_in_the_same_change() -> None:
    assert not list(refusals(recorded(production=True), recorded(2)))
    assert not list(refusals(recorded(production=True), recorded(topology={"computes": {"count": 1}})))


def test_what_deletes_nothing_goes_on_in_place() -> None:
    more = recorded(production=True, topology={"workers": {"count": 11}, "computes": {"count": 3}})
    assert not list(refusals(recorded(production=True), more))
    assert not list(refusals(recorded(), recorded(production=True))), "marking it is free"


def test_a_stack_of_an_earlier_program_recorded_no_limits() -> None:
    earlier = {key: value for key, value in recorded().items() if key != "limits"}
    assert not list(refusals(earlier, recorded(production=True)))
    assert [field for field, _ in refusals(earlier, recorded(2, production=True))] == ["generation"]


def test_a_changed_limit_is_recorded_in_place() -> None:
    same, other = recorded(), recorded(production=True)
    assert not BlueprintProvider().diff("blueprint", same, same).changes
    assert BlueprintProvider().diff("blueprint", same, other).changes
