"""A Pulumi program of two commands under the program's own regime: the record of an installation, and a gate behind it.

Its configuration: ``production``, ``generation``, and ``written``, with which the gate waits again. The program's own
modules must be in PYTHONPATH.
"""

from __future__ import annotations

import pulumi
import pulumi_command as command

from components import regime
from components.blueprint import Blueprint

config = pulumi.Config()
production, generation = config.get_bool("production") or False, config.get_int("generation") or 1
limits = {"production": str(production).lower(), "memoryMib": "null", "diskGb": "null", "overcommit": "false"}

blueprint = Blueprint("blueprint", generation, {"limits": limits}, {})
everything = regime.apply(generation, blueprint, production)
record = command.local.Command("openshift-install-complete", create="true")
command.local.Command("gate", create="true", triggers=[record.stdout, config.get("written") or ""])
regime.seal(everything, production)
