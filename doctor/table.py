"""Findings as a table for a person, and as JSON for tools."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from doctor.finding import Finding, Verdict

_NARROWEST, _WIDEST = 80, 140
_HEADER = ("VERDICT", "CHECK", "FOUND, AND -> REMEDY")


def text(stack: str, findings: Sequence[Finding]) -> str:
    """One row a finding. What was found is wrapped to the terminal; a remedy is not, so that it can be copied."""
    width = min(max(shutil.get_terminal_size((120, 24)).columns, _NARROWEST), _WIDEST)
    first = max(len(_HEADER[0]), *(len(finding.verdict) for finding in findings))
    second = max(len(_HEADER[1]), *(len(finding.check) for finding in findings))
    margin = " " * (first + second + 4)
    lines = [f"{_HEADER[0]:{first}}  {_HEADER[1]:{second}}  {_HEADER[2]}"]
    for finding in findings:
        found = textwrap.wrap(finding.found, width - len(margin), break_long_words=False, break_on_hyphens=False)
        lines.append(f"{finding.verdict:{first}}  {finding.check:{second}}  {found[0] if found else ''}")
        lines += [margin + line for line in found[1:]]
        lines += [f"{margin}-> {finding.remedy}"] if finding.remedy else []
    return "\n".join(["", *lines, "", f"Stack {stack}: {_counted(findings)}.", ""]).lstrip("\n")


def document(stack: str, findings: Sequence[Finding]) -> str:
    """One object: ``stack``, ``counts`` by verdict, and ``findings`` as `Finding` has them."""
    counts = Counter(finding.verdict for finding in findings)
    content = {
        "stack": stack,
        "counts": {verdict.value: counts[verdict] for verdict in Verdict},
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _counted(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
