"""Custom resource definitions of upstream's operators, for the rehearsal's API server.

They come out of the operators' own Go modules: the very files that the real cluster gets, and no copy in this
repository that could grow old.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from . import cache, gobuild
from .errors import EngineError

# Below each module, where its definitions lie; the directory's name under crds/ is the key.
_PLACES = {
    "openstack-operator": ("github.com/openstack-k8s-operators/openstack-operator/apis", "bases/*_*.yaml"),
    "infra-operator": ("github.com/openstack-k8s-operators/infra-operator/apis", "bases/*_*.yaml"),
    "keystone-operator": ("github.com/openstack-k8s-operators/keystone-operator/api", "bases/*_*.yaml"),
    "test-operator": ("github.com/openstack-k8s-operators/test-operator/api", "bases/*_*.yaml"),
    "metallb-operator": ("github.com/metallb/metallb-operator", "config/crd/bases/metallb.io_metallbs.yaml"),
    "metallb": ("go.universe.tf/metallb", "config/crd/bases/*.yaml"),
    "operator-framework": ("github.com/operator-framework/api", "crds/*.yaml"),
    "network-attachment": (
        "github.com/k8snetworkplumbingwg/network-attachment-definition-client",
        "artifacts/networks-crd.yaml",
    ),
    "openshift-api": ("github.com/openshift/api", "operator/v1/zz_generated.crd-manifests/0000_70_network_*.crd.yaml"),
    "lvm-operator": ("github.com/openshift/lvm-operator/v4", "config/crd/bases/lvm.topolvm.io_*.yaml"),
    "cert-manager": ("github.com/cert-manager/cert-manager", "deploy/crds/*cert-manager.io_*.yaml"),
}


def versions(sources: Path = cache.SOURCES) -> dict[str, str]:
    """The pinned modules of crds/go.mod: {path: version}."""
    required = re.search(r"^require \((.*?)^\)", (sources / "crds" / "go.mod").read_text(), re.M | re.S)
    return dict(line.split() for line in (required.group(1) if required else "").splitlines() if line.strip())


def fill(staging: Path) -> tuple[str, ...]:
    """Put every definition under `crds/<operator>/`. Raises EngineError when a module has none."""
    work = staging / "source"
    shutil.copytree(cache.SOURCES / "crds", work)
    modules = gobuild.module_directories(versions(), work)
    for name, (module, pattern) in _PLACES.items():
        # "_.yaml", a definition of nothing, is an accident of upstream's generator.
        files = sorted(path for path in modules[module].glob(pattern) if path.name != "_.yaml")
        if not files:
            raise EngineError(f"module {module} has no {pattern}")
        target = staging / "crds" / name
        target.mkdir(parents=True)
        for file in files:
            shutil.copyfile(file, target / file.name)
    return ("crds",)
