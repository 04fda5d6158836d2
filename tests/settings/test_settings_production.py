"""The setting `production`, and what is recorded for the rules."""

from __future__ import annotations

from typing import Any

import pytest

from settings import SettingsError
from settings.catalogue import find
from settings.changes import facts, limits
from tests.lab import raw
from tests.lab import settings as changed


@pytest.mark.parametrize(("given", "means"), [({}, False), ({"production": True}, True)])
def test_a_lab_is_for_production_only_if_it_says_so(given: dict[str, Any], means: bool) -> None:
    assert changed(**given).production is means


def test_anything_else_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="production"):
        changed(production="maybe")


def test_it_may_be_changed_in_place_and_is_recorded_for_the_rules_alone() -> None:
    setting = find(["production"])
    assert setting is not None and setting.change == "free"
    recorded = facts(changed(production=True), str)
    assert {"limits"} == {change for change, known in recorded.items() if "production" in known}
    assert recorded["limits"]["production"] == "true"


def test_what_the_host_has_is_recorded_as_json() -> None:
    [(key, host)] = raw()["hosts"].items()
    assert limits(changed()) == {"production": "false", "memoryMib": "null", "diskGb": "null", "overcommit": "false"}
    sized = {key: {**host, "memoryMib": 524288, "diskGb": 4000, "overcommit": True}}
    assert limits(changed(hosts=sized)) == {
        "production": "false",
        "memoryMib": "524288",
        "diskGb": "4000",
        "overcommit": "true",
    }
