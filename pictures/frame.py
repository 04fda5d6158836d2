"""What the pictures have in common: margins, and a head with title, summary and the roles' colours."""

from __future__ import annotations

from collections.abc import Sequence

from network import Plan, Role
from pictures.drawing import FONTS, Box, Drawing

MARGIN = 20.0
WIDTH = 960.0
"""A README shows about 880 pixels, so 12 units stay 11 pixels."""

_SWATCH = 12.0


def summary(plan: Plan) -> str:
    """The lab in a few words."""
    counted = ((plan.masters, "master"), (plan.workers, "worker"), (plan.computes, "compute"))
    machines = ", ".join(f"{len(nodes)} {word}{'' if len(nodes) == 1 else 's'}" for nodes, word in counted if nodes)
    return f"{machines} · {plan.cluster_domain}"


def head(drawing: Drawing, title: str, plan: Plan) -> float:
    """Write the head of a picture whose width is set. Gives where the picture itself may begin."""
    roles = [(role, role.value) for role in Role if any(node.role is role for node in plan.nodes)]
    right = swatches(drawing, roles, drawing.width - MARGIN, MARGIN + 4)
    drawing.text(title, Box(MARGIN, MARGIN, right - MARGIN, 24), "title")
    drawing.text(summary(plan), Box(MARGIN, MARGIN + 28, drawing.width - 2 * MARGIN, 16), "text", "muted")
    return MARGIN + 60


def swatches(drawing: Drawing, roles: Sequence[tuple[Role, str]], right: float, y: float) -> float:
    """Write texts in one line, each behind its role's colour, up to `right`. Gives where they begin."""
    for role, text in reversed(roles):
        width = FONTS["text"].width(text)
        drawing.text(text, Box(right - width, y, width, 16), "text", "muted")
        right -= width + _SWATCH + 6
        drawing.box(Box(right, y + 2, _SWATCH, _SWATCH, role.value, 3))
        right -= 16
    return right
