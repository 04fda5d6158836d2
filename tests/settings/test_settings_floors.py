"""The floors of machines, held against what the installer's service demands and against the default sizes."""

from __future__ import annotations

import pytest

from settings.rules.machines import FLOORS, SINGLE_NODE_VCPUS
from tests.lab import settings

# agent-installer.md §3.1 (assisted-service's environment template).
DEMANDED = {
    "masters": {"vcpus": 4, "memoryMib": 16384, "diskGb": 100},
    "workers": {"vcpus": 2, "memoryMib": 8192, "diskGb": 100},
}


@pytest.mark.parametrize("role", DEMANDED)
def test_no_floor_is_below_what_the_installer_demands(role: str) -> None:
    for key, least in DEMANDED[role].items():
        assert FLOORS[role][key] >= least, key
    assert SINGLE_NODE_VCPUS >= 8, "the one node of a cluster"


def test_the_least_lab_of_the_design_is_the_sum_of_the_floors() -> None:
    counts = {"masters": 3, "workers": 10, "computes": 2}
    assert sum(count * FLOORS[role]["memoryMib"] for role, count in counts.items()) == 240 * 1024


@pytest.mark.parametrize("role", FLOORS)
def test_default_sizes_are_not_below_the_floors(role: str) -> None:
    sizes = settings().topology.roles()[role].model_dump(by_alias=True)
    assert {key for key, floor in FLOORS[role].items() if sizes[key] < floor} == set()
