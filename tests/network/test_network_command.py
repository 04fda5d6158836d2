"""`python -m network`, which is `make plan`: what it prints, and what it says where there is no plan."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from network import Plan, document, plan, table
from network.__main__ import main
from settings.stackfile import load_stack

ROOT = Path(__file__).parents[2]


def example(stack: str) -> Plan:
    return plan(load_stack(stack, ROOT))


BROKEN = [
    # what is wrong, the file (None: there is none), words of the message
    ("no such stack", None, "There is no Pulumi.mine.yaml here"),
    ("no YAML", "config: [", "Pulumi.mine.yaml is not YAML"),
    ("no stack file", "config: 3", "no section config"),
    ("settings of no lab", "config:\n  rhoso-lab:domain: Example.com\n", "have 4 problems; nothing was created:"),
]


@pytest.mark.parametrize(("content", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_stack_without_a_plan_is_told_why(
    content: str | None,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (tmp_path / "Pulumi.mine.yaml").write_text(content)
    monkeypatch.chdir(tmp_path)

    assert main(["--stack", "mine"]) == 1
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.out == ""


def test_a_plan_that_is_wrong_itself_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(*_: object) -> Plan:
        raise ValueError("the plan is wrong: two have one address")

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("network.__main__.plan", wrong)

    assert main(["--stack", "lab"]) == 1
    assert capsys.readouterr().err == "the plan is wrong: two have one address\n"


def run(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    without = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    command = [sys.executable, "-m", "network", *arguments]
    return subprocess.run(command, cwd=ROOT, env=without, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


def test_as_a_process_it_prints_either_form_without_any_passphrase() -> None:
    person, tool = run("--stack", "lab"), run("--stack", "lab", "--format", "json")

    assert (person.returncode, person.stderr, person.stdout) == (0, "", table.text(example("lab")))
    assert (tool.returncode, tool.stderr, tool.stdout) == (0, "", document.text(example("lab")))


def test_as_a_process_it_fails_without_a_traceback() -> None:
    failed = run("--stack", "nobodys")

    assert failed.returncode == 1
    assert failed.stderr.startswith("There is no Pulumi.nobodys.yaml here.")
    assert len(failed.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_reader_that_has_enough_is_no_failure(form: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        cut_off = run("--stack", "lab", "--format", form, stdout=writer)
    finally:
        os.close(writer)

    assert (cut_off.returncode, cut_off.stderr) == (0, "")
