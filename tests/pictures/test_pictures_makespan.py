"""The picture of what `make makespan` measured, and the recorded measurement itself."""

from __future__ import annotations

import json
import re
import socket
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from pictures import makespan
from pictures.drawing import ELLIPSIS, FONTS, Box, Dot, Label, Line
from pictures.lanes import Scale
from pictures.palette import DARK, LIGHT
from tests.pictures.geometry import boxes, faults, labels, overlapping
from tests.pictures.labs import ROOT
from tests.pictures.test_pictures_layout import SHOWN_AT
from tests.pictures.test_pictures_svg import SVG, contrast, ground

RECORDED, PICTURE = ROOT / "docs" / "makespan.json", ROOT / "docs" / "pictures" / "lab-makespan.svg"
LAYERS = ("ClusterMachines", "OpenShiftCluster", "Operators", "OpenStackNetworking", "OpenStackControlPlane")

recorded = pytest.mark.skipif(not RECORDED.exists(), reason="nothing has been measured yet: make makespan")
unhurried = budget(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])


def resource(name: str, layer: str, start: float, seconds: float, after: list[str]) -> dict[str, Any]:
    """One entry of a measurement."""
    return {"name": name, "kind": "Command", "layer": layer, "start": start, "seconds": seconds, "after": after}


def document(path: list[dict[str, Any]], others: list[dict[str, Any]]) -> dict[str, Any]:
    """A measurement; see rehearsal/makespan.py."""
    resources = sorted([*path, *others], key=lambda entry: (entry["start"], entry["name"]))
    whole = max(entry["start"] + entry["seconds"] for entry in resources)
    longest = sum(entry["seconds"] for entry in path)
    return {
        "stack": "rehearsal",
        "scale": 0.05,
        "model": {"OpenStackControlPlane": 1500, "OpenStackDataPlaneDeployment": 2400, "LVMCluster": 180},
        "makespan": whole,
        "longestPath": longest,
        "ratio": whole / longest,
        "limit": 1.1,
        "loading": 2.5,
        "path": [entry["name"] for entry in path],
        "resources": resources,
    }


