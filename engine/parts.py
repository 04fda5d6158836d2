"""The pinned parts: what each brings, and from which Go modules it is built where no binary can be had.

The exact module versions are in the `go.mod` and `go.sum` beside each `main.go`; README.md says why these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PULUMI_VERSION = "3.250.0"
KUBERNETES_VERSION = "1.33.0"


@dataclass(frozen=True)
class ModuleFile:
    """A file that is taken as it is from a Go module of the same `go.mod`."""

    module: str
    path: str


@dataclass(frozen=True)
class GoBuild:
    """One `go build` in a directory of engine/.

    `packages` maps a Go package to the binary's place below the engine's directory; `scripts` maps such a place to a
    file of a module; `embedded` maps a file name beside main.go to a file of a module that main.go embeds.
    """

    directory: str
    packages: Mapping[str, str]
    cold_minutes: float
    """On two cores with an empty build cache; shown to whoever waits."""
    ldflags: str = "-s -w"
    scripts: Mapping[str, ModuleFile] = field(default_factory=dict)
    embedded: Mapping[str, ModuleFile] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Something that the engine's directory must hold: its files, relative to that directory, and how to build them."""

    name: str
    version: str
    builds: tuple[GoBuild, ...]

    @property
    def title(self) -> str:
        """What the part is called while it is fetched."""
        return f"{self.name} {self.version}"

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that the part brings, relative to the engine's directory."""
        return tuple(place for build in self.builds for place in (*build.packages.values(), *build.scripts))


@dataclass(frozen=True)
class Plugin(Part):
    """A resource plugin, in the place where the engine finds it without a warning."""

    @property
    def title(self) -> str:
        """What the part is called while it is fetched."""
        return f"plugin {self.name} {self.version}"

    @property
    def directory(self) -> str:
        """Its directory, relative to the engine's."""
        return f"home/plugins/resource-{self.name}-v{self.version}"


def _plugin(name: str, version: str, cold_minutes: float, embedded: Mapping[str, ModuleFile] | None = None) -> Plugin:
    binary = f"home/plugins/resource-{name}-v{version}/pulumi-resource-{name}"
    return Plugin(name, version, (GoBuild(name, {".": binary}, cold_minutes, embedded=embedded or {}),))


_VERSION = "k8s.io/component-base/version"
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_KUBERNETES = "github.com/pulumi/pulumi-kubernetes/provider/v4"

PULUMI = Part(
    "pulumi",
    PULUMI_VERSION,
    (
        GoBuild(
            "pulumi",
            {"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi": "bin/pulumi"},
            7,
            ldflags=f"-s -w -X {_SDK}/go/common/version.Version=v{PULUMI_VERSION}",
            scripts={
                "bin/pulumi-language-python-exec": ModuleFile(_SDK, "python/cmd/pulumi-language-python-exec"),
                "bin/pulumi-resource-pulumi-python": ModuleFile(_SDK, "python/dist/pulumi-resource-pulumi-python"),
            },
        ),
        GoBuild(
            "language-python",
            {"github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3": "bin/pulumi-language-python"},
            1,
            # Newer SDK modules no longer carry the host of policy packs; this go.mod pins one that does.
            scripts={
                "bin/pulumi-analyzer-policy-python": ModuleFile(_SDK, "python/dist/pulumi-analyzer-policy-python"),
            },
        ),
    ),
)

PLUGINS = (
    _plugin("libvirt", "0.5.4", 1.5),
    _plugin("command", "1.2.1", 1),
    _plugin(
        "kubernetes",
        "4.25.0",
        13,
        {
            name: ModuleFile(_KUBERNETES, f"cmd/pulumi-resource-kubernetes/{name}")
            for name in ("schema.json", "terraform-mapping.json")
        },
    ),
)

CONTROL_PLANE = Part(
    "kubernetes control plane",
    KUBERNETES_VERSION,
    (
        GoBuild(
            "apiserver",
            {
                "k8s.io/kubernetes/cmd/kube-apiserver": "bin/kube-apiserver",
                "k8s.io/kubernetes/cmd/kube-controller-manager": "bin/kube-controller-manager",
            },
            10,
            # Without these the server calls itself v0.0.0-master, which clients then parse and nodes show.
            ldflags=f"-s -w -X {_VERSION}.gitVersion=v{KUBERNETES_VERSION} -X {_VERSION}.gitMajor=1"
            f" -X {_VERSION}.gitMinor=33",
        ),
    ),
)
