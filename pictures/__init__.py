"""The lab in pictures, as SVG: its networks, its host, the order of its layers; all from the plan alone."""

from pictures.logical import logical
from pictures.order import order
from pictures.physical import physical

__all__ = ["logical", "order", "physical"]
