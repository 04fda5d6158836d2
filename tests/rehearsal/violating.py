"""A Pulumi program that breaks the rules of the policy pack, those too that the settings would never let a lab break.

Its configuration ``outputs``: only a command that puts out a key, for that is known in a run alone. The blueprint is
the program's own, which must be in PYTHONPATH.
"""

from __future__ import annotations

import pulumi
import pulumi_command as command
import pulumi_kubernetes as kubernetes
import pulumi_libvirt as libvirt

from components.blueprint import Blueprint

LIMITS = {"production": "true", "memoryMib": "200", "diskGb": "1", "overcommit": "false"}
KEY = "-----BEGIN EC PRIVATE KEY-----"

Blueprint("blueprint", 1, {"limits": LIMITS}, {})
if pulumi.Config().get_bool("outputs"):
    command.local.Command("tells-a-key", create=f"echo '{KEY[:10]}''{KEY[10:]}'")
else:
    command.local.Command("told-openly", create="true", stdin="a password")
    # A provider whose configuration is not known yet is not asked for anything in a preview.
    told = command.local.Command("told-later", create="true")
    later = pulumi.ResourceOptions(provider=libvirt.Provider("later", uri=told.stdout))
    for name, mac in (("first", "52:54:00:00:00:0a"), ("second", "52:54:00:00:00:0A")):
        libvirt.Domain(
            name,
            memory=128,
            network_interfaces=[libvirt.DomainNetworkInterfaceArgs(network_name="none", mac=mac)],
            graphics=libvirt.DomainGraphicsArgs(type="vnc", listen_type="address", listen_address="0.0.0.0"),
            opts=later,
        )
    libvirt.Volume("large", size=2 * 10**9, opts=later)
    # Written to a directory, so that no cluster is asked.
    opts = pulumi.ResourceOptions(provider=kubernetes.Provider("nowhere", render_yaml_to_directory="rendered"))
    kubernetes.apiextensions.CustomResource(
        "ungated", api_version="core.openstack.org/v1beta1", kind="OpenStackControlPlane", spec={}, opts=opts
    )
    kubernetes.core.v1.Service("open", spec={"type": "NodePort", "ports": [{"port": 80}]}, opts=opts)
