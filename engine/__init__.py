"""Gets the Pulumi engine, its plugins and the rehearsal's control plane onto a machine, and says where they are.

Standard library only, and Python 3.9 syntax: it runs before the virtual environment exists.
"""

from __future__ import annotations

from .cache import Layout, paths
from .errors import EngineError

__all__ = ["EngineError", "Layout", "paths"]