def chain(seconds: list[float], gap: float, called: str = "a-step-of-the-path") -> list[dict[str, Any]]:
    """A path, each resource `gap` seconds after the one before."""
    path: list[dict[str, Any]] = []
    now = 0.0
    for number, took in enumerate(seconds):
        layer = LAYERS[number * len(LAYERS) // len(seconds)]
        path.append(resource(f"{called}-{number}", layer, now, took, [path[-1]["name"]] if path else []))
        now += took + gap
    return path


def usual() -> dict[str, Any]:
    """As large as the lab's: 190 resources, most of them short and many at the same time."""
    path = chain([0.2, 6, 1, 0.3, 22, 62, 61, 0.4, 0.5, 0.2, 7, 16, 0.3, 5, 0.6, 78, 1, 0.4, 5, 0.2, 124, 0.4, 17], 0.4)
    others = [
        resource(f"beside-{number}", LAYERS[number % 5], number * 2.3 % 390, number % 13 + 0.05, [path[0]["name"]])
        for number in range(190 - len(path))
    ]
    return document(path, others)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any measurement that a run could have."""
    took = st.floats(0, 4000).map(lambda seconds: round(seconds, 3))
    path = chain(draw(st.lists(took, min_size=1, max_size=40)), draw(st.floats(0, 9)), draw(st.sampled_from("ab" * 60)))
    path[-1]["seconds"] += 1
    whole = path[-1]["start"] + path[-1]["seconds"]
    others = []
    for number in range(draw(st.integers(0, 60))):
        start, end = sorted((draw(st.floats(0, whole)), draw(st.floats(0, whole))))
        layer = draw(st.sampled_from([*LAYERS, "Verification", "L" * 200]))
        others.append(resource(draw(st.sampled_from(["x", "name" * 40])) + str(number), layer, start, end - start, []))
    return {**document(path, others), "scale": draw(st.sampled_from([1, 0.5, 0.05, 0.001]))}


def test_the_usual_picture_has_no_fault() -> None:
    assert faults(makespan.layout(usual())) == []


def test_the_usual_picture_shortens_no_text_and_can_be_read_in_a_readme() -> None:
    drawing = makespan.layout(usual())
    smallest = min(FONTS[label.font].size for label in labels(drawing))

    assert [label.text for label in labels(drawing) if ELLIPSIS in label.text] == []
    assert smallest * SHOWN_AT / drawing.width >= 10, "pixels"


@unhurried
@given(documents())
def test_any_measurement_is_drawn_without_a_fault(measured: dict[str, Any]) -> None:
    assert faults(makespan.layout(measured)) == []


def bars(measured: dict[str, Any], *paints: str) -> list[Box]:
    """The boxes of the layers' resources, without the legend's and those of the path's own panel."""
    found = [box for box in boxes(makespan.layout(measured)) if box.paint in paints]
    top = next(box for box in boxes(makespan.layout(measured)) if box.paint == "panel")
    return [box for box in found if box.y > top.bottom]


def test_every_resource_is_a_bar_where_and_as_long_as_it_was_made() -> None:
    measured = usual()
    scale = Scale(28, 932, measured["makespan"])

    drawn = sorted((box.x, box.right) for box in bars(measured, "path", "ghost", "head"))
    asked = sorted(
        (scale.x(entry["start"]), max(scale.x(entry["start"] + entry["seconds"]), scale.x(entry["start"]) + 1.5))
        for entry in measured["resources"]
    )
    assert [edge for bar in drawn for edge in bar] == pytest.approx([edge for bar in asked for edge in bar])
    assert len(drawn) == 190


def test_the_path_stands_out_in_every_layer_and_alone_at_the_top() -> None:
    measured = usual()
    drawing = makespan.layout(measured)
    top, *layers = [box for box in boxes(drawing) if box.paint == "panel"]

    assert len(bars(measured, "path")) == len(measured["path"])
    inside = [box for box in boxes(drawing) if box.paint == "path" and top.y < box.y < top.bottom]
    assert inside == sorted(inside, key=lambda box: box.x)
    assert all(one.right <= other.x for one, other in pairwise(inside)), "nothing of a path overlaps"
    assert len(layers) == len({entry["layer"] for entry in measured["resources"]})


def test_every_step_of_the_path_is_named_in_its_layer_and_listed_with_its_times() -> None:
    measured = document(chain([1.0, 60.0, 3.0], 2.0), [resource("beside", "Operators", 3, 30, [])])
    written = [label.text for label in labels(makespan.layout(measured))]

    for name in measured["path"]:
        assert written.count(name) == 2
    assert written.count("beside") == 1
    second = written.index("a-step-of-the-path-1", written.index("took"))
    assert written[second + 2 : second + 6] == ["3.0", "2.0", "60.0", "20.0"], "from, waited, took, minutes at scale 1"
    assert any("makespan 68.0 s ÷ longest path 64.0 s = 1.062 (at most 1.10)" in text for text in written)


def test_the_axis_shows_minutes_of_a_real_lab_and_seconds_of_the_rehearsal() -> None:
    measured = document(chain([240.0], 0), [])
    scale = Scale(28, 932, 240)
    drawing = makespan.layout(measured)

    centres = {
        (label.text, round(label.place.middle[0], 3))
        for label in labels(drawing)
        if label.font == "nic" and label.align == "middle"
    }
    assert ("60", round(scale.x(180), 3)) in centres, "an hour at a 20th"
    assert ("180", round(scale.x(180), 3)) in centres
    assert any("1 s of the rehearsal is 20 s of a real lab" in label.text for label in labels(drawing))


def test_lines_of_the_grid_lie_behind_bars_and_names() -> None:
    drawing = makespan.layout(usual())
    lines = [item for item in drawing.items if isinstance(item, Line)]
    solid = [box for box in boxes(drawing) if box.paint != "panel"]
    solid += [item.extent for item in drawing.items if isinstance(item, Label) and item.text]
    drawn = [Box(line.points[0][0], line.points[0][1], 0.5, line.points[1][1] - line.points[0][1]) for line in lines]

    assert len({line.points[0][0] for line in lines}) > 4
    assert list(overlapping(drawn, solid, lambda box: box)) == []
    assert not [item for item in drawing.items if isinstance(item, Dot)]


def test_what_is_not_xml_in_a_name_is_escaped_and_every_class_has_a_rule() -> None:
    measured = usual() | {"stack": "<b> & \"c\" 'd'"}
    text = makespan.makespan(measured)
    root = ElementTree.fromstring(text)
    light, dark = root.findtext(f"{SVG}style", "").split("@media (prefers-color-scheme:dark){")
    used = {name for element in root.iter() for name in element.get("class", "").split()}

    assert str(measured["stack"]) in root.findtext(f"{SVG}title", "")
    for page in (light, dark):
        assert used - {*FONTS} <= set(re.findall(r"\.([\w-]+)\{fill:", page))
    assert text == makespan.makespan(measured)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(theme: dict[str, str]) -> None:
    drawing = makespan.layout(usual())
    pairs = {(label.ink, ground(drawing, label)) for label in labels(drawing)}

    assert ("plain", "wire-1") in pairs
    assert {pair for pair in pairs if contrast(theme[pair[0]], theme[pair[1]]) < 4.5} == set()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_bar_stands_out_from_its_panel(theme: dict[str, str]) -> None:
    assert {bar for bar in ("wire-1", "muted", "arrow") if contrast(theme[bar], theme["panel"]) < 3} == set()


def test_round_numbers_of_time_are_not_too_many() -> None:
    for whole in (0.3, 1, 7, 100, 420.5, 3600, 90000, 10**6):
        ticks = list(Scale(0, 900, whole).ticks())
        assert 1 <= len(ticks) <= 14
        assert ticks[0] == (0, 0)
        assert all(number == int(number) for number, _ in ticks) or whole > 40000
        assert all(0 <= x <= 900 for _, x in ticks)


def test_the_command_draws_a_file_and_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measured, out = tmp_path / "makespan.json", tmp_path / "docs" / "lab.svg"

    assert makespan.main([str(measured), str(out)]) == 1
    assert "make makespan" in capsys.readouterr().err
    measured.write_text(json.dumps(usual()))
    assert makespan.main([str(measured), str(out)]) == 0
    assert out.read_text() == makespan.makespan(usual())


@recorded
def test_the_recorded_picture_is_current() -> None:
    assert PICTURE.read_text() == makespan.makespan(json.loads(RECORDED.read_text())), "run: make makespan"


@recorded
def test_the_recorded_run_is_within_a_tenth_of_its_longest_path() -> None:
    measured = json.loads(RECORDED.read_text())
    took: dict[str, float] = {}
    # In the order in which they began, so each comes after those that it needs.
    for entry in measured["resources"]:
        took[entry["name"]] = entry["seconds"] + max((took[name] for name in entry["after"]), default=0.0)
    known = {entry["name"]: entry for entry in measured["resources"]}
    whole = max(entry["start"] + entry["seconds"] for entry in measured["resources"])

    assert max(took.values()) == pytest.approx(measured["longestPath"], abs=0.01)
    assert sum(known[name]["seconds"] for name in measured["path"]) == pytest.approx(measured["longestPath"], abs=0.01)
    assert all(one in known[other]["after"] for one, other in pairwise(measured["path"]))
    assert whole == pytest.approx(measured["makespan"], abs=0.01)
    assert whole / max(took.values()) <= 1.10


@recorded
def test_the_recorded_run_is_a_whole_lab_slowed_and_names_no_machine() -> None:
    text = RECORDED.read_text()
    measured = json.loads(text)

    assert measured["stack"] == "rehearsal"
    assert {"openshift-install-complete", "control-plane-ready", "data-plane-deployed"} <= {*measured["path"]}
    assert str(ROOT) not in text
    assert f'"{socket.gethostname()}"' not in text
    assert "/" not in "".join(entry["name"] for entry in measured["resources"])
