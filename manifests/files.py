"""A lab's documents as the files that `make render` writes and the golden files are.

Made from settings whose secrets stand aside (`settings.stackfile`), so that what is written is valid for the real tools
and holds nobody's secret: the pull secret and the ssh keys in it are a stand-in's.
"""

from __future__ import annotations

from typing import Any

import yaml

from manifests import agent_config, cloud_init, domain_xslt, install_config, install_manifests, render
from manifests.credentials import Credentials
from network import Plan
from settings import Settings


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay readable, and no anchors: a reader should not have to look things up."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def installation(settings: Settings, plan: Plan) -> dict[str, str]:
    """What the installer is given, by its path in the installer's directory."""
    nodes = Credentials(settings.secret.get_secret_value(), settings.rotation).key_pair("cluster-nodes").public
    return {
        "install-config.yaml": _yaml(install_config.render(settings, plan, nodes)),
        "agent-config.yaml": _yaml(agent_config.render(settings, plan)),
        **{f"openshift/{name}": _yaml(item) for name, item in install_manifests.render(settings, plan).items()},
    }


def files(settings: Settings, plan: Plan) -> dict[str, str]:
    """Every document of a lab, by its path in the output directory."""
    credentials = Credentials(settings.secret.get_secret_value(), settings.rotation)
    computes = credentials.key_pair("computes").public
    given = {} if plan.existing else installation(settings, plan)
    found = {f"installation/{path}": text for path, text in given.items()}
    for node in plan.computes:
        user = cloud_init.user_data(node, settings.compute.user, computes, settings.openshift.ntp)
        found[f"computes/{node.name}/user-data"] = user
        found[f"computes/{node.name}/meta-data"] = cloud_init.meta_data(node, settings.generation)
        found[f"computes/{node.name}/network-config"] = cloud_init.network_config(node, plan)
    for path, item in render.objects(settings, plan, credentials).items():
        found[f"cluster/{path}"] = _yaml(render.masked(item))
    for role, some in {"master": plan.masters, "worker": plan.workers, "compute": plan.computes}.items():
        if some:
            domain = f"{plan.stack}-{some[0].name}"
            found[f"domains/{role}.xslt"] = domain_xslt.stylesheet(domain, some[0].nics, settings.host.disk_cache)
    return found


def _yaml(document: dict[str, Any]) -> str:
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return text
