"""Measuring an `up`: the command, the document that it writes, and the model that it slows the stand-ins to."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from rehearsal import __main__ as command
from rehearsal import inside, lifecycle, makespan, pace, report, teardown, timeline
from rehearsal.criticalpath import measure
from rehearsal.errors import RehearsalError
from rehearsal.host import Host
from rehearsal.timeline import Span

RUN = 5000.0
STACK = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"


def resource(kind: str, name: str, parent: str = STACK, after: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """An entry of `pulumi stack export`; kinds of `rhoso:` are components."""
    return {
        "urn": f"urn:pulumi:s::p::{kind}::{name}",
        "type": kind,
        "custom": not kind.startswith("rhoso:"),
        "parent": parent,
        "dependencies": [*after],
        **more,
    }


LAYER = resource("rhoso:kvm:Machines", "machines")
MACHINE = resource("rhoso:kvm:Machine", "m0", LAYER["urn"])
PROVIDER = resource("pulumi:providers:command", "default_1_2_1", "")
BLUEPRINT = resource("pulumi-python:dynamic:Resource", "blueprint")
VOLUME = resource("libvirt:index/volume:Volume", "m0", MACHINE["urn"], [BLUEPRINT["urn"]])
DOMAIN = resource("libvirt:index/domain:Domain", "m0", MACHINE["urn"], [VOLUME["urn"]])
WAIT = resource("command:local:Command", "wait", LAYER["urn"], [DOMAIN["urn"]], provider=f"{PROVIDER['urn']}::id")
RESOURCES = [
    {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False},
    *(LAYER, MACHINE, PROVIDER, BLUEPRINT, VOLUME, DOMAIN, WAIT),
]


def spans(gap: float) -> dict[str, Span]:
    """A run of these with a gap before each; the program starts in 2 s."""
    now = RUN + 2
    found = {PROVIDER["urn"]: Span(RUN, now, now + 0.25)}
    for one, took in ((BLUEPRINT, 0.5), (VOLUME, 1.0), (DOMAIN, 20.0), (WAIT, 60.0)):
        found[one["urn"]] = Span(RUN, now, now + took)
        now += took + gap
    return found


def measured(gap: float = 1.0) -> dict[str, Any]:
    """The document of that run."""
    return makespan.document(measure(RESOURCES, spans(gap)), RESOURCES, "rehearsal", 0.05)


def test_the_document_holds_the_figures_the_path_and_every_resource() -> None:
    found = measured()

    assert (found["makespan"], found["longestPath"], found["ratio"]) == (84.5, 81.5, round(84.5 / 81.5, 4))
    assert (found["loading"], found["scale"], found["limit"]) == (2.0, 0.05, 1.1)
    assert found["model"]["OpenStackControlPlane"] == 1500
    assert found["path"] == ["blueprint", "m0 (Volume)", "m0 (Domain)", "wait"]
    assert [resource["name"] for resource in found["resources"]] == [
        *("blueprint", "command provider", "m0 (Volume)", "m0 (Domain)", "wait")
    ]
    assert found["resources"][-1] == {
        "name": "wait",
        "kind": "Command",
        "layer": "Machines",
        "start": 24.5,
        "seconds": 60.0,
        "after": ["command provider", "m0 (Domain)"],
    }


def test_a_layer_is_the_outermost_component_and_what_stands_alone_is_one_itself() -> None:
    assert {resource["name"]: resource["layer"] for resource in measured()["resources"]} == {
        "command provider": "Engine",
        "blueprint": "Blueprint",
        "m0 (Volume)": "Machines",
        "m0 (Domain)": "Machines",
        "wait": "Machines",
    }


def test_the_file_is_json_with_a_line_for_each_resource() -> None:
    text = makespan.text(measured())

    assert json.loads(text) == measured()
    assert [line for line in text.splitlines() if '"seconds"' in line and line.count('"name"') == 1] == [
        *(line for line in text.splitlines() if '"layer"' in line)
    ]
    assert text.endswith("  ]\n}\n")


def test_the_table_shows_how_long_each_step_of_the_path_waited_and_took() -> None:
    rows = [line.split() for line in makespan.table(measured()).splitlines()]

    assert ["m0", "(Domain)", "Machines", "3.5", "1.0", "20.0", "6.7"] in rows
    assert ["wait", "Machines", "24.5", "1.0", "60.0", "20.0"] in rows
    assert "ratio 1.037 (at most 1.10)" in makespan.table(measured())


@pytest.mark.parametrize(("gap", "code"), [(1.0, 0), (2.7, 0), (2.8, 1)])
def test_a_run_more_than_a_tenth_above_the_longest_path_fails(
    gap: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REHEARSAL_DIR", str(tmp_path))
    monkeypatch.setattr(report, "exported", lambda _: RESOURCES)
    monkeypatch.setattr(timeline, "load", lambda _, __: spans(gap))
    out = tmp_path / "docs" / "makespan.json"

    assert makespan.main(["rehearsal", "--scale", "0.05", "--out", str(out)]) == code
    assert out.read_text() == makespan.text(measured(gap))
    assert "longest path 81.5 s" in capsys.readouterr().out


class Fake:
    """A host that only notes what is done with it; `codes` are what the commands in it end with."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch, codes: Sequence[int]) -> None:
        self.host = Host("makespan", directory)
        self.done: list[Any] = []
        self._codes = iter(codes)
        monkeypatch.setattr(lifecycle, "start", self._start)
        monkeypatch.setattr(inside, "run", self._run)
        monkeypatch.setattr(teardown, "stop", lambda host: self.done.append("stop"))

    def _start(self, host: Host) -> None:
        host.directory.mkdir()
        host.write_record(None, None)
        self.done.append("start")

    def _run(self, host: Host, command: Sequence[str], _: Path) -> int:
        paces = json.loads((host.directory / pace.FILE).read_text())
        self.done.append((*command[1:4], paces["OpenStack"]))
        return next(self._codes)


