"""The list of stand-ins is whole."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import rehearsal.operators
from rehearsal.operators.catalogue import MODULES, REGISTRY
from rehearsal.operators.world import CSV_NAMES


def test_no_module_with_stand_ins_is_left_out() -> None:
    names = [module.name for module in iter_modules(rehearsal.operators.__path__) if module.name != "__main__"]
    modules = [import_module(f"rehearsal.operators.{name}") for name in names]
    assert {module.__name__ for module in modules if hasattr(module, "STANDINS")} == {
        module.__name__ for module in MODULES
    }


def test_each_stand_in_says_a_kind_and_an_operator_that_can_be_installed() -> None:
    assert all(stand_in.kind and stand_in.operator in {"", *CSV_NAMES} for stand_in in REGISTRY)
    # What is remembered of an object is remembered by the class of its stand-in.
    assert len({type(stand_in).__name__ for stand_in in REGISTRY}) == len(REGISTRY)
