"""What the user says about one lab: typed, checked as a whole, and frozen.

`parse` is the only way in. Everything after it may rely on what it gives: no field is missing, no two networks
overlap, every count fits the address plan. Nothing here touches a host, a network or Pulumi.
"""

from settings.catalogue import Setting, catalogue, values
from settings.compute import Compute
from settings.errors import Problem, SettingsError
from settings.hosts import Host
from settings.load import parse
from settings.networks import Networks
from settings.openshift import OpenShift
from settings.openstack import OpenStack
from settings.rotation import Rotation
from settings.stack import SAMPLE_SECRET_PREFIX, STAGES, Settings, Stage
from settings.timeouts import Timeouts
from settings.topology import Role, Topology
from settings.verification import Verification

__all__ = [
    "SAMPLE_SECRET_PREFIX",
    "STAGES",
    "Compute",
    "Host",
    "Networks",
    "OpenShift",
    "OpenStack",
    "Problem",
    "Role",
    "Rotation",
    "Setting",
    "Settings",
    "SettingsError",
    "Stage",
    "Timeouts",
    "Topology",
    "Verification",
    "catalogue",
    "parse",
    "values",
]
