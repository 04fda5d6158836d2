"""The report of a review as Markdown, bounded in length: a comment on GitHub holds 65536 characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from review.masking import Masking
from review.plan import Plan, Step
from review.touched import Touched
from review.verdict import Verdict

LONGEST = 60000
"""Characters of a whole report."""
_LINE = 200
_LINES_OF_A_RESOURCE = 40
_LINES_OF_A_DOCUMENT = 120
_LINES_OF_DOCUMENTS = 600
_LINES_SAID = 60

_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


@dataclass(frozen=True)
class Review:
    """All that is told of one stack. `plan` is None without a preview, and `without` then says why."""

    stack: str
    verdict: Verdict
    touched: Sequence[Touched]
    plan: Plan | None
    without: str
    refused: Sequence[str]
    seconds: float
    objects: int
    unchecked: Sequence[str]
    documents: Mapping[str, Sequence[str]]


def text(review: Review, masking: Masking) -> str:
    """The report. Everything in it goes through `masking`, before a line is cut: half a secret is not known as one."""
    made = "\n".join(_report(_masked(review, masking)))
    if len(made) <= LONGEST:
        return made + "\n"
    # A fence that was cut open would swallow what comes after.
    cut = made[:LONGEST].rpartition("\n")[0]
    fence = "\n```" if cut.count("```") % 2 else ""
    return f"{cut}{fence}\n\n**Cut here: the report has {len(made)} characters.** `make review` shows all of it.\n"


def _masked(review: Review, masking: Masking) -> Review:
    plan, touched = review.plan, review.touched

    def masked(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(masking.masked, texts))

    if plan is not None:
        steps = tuple(replace(step, differences=masked(step.differences)) for step in plan.steps)
        refusals, errors = masked(plan.refusals), masked(plan.errors)
        warnings, broken = masked(plan.warnings), masked(plan.broken)
        plan = replace(plan, steps=steps, refusals=refusals, errors=errors, warnings=warnings, broken=broken)
    return replace(
        review,
        touched=[replace(one, before=masking.masked(one.before), after=masking.masked(one.after)) for one in touched],
        plan=plan,
        without=masking.masked(review.without),
        refused=masked(review.refused),
        documents={path: masked(lines) for path, lines in review.documents.items()},
    )


def _report(review: Review) -> Iterator[str]:
    verdict = review.verdict
    yield f"## Review of stack `{review.stack}`: {verdict.sentence} (exit code {verdict.value})\n"
    yield from _settings(review.touched)
    if review.plan is None:
        yield f"\n### No preview\n\n{review.without}\n"
        yield "The exit code is by change class alone.\n"
        yield from _said("Refused", review.refused)
    else:
        yield from _plan(review, review.plan)
    yield from _documents(review.documents)


def _settings(touched: Sequence[Touched]) -> Iterator[str]:
    yield "### Settings\n"
    if not touched:
        yield "No setting differs."
        return
    yield "| setting | class | before | after |\n|---|---|---|---|"
    for entry in touched:
        before, after = (f"`{_cell(value)}`" for value in (entry.before, entry.after))
        yield f"| `{entry.path}` | {entry.change} | {before} | {after} |"


def _plan(review: Review, plan: Plan) -> Iterator[str]:
    yield "\n### Preview\n"
    yield from _said("Refused", plan.refusals)
    yield from _said("Errors", plan.errors)
    yield from _said("Rules of policy/ that it breaks", plan.broken)
    yield from _said("Warnings", plan.warnings)
    counts = [f"{count} to {op}" for op, count in sorted(plan.summary.items())]
    if plan.complete:
        yield f"{', '.join(counts) or 'Nothing to do'}; {plan.same} unchanged."
    yield f"\nThe preview took {review.seconds:.1f} s, with {review.objects} recorded objects in the API server."
    if review.unchecked:
        yield f"\nNobody checked the fields of {_kinds(review.unchecked)}: their definitions are not here (--crds)."
    for step in plan.steps:
        yield from _resource(step)


def _kinds(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _said(title: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield f"**{title}**\n"
        yield from _fenced("", [line for sentence in sentences for line in sentence.splitlines()], _LINES_SAID, 1000)


def _resource(step: Step) -> Iterator[str]:
    title = f"<code>{_SIGNS.get(step.op, '')} {step.op} {step.type} {step.name}</code>"
    if not step.differences:
        yield f"\n- {title}"
        return
    yield f"\n<details><summary>{title}</summary>\n"
    yield from _fenced("diff", step.differences, _LINES_OF_A_RESOURCE)
    yield "</details>"


def _documents(documents: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "\n### Rendered documents\n"
    if not documents:
        yield "No document differs."
        return
    yield f"{len(documents)} {'differs' if len(documents) == 1 else 'differ'}; values of Secrets are left out."
    left = _LINES_OF_DOCUMENTS
    for path, diff in documents.items():
        if left <= 0:
            yield f"\n- `{path}`: {len(diff)} lines, not shown"
            continue
        yield f"\n<details><summary><code>{path}</code></summary>\n"
        yield from _fenced("diff", diff, min(left, _LINES_OF_A_DOCUMENT))
        yield "</details>"
        left -= len(diff)


def _fenced(language: str, lines: Sequence[str], most: int, width: int = _LINE) -> Iterator[str]:
    yield f"```{language}"
    for line in lines[:most]:
        # Three backticks in a value would end the fence.
        flat = line.replace("\n", "⏎").replace("```", "'''")
        yield flat if len(flat) <= width else f"{flat[:width]}…"
    if len(lines) > most:
        yield f"… {len(lines) - most} more lines"
    yield "```"


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("`", "'")
