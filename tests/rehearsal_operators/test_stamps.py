"""Times in a status."""

from __future__ import annotations

from typing import Any

from rehearsal.operators.stamps import stamped
from rehearsal.operators.standin import NOW, SINCE, condition

EARLIER, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"


def status(ready: bool, message: str = "") -> dict[str, Any]:
    return {"lastUpdated": NOW, "startTime": SINCE, "conditions": [condition("Ready", ready, "Reason", message)]}


def test_every_time_is_given_at_first() -> None:
    made = stamped(status(False), {}, EARLIER)
    assert (made["lastUpdated"], made["startTime"]) == (EARLIER, EARLIER)
    assert made["conditions"][0]["lastTransitionTime"] == EARLIER


def test_nothing_is_different_when_nothing_changed() -> None:
    made = stamped(status(False), {}, EARLIER)
    assert stamped(status(False), made, LATER) == made


def test_a_transition_has_the_time_of_the_change_and_a_message_has_not() -> None:
    made = stamped(status(False), {}, EARLIER)
    said = stamped(status(False, "waits"), made, LATER)
    assert (said["lastUpdated"], said["startTime"]) == (LATER, EARLIER)
    assert said["conditions"][0]["lastTransitionTime"] == EARLIER
    assert stamped(status(True), said, LATER)["conditions"][0]["lastTransitionTime"] == LATER


def test_a_condition_is_found_again_at_another_place() -> None:
    made = stamped({"conditions": [condition("Ready", True), condition("Setup", True)]}, {}, EARLIER)
    moved = stamped({"conditions": [condition("Setup", True), condition("Ready", False)]}, made, LATER)
    assert [entry["lastTransitionTime"] for entry in moved["conditions"]] == [EARLIER, LATER]


def test_a_time_that_the_stand_in_gives_is_kept_as_it_is() -> None:
    own = {**condition("Ready", True), "lastTransitionTime": EARLIER}
    assert stamped({"conditions": [own]}, {}, LATER)["conditions"] == [own]
