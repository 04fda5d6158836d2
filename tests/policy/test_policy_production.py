"""Rule production-is-protected."""

from __future__ import annotations

import dataclasses

import pytest

from policy.model import COMMAND, DOMAIN, NETWORK, POOL, VOLUME, Resource
from policy.production import SEAL, violations
from tests.policy.things import command, limits, resource

IN_PRODUCTION = limits(production="true")
LAB = [
    *(resource(kind.rpartition(":")[2], kind) for kind in (DOMAIN, VOLUME, POOL, NETWORK)),
    resource("openshift-install-complete", COMMAND),
]


SEALED = resource("seal", SEAL, *(made.name for made in LAB), protected=True)


def protected(made: Resource) -> Resource:
    """The same, protected."""
    return dataclasses.replace(made, protected=True)


@pytest.mark.parametrize("made", LAB, ids=lambda made: str(made.name))
def test_each_that_holds_the_lab_must_be_protected(made: Resource) -> None:
    [found] = violations([IN_PRODUCTION, SEALED, made])
    assert "protect is not set" in found.message and "production: true" in found.message
    assert "components/regime.py" in found.message


def test_a_lab_that_is_protected_is_fine_and_one_that_is_not_for_production_too() -> None:
    assert not list(violations([IN_PRODUCTION, SEALED, *map(protected, LAB)]))
    assert not list(violations([limits(), *LAB]))


@pytest.mark.parametrize(
    "seal",
    [
        [],
        [dataclasses.replace(SEALED, protected=False)],
        [dataclasses.replace(SEALED, dependencies=SEALED.dependencies - {LAB[0].urn})],
    ],
)
def test_a_destroy_must_come_to_a_protected_seal_over_each_first(seal: list[Resource]) -> None:
    found = list(violations([IN_PRODUCTION, *seal, *map(protected, LAB)]))
    assert found and found[0].urn == LAB[0].urn
    assert "no protected seal depends on it" in found[0].message and "regime.seal" in found[0].message
    assert len(found) == (1 if seal and seal[0].protected else len(LAB))


def test_what_can_be_made_again_in_place_needs_no_protection() -> None:
    others = [command("gate", "python3 -m readiness"), resource("secret", "kubernetes:core/v1:Secret")]
    assert not list(violations([IN_PRODUCTION, *others]))


def test_a_stack_that_does_not_tell_is_not_waved_through() -> None:
    [found] = violations(LAB)
    assert "does not record whether the stack is for production" in found.message
