"""The examination for a person: what was looked for and where, and the findings. No value is in it."""

from __future__ import annotations

from scan.examine import Examination
from scan.places import Kind
from scan.searching import Searcher

_UNITS = ("B", "kB", "MB", "GB", "TB")
_SHOWN = 5


def text(stack: str, seen: Examination, searcher: Searcher, published: tuple[str, ...], unseen: list[str]) -> str:
    """The whole report; ``unseen`` are places that could not be looked at, as sentences."""
    lines = [f"{'WHERE':16} {'LOOKED AT':>14} {'SIZE':>9}  FOUND"]
    for kind in Kind:
        if not seen.things[kind]:
            continue
        things = f"{seen.things[kind]} {'processes' if kind is Kind.ARGUMENTS else 'files'}"
        count = sum(finding.kind is kind for finding in seen.findings)
        lines.append(f"{kind.title:16} {things:>14} {_size(seen.size[kind]):>9}  {count or '-'}")
    lines += ["", f"Looked for {len(searcher.looked_for)} secrets in {searcher.forms} forms."]
    if searcher.left_out:
        lines.append(f"Too short to be looked for: {', '.join(sorted(searcher.left_out))}.")
    if published:
        lines.append(f"Published with the program, so not looked for: {', '.join(published)}.")
    lines += unseen
    if seen.unread:
        more = f" and {len(seen.unread) - _SHOWN} more" if len(seen.unread) > _SHOWN else ""
        lines.append(f"Could not be read: {'; '.join(seen.unread[:_SHOWN])}{more}.")
    lines += ["", *map(str, seen.findings), *([""] if seen.findings else [])]
    lines.append(f"Stack {stack}: {_verdict(len(seen.findings), len(seen.unread))}")
    return "\n".join(lines) + "\n"


def _verdict(count: int, unread: int) -> str:
    if unread and not count:
        return "no secret was seen where it must not be, but not everything could be read."
    if count:
        which = "a secret stands" if count == 1 else f"{count} times a secret stands"
        return f"{which} where it must not. Replace it too, if others could read it: docs/secrets.md."
    return "no secret stands where it must not."


def _size(count: float) -> str:
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1000, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count:.0f} {_UNITS[0]}"
