"""How the tests share two workers: what shares a lab or an address runs in one of them, in order."""

from __future__ import annotations

import pytest

# tests/rehearsal shares one lab; tests/cluster has machines on fixed loopback addresses.
_TOGETHER = {"rehearsal", "cluster"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Groups by directory, for ``--dist loadgroup``; xdist reads the mark before any later hook."""
    if item.path.parent.name in _TOGETHER:
        item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
