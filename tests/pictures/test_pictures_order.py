"""The table of layers is the program's own graph, and the picture of it has the right rows."""

from __future__ import annotations

import dataclasses

import pytest

import pictures
from pictures.layers import LAYERS, Layer
from pictures.ranks import Lane, ranks, rows
from tests.lab import raw
from tests.pictures.graph import layer_edges, reduced
from tests.pictures.labs import example


def test_the_table_has_the_layers_and_the_edges_of_the_program() -> None:
    layers, edges = layer_edges("lab", raw())

    assert {layer.name for layer in LAYERS} == layers
    assert {(needed, layer.name) for layer in LAYERS for needed in layer.needs} == edges


def test_an_edge_that_others_imply_is_left_out() -> None:
    assert reduced([("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")]) == {("a", "b"), ("b", "c"), ("a", "d")}


def test_what_waits_for_the_networks_alone_shares_a_row() -> None:
    found = ranks(LAYERS)

    assert found["Computes"] == found["ClusterMachines"] == found["KvmNetworks"] + 1
    assert found["OpenShiftCluster"] > found["Computes"]


def test_a_layer_stands_below_the_lowest_that_it_needs_and_its_arrows_get_lanes() -> None:
    layers = [Layer("a", (), ""), Layer("b", ("a",), ""), Layer("c", ("b",), ""), Layer("d", ("a", "c"), "")]
    table, steps = rows(layers)

    kinds = [[place.name if isinstance(place, Layer) else place for place in row] for row in table]
    assert kinds[0] == ["a"]
    assert set(kinds[1]) == {"b", Lane(1, "a", "d")}
    assert set(kinds[2]) == {"c", Lane(2, "a", "d")}
    assert kinds[3] == ["d"]
    assert len(steps) == 6
    assert all(step.start in table[step.row] and step.end in table[step.row + 1] for step in steps)


def test_rows_are_untangled() -> None:
    left, right = Layer("left", (), ""), Layer("right", (), "")
    table, _ = rows([left, right, Layer("under right", ("right",), ""), Layer("under left", ("left",), "")])

    assert [place.name for place in table[1] if isinstance(place, Layer)] == ["under left", "under right"]


@pytest.mark.parametrize("needs", [("later",), ("unknown",)])
def test_a_layer_must_come_after_what_it_needs(needs: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"layer first needs {needs[0]}, which must come before it"):
        pictures.order(example("lab"), [Layer("first", needs, ""), Layer("later", (), "")])


def test_what_a_layer_makes_and_waits_for_is_in_the_picture() -> None:
    svg = pictures.order(example("lab"))

    for layer in LAYERS:
        assert layer.name in svg
    assert "the record of the installation" in svg
    assert "install-complete" in svg


def test_a_layer_without_machines_of_a_role_shows_none() -> None:
    compact = example("compact")
    made = pictures.order(compact)
    grown = pictures.order(dataclasses.replace(compact, nodes=example("lab").nodes))

    assert '"worker"' not in made
    assert '"worker"' in grown
