"""The times in a status: given by the runner, and kept as long as what they belong to stays the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .standin import NOW, SINCE


def now() -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamped(wanted: Any, current: Any, time: str) -> Any:
    """``wanted`` with its times: those of ``current`` where nothing changed at all, else ``time`` where it did."""
    kept = _filled(wanted, current, None)
    return kept if kept == current else _filled(wanted, current, time)


def _filled(wanted: Any, current: Any, time: str | None) -> Any:
    """``time`` None: every place's time is the current one (or NOW itself where there is none)."""
    if isinstance(wanted, list):
        items = current if isinstance(current, list) else []
        return [_filled(item, _counterpart(item, index, items), time) for index, item in enumerate(wanted)]
    if isinstance(wanted, dict):
        old = current if isinstance(current, dict) else {}
        filled = {key: _filled(value, old.get(key), time) for key, value in wanted.items()}
        if _is_condition(wanted) and "lastTransitionTime" not in wanted:
            same = old.get("status") == wanted["status"]
            filled["lastTransitionTime"] = (old.get("lastTransitionTime") if same else None) or time or NOW
        return filled
    if wanted == NOW:
        return time or current or NOW
    if wanted == SINCE:
        return current or time or NOW
    return wanted


def _is_condition(value: dict[str, Any]) -> bool:
    return "type" in value and "status" in value and "message" in value


def _counterpart(item: Any, index: int, old: list[Any]) -> Any:
    """The entry of the old list that this one continues: by type for conditions, else by place."""
    if isinstance(item, dict) and _is_condition(item):
        return next((entry for entry in old if isinstance(entry, dict) and entry.get("type") == item["type"]), None)
    return old[index] if index < len(old) else None
