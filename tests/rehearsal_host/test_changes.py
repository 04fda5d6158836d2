"""The table of changes: every setting has a sample and a row, and a plan is told in the right words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal import changetable, planned, samples
from rehearsal.changetable import Row
from settings import SettingsError, catalogue, stackfile
from tests.rehearsal.conftest import ROOT

LAB = samples.merged(stackfile.configuration("rehearsal", ROOT), samples.SMALLEST)
BEFORE = samples.current(LAB)
ROWS = changetable.read()
AGAIN = "renew what is missing: make changes MISSING=1"
STACK = "urn:pulumi:rehearsal::rhoso-lab::"


@pytest.mark.parametrize("path", BEFORE)
def test_every_setting_has_a_sample_change_to_another_valid_value(path: str) -> None:
    sample = samples.sample(path)
    if sample.refused:
        with pytest.raises(SettingsError, match=sample.refused):
            samples.current(samples.changed(LAB, path))
    else:
        assert samples.current(samples.changed(LAB, path))[path] != BEFORE[path]


def test_no_sample_is_left_of_a_setting_that_is_gone() -> None:
    named = {f"{section}.{key}" if section else key for section, key in samples.written_out()}
    assert named - set(BEFORE) == set()


def test_every_setting_has_a_row_of_its_own_class() -> None:
    stale = [path for path in BEFORE if path not in ROWS or ROWS[path].kind != catalogue()[path].change]
    assert stale == [], AGAIN
    assert [path for path in ROWS if path not in BEFORE] == [], AGAIN


def test_every_row_is_of_the_sample_change_there_is_now() -> None:
    now = {path: changetable.change(path, value, samples.sample(path)) for path, value in BEFORE.items()}
    assert {path: row.change for path, row in ROWS.items()} == now, AGAIN


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.path)
def test_only_what_its_class_allows_is_planned(row: Row) -> None:
    assert planned.forbidden(row) is None


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = {
        path: Row(path, catalogue()[path].change, "`a \\| b` → `c`", "**refused**: so it is | or not")
        for path in ("domain", "topology.computes.count")
    }
    file = tmp_path / "changes.md"
    file.write_text(changetable.text(rows, "Last run of the whole: today."))
    assert changetable.read(file) == rows
    assert changetable.figures(file) == "Last run of the whole: today."
    assert changetable.read(tmp_path / "none.md") == {}


def blueprint(sentence: str) -> dict[str, str]:
    message = f"error: pulumi-python:dynamic:Resource resource 'blueprint' has a problem: {sentence}\n"
    return {"severity": "error", "message": message}


REBUILD = (
    "This would rebuild the installed lab. Raise generation above 1 (pulumi config set …) to rebuild every machine."
)
SETTINGS_SAY = (
    "error: The settings of stack x have a problem; nothing was created:\n  domain: a|b is bad. Write c.\n  name: no.\n"
)


@pytest.mark.parametrize(
    ("path", "messages", "said"),
    [
        (
            "domain",
            [blueprint(f"domain: recorded a.b, now c.d. {REBUILD}")],
            "**refused**: This would rebuild the installed lab.",
        ),
        (
            "hosts.*.pool",
            [blueprint(f"{field}: recorded /a, now /b. {REBUILD}") for field in ("hosts.pool", "name")],
            "**refused**: This would rebuild the installed lab. Also refused: `name`.",
        ),
        (
            "networks.block",
            [blueprint(f"networks.storage.cidr: recorded a, now b. {REBUILD}")],
            "**refused** because of `networks.storage.cidr`: This would rebuild the installed lab.",
        ),
        (
            "domain",
            [{"severity": "error", "message": SETTINGS_SAY}, {"severity": "error", "message": "error: unhandled"}],
            "**refused** by the settings: domain: a\\|b is bad. Write c. And 1 more.",
        ),
        ("domain", [{"severity": "error", "message": "error: no host"}], "**refused**: no host"),
        ("domain", [{"severity": "warning", "message": "so what"}], "nothing"),
    ],
)
def test_a_refusal_is_told_by_its_reason(path: str, messages: list[dict[str, str]], said: str) -> None:
    assert planned.plan(path, {"diagnostics": messages, "steps": []}) == said


def step(operation: str, kind: str, name: str) -> dict[str, Any]:
    return {"op": operation, "urn": f"{STACK}rhoso:kvm:Machine${kind}::{name}"}


DOMAIN, COMMAND = "libvirt:index/domain:Domain", "command:local:Command"


def test_operations_are_told_by_type_and_name_without_what_stays_and_components() -> None:
    steps = [
        step("same", DOMAIN, "master-0"),
        step("create", "rhoso:kvm:Machine", "compute-1"),
        step("create", DOMAIN, "compute-1"),
        step("update", "pulumi-python:dynamic:Resource", "blueprint"),
        *(step(operation, COMMAND, "gate") for operation in ("create-replacement", "replace", "delete-replaced")),
        *(step("create", COMMAND, f"step-{number}") for number in range(5)),
    ]
    assert planned.plan("timeouts.api", {"steps": steps}) == (
        "create Command (5), Domain `compute-1`; update Blueprint `blueprint`; replace Command `gate`"
    )


@pytest.mark.parametrize("kind", [DOMAIN, *(f"libvirt:index/{n.lower()}:{n}" for n in ("Volume", "Network", "Pool"))])
@pytest.mark.parametrize("operation", ["replace", "delete"])
def test_a_machine_that_would_go_is_not_allowed_however_many_go(kind: str, operation: str) -> None:
    for count in (1, 9):
        steps = [step(operation, kind, f"n-{number}") for number in range(count)]
        row = Row("timeouts.api", "free", "", planned.plan("timeouts.api", {"steps": steps}))
        assert "would" in (planned.forbidden(row) or "")
    assert planned.forbidden(Row("generation", "free", "", row.plan)) is None


@pytest.mark.parametrize("name", ["cluster-image", "openshift-install-complete", "compute-0-cloud-init"])
def test_an_installation_that_would_be_done_again_is_not_allowed(name: str) -> None:
    row = Row("timeouts.api", "free", "", planned.plan("timeouts.api", {"steps": [step("replace", COMMAND, name)]}))
    assert planned.forbidden(row)


@pytest.mark.parametrize("kind", ["fixed", "rebuild"])
def test_what_needs_a_rebuild_must_be_refused(kind: str) -> None:
    assert planned.forbidden(Row("domain", kind, "", "update Blueprint `blueprint`"))
    assert planned.forbidden(Row("domain", kind, "", "**refused**: This would rebuild the installed lab.")) is None


def test_values_of_secrets_are_not_shown() -> None:
    for path in ("secret", "openshift.pullSecret", "openshift.trustBundle"):
        shown = changetable.change(path, "old-value", samples.sample(path))
        assert shown == "another", path
