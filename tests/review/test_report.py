"""The report: what is in it, how long it may be, and that it holds no secret."""

from __future__ import annotations

from dataclasses import replace

from review import report
from review.masking import Masking
from review.plan import Plan, Step
from review.report import Review
from review.touched import Touched
from review.verdict import Verdict

NONE = Masking(())
PLAN = Plan(
    steps=(Step("update", "urn", "libvirt:index/network:Network", "networks-ocp", ("- mtu: 1500", "+ mtu: 9000")),),
    same=7,
    complete=True,
    refusals=(),
    errors=(),
    warnings=(),
)
REVIEW = Review(
    stack="lab",
    verdict=Verdict.IN_PLACE,
    touched=[Touched("networks.machine.mtu", "free", "1500", "9000")],
    plan=PLAN,
    without="",
    refused=(),
    seconds=7.25,
    objects=45,
    unchecked=(),
    documents={"a/b.yaml": ["--- a/a/b.yaml", "+++ b/a/b.yaml", "-x", "+y"]},
)


def test_a_report_has_verdict_settings_plan_and_documents() -> None:
    text = report.text(REVIEW, NONE)
    for part in (
        "stack `lab`: applies in place (exit code 10)",
        "| `networks.machine.mtu` | free | `1500` | `9000` |",
        "1 to update; 7 unchanged.",
        "The preview took 7.2 s, with 45 recorded objects",
        "<code>~ update libvirt:index/network:Network networks-ocp</code>",
        "+ mtu: 9000",
        "<code>a/b.yaml</code>",
        "-x\n+y",
    ):
        assert part in text, part


def test_without_a_preview_it_says_why_and_by_what_the_code_is() -> None:
    text = report.text(replace(REVIEW, plan=None, without="No passphrase.", refused=["no."]), NONE)
    assert "No passphrase." in text and "by change class alone" in text and "no." in text
    assert "The preview took" not in text


def test_a_broken_rule_is_quoted() -> None:
    broken = replace(PLAN, broken=("unique-macs: twice the-long-password",))
    text = report.text(replace(REVIEW, plan=broken), Masking(["the-long-password"]))
    assert "Rules of policy/ that it breaks" in text and "unique-macs: twice [secret]" in text
    assert "Rules of policy/" not in report.text(REVIEW, NONE)


def test_a_refusal_and_an_error_are_quoted() -> None:
    plan = replace(PLAN, complete=False, refusals=("It may not.",), errors=("unknown field\nsecond line",))
    text = report.text(replace(REVIEW, verdict=Verdict.REFUSED, plan=plan), NONE)
    assert "rebuild refused (exit code 12)" in text
    assert "It may not." in text and "unknown field\nsecond line" in text
    assert "unchanged" not in text


def test_everything_goes_through_the_masking() -> None:
    said = "hunter2-of-the-lab"
    places = [
        replace(REVIEW, touched=[Touched("a", "free", said, said)]),
        replace(REVIEW, plan=replace(PLAN, errors=(said,), complete=False)),
        replace(REVIEW, plan=replace(PLAN, steps=(replace(PLAN.steps[0], differences=(f"+ a: {said}",)),))),
        replace(REVIEW, documents={"a": [f"+{said}"]}),
    ]
    for place in places:
        assert said in report.text(place, NONE), "the test plants it where it is shown"
        assert said not in report.text(place, Masking([said]))


def test_a_line_that_would_be_cut_inside_a_secret_does_not_show_its_beginning() -> None:
    said = "hunter2-" * 8
    line = "x" * (report._LINE - 20) + said
    assert "hunter2" not in report.text(replace(REVIEW, documents={"a": [line]}), Masking([said]))


def test_a_long_report_is_cut_at_a_line_and_outside_of_a_fence() -> None:
    many = {f"{number}.yaml": ["+" + "y" * 150] * 100 for number in range(20)}
    steps = tuple(replace(PLAN.steps[0], differences=tuple("+ " + "z" * 150 for _ in range(40))) for _ in range(20))
    text = report.text(replace(REVIEW, documents=many, plan=replace(PLAN, steps=steps)), NONE)
    assert len(text) < 65536
    assert "**Cut here: the report has" in text
    assert text.count("```") % 2 == 0


def test_a_value_can_neither_end_the_fence_nor_the_table() -> None:
    texts = replace(REVIEW, touched=[Touched("a", "free", "x|y`z", "")], documents={"a": ["```", "</details>"]})
    text = report.text(texts, NONE)
    assert "`x\\|y'z`" in text
    assert text.count("```") % 2 == 0 and "'''" in text