MakeFake = Callable[..., Fake]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeFake:
    """Makes a host whose commands end with the given codes."""
    return lambda *codes: Fake(tmp_path / "host", monkeypatch, codes)


UP, MEASURE = ("-m", "rehearsal.stacks", "lab", 15.0), ("-m", "rehearsal.makespan", "lab", 15.0)


@pytest.mark.parametrize("code", [0, 1])
def test_the_host_is_slowed_before_the_up_and_ended_after_the_measurement(fake: MakeFake, code: int) -> None:
    made = fake(0, code)

    assert makespan.run(made.host, "lab", 0.05, Path("out.json")) == code
    assert made.done == ["start", UP, MEASURE, "stop"]


def test_a_host_whose_up_failed_stays_to_be_looked_at(fake: MakeFake, capsys: pytest.CaptureFixture[str]) -> None:
    made = fake(255)

    assert makespan.run(made.host, "lab", 0.05, Path("out.json")) == 255
    assert made.done == ["start", UP]
    assert "make rehearsal-down NAME=makespan" in capsys.readouterr().err


def test_a_host_that_is_there_already_is_left_alone(fake: MakeFake, tmp_path: Path) -> None:
    made = fake()
    made.host.directory.mkdir()
    made.host.write_record(None, None)

    with pytest.raises(RehearsalError, match="only an up from nothing can be measured"):
        makespan.run(made.host, "lab", 0.05, tmp_path)
    assert made.done == []


def test_the_command_takes_stack_scale_and_file(fake: MakeFake, tmp_path: Path) -> None:
    made = fake(0, 0)
    options = ["--name", "makespan", "--dir", str(made.host.directory), "--stack", "lab", "--scale", "0.05"]

    assert command.main(["makespan", *options, "--out", str(tmp_path / "out.json")]) == 0
    assert made.done == ["start", UP, MEASURE, "stop"]


@pytest.mark.parametrize("scale", [0.0, -1.0, 0.25, float("nan")])
def test_a_scale_that_means_nothing_is_refused_before_anything_is_started(fake: MakeFake, scale: float) -> None:
    made = fake()

    with pytest.raises(RehearsalError, match=r"is not above 0 and at most 0\.2"):
        makespan.run(made.host, "lab", scale, Path("out.json"))
    assert made.done == []


def test_the_model_is_scaled_as_a_whole() -> None:
    assert pace.scaled(0.1) == {kind: seconds / 10 for kind, seconds in pace.REAL.items()}
    assert pace.scaled(0.05)["OpenStackDataPlaneDeployment"] == 120
    assert set(pace.scaled(0.01)) == set(pace.REAL)
