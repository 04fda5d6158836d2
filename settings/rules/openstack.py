"""Rules of OpenStack and its computes that more than one setting decides."""

from __future__ import annotations

from collections.abc import Iterator

from settings.errors import Problem
from settings.openstack import numbers
from settings.services import NEEDS
from settings.stack import Settings
from settings.verification import CIRROS, CIRROS_SHA256

SPREAD = ("galera", "rabbitmq", "ovn")
"""What keeps its data on the node where it runs, so that each replica needs a node of its own."""

FIRST_VERSION = "1.0.7"


def services_have_what_they_need(settings: Settings) -> Iterator[Problem]:
    """The operator's webhook refuses a control plane whose services lack others."""
    services = settings.openstack.services
    for name, needs in NEEDS.items():
        for need in needs:
            if services.runs(name) and not services.runs(need):
                yield Problem(
                    f"openstack.services.{need}.enabled",
                    "false",
                    f"leaves {name} without {need}, which it needs",
                    f"Switch {need} on, or {name} off too.",
                    reads=(f"openstack.services.{name}.enabled",),
                )


def replicas_have_a_node_each(settings: Settings) -> Iterator[Problem]:
    """Node-local volumes tie a replica to its node."""
    existing = settings.openshift.existing.is_used
    count, role = settings.openstack_nodes, "nodes with a NIC" if existing else settings.topology.openstack_role
    for name in SPREAD:
        replicas = settings.openstack.services.replicas(name, count)
        if replicas > count > 0:
            yield Problem(
                f"openstack.services.{name}.replicas",
                str(replicas),
                f"is more than the {count} {role}, and each replica keeps its data on a node of its own",
                f"Lower it to {count} or less, or add {role}.",
                reads=("topology", "openshift.existing"),
            )


def load_balancers_have_a_network(settings: Settings) -> Iterator[Problem]:
    """Octavia's controllers talk to their instances over a network of their own."""
    if settings.openstack.services.runs("octavia"):
        yield Problem(
            "openstack.services.octavia.enabled",
            "true",
            "needs a network octavia (a VLAN with a bridge on each node), which this program does not plan",
            "Switch it off.",
        )


def metrics_belong_to_telemetry(settings: Settings) -> Iterator[Problem]:
    """They are collected and kept by a part of Telemetry's operator."""
    services = settings.openstack.services
    if services.telemetry.metrics and not services.runs("telemetry"):
        yield Problem(
            "openstack.services.telemetry.metrics",
            "true",
            "is a part of Telemetry, which is switched off",
            "Switch telemetry on, or its metrics off.",
            reads=("openstack.services.telemetry.enabled",),
        )


def an_image_has_its_own_checksum(settings: Settings) -> Iterator[Problem]:
    """The smoke test refuses an image with another checksum, an hour after it was named."""
    image = settings.verification.image
    if image.url != CIRROS and image.sha256 == CIRROS_SHA256:
        # A mirror of the same file keeps its name.
        if image.url.rpartition("/")[2] == CIRROS.rpartition("/")[2]:
            return
        yield Problem(
            "verification.image.sha256",
            None,
            f"is still that of {CIRROS.rpartition('/')[2]}, and verification.image.url is another file",
            "Give the file's own, as sha256sum prints it.",
            reads=("verification.image.url",),
        )


def shares_belong_to_nfs(settings: Settings) -> Iterator[Problem]:
    """NFS needs a share, and a share needs NFS."""
    storage = settings.openstack.storage
    if storage.volumes == "nfs" and not storage.nfs_shares:
        yield Problem(
            "openstack.storage.nfsShares",
            None,
            "is missing, and openstack.storage.volumes is nfs",
            "Give a share, like nfs.example.com:/volumes.",
            reads=("openstack.storage.volumes",),
        )
    if storage.volumes != "nfs" and storage.nfs_shares:
        yield Problem(
            "openstack.storage.nfsShares",
            ", ".join(storage.nfs_shares),
            f"is given, but openstack.storage.volumes is {storage.volumes}",
            "Set openstack.storage.volumes to nfs, or remove the shares.",
            reads=("openstack.storage.volumes",),
        )


def the_catalog_has_packages_for_the_computes(settings: Settings) -> Iterator[Problem]:
    """The project's own catalog deploys on CentOS Stream 9, the product on RHEL."""
    wanted = "rhel" if settings.openstack.catalog == "product" else "centos-stream"
    if settings.compute.system != wanted:
        yield Problem(
            "compute.system",
            settings.compute.system,
            f"gets no packages from openstack.catalog {settings.openstack.catalog}",
            f"Use an image of {wanted} and set it to that, or choose the other catalog.",
            reads=("openstack.catalog",),
        )


def a_pinned_version_is_of_the_product(settings: Settings) -> Iterator[Problem]:
    """The project's own index holds one version, whatever it is called."""
    openstack = settings.openstack
    if openstack.version is not None and openstack.catalog == "upstream":
        yield Problem(
            "openstack.version",
            openstack.version,
            "can't be pinned in the upstream catalog, which holds its newest version only",
            "Remove it, or use the product catalog.",
            reads=("openstack.catalog",),
        )


def a_pinned_version_has_the_one_operator(settings: Settings) -> Iterator[Problem]:
    """Before 1.0.7 OpenStack came as twenty operators, which this program does not install (rhoso.md §5)."""
    version = settings.openstack.version
    if version is not None and numbers(version) < numbers(FIRST_VERSION):
        rule = f"is older than {FIRST_VERSION}, the first as one operator"
        yield Problem("openstack.version", version, rule, "Pin a newer one.")


def tempest_has_its_operator(settings: Settings) -> Iterator[Problem]:
    """The test operator is among OpenStack's own from FR3 on (rhoso.md, S12)."""
    if settings.verification.tempest and settings.openstack.release == "fr2":
        yield Problem(
            "verification.tempest",
            "true",
            "needs the test operator, which openstack.release fr2 does not bring",
            "Switch it off, or use a newer release.",
            reads=("openstack.release",),
        )


def the_images_minor_is_the_registered_one(settings: Settings) -> Iterator[Problem]:
    """Registered for another minor, the first package transaction mixes two releases."""
    compute = settings.compute
    told = compute.release_in_name
    if told is not None and told != compute.release:
        yield Problem(
            "compute.release",
            compute.release,
            f"is not the {told} that compute.image {compute.image} names",
            f'Set it to "{told}", or use an image of {compute.release}.',
            reads=("compute.image",),
        )
    registered = compute.registration.release
    if registered is not None and registered != compute.release:
        yield Problem(
            "compute.registration.release",
            registered,
            f"is not compute.release {compute.release}; image and packages must be of one minor",
            "Make them equal.",
            reads=("compute.release",),
        )


def a_registration_is_whole(settings: Settings) -> Iterator[Problem]:
    """An activation key goes with an organization, a password with a user, and not both ways at once."""
    given = settings.compute.registration
    pairs = {("organization", "activationKey"): (given.organization, given.activation_key)}
    pairs[("username", "password")] = (given.username, given.password)
    for (name, secret), (value, hidden) in pairs.items():
        for missing, present, is_missing in ((name, secret, value is None), (secret, name, hidden is None)):
            if is_missing and not (value is None and hidden is None):
                field = f"compute.registration.{missing}"
                rule = f"is missing beside compute.registration.{present}"
                yield Problem(field, None, rule, "Give both or neither.", reads=(f"compute.registration.{present}",))
    if given.organization is not None and given.username is not None:
        rule = "is given beside compute.registration.organization; a machine is registered in one way"
        yield Problem("compute.registration.username", given.username, rule, "Remove one of the two.")


RULES = (
    services_have_what_they_need,
    replicas_have_a_node_each,
    load_balancers_have_a_network,
    metrics_belong_to_telemetry,
    an_image_has_its_own_checksum,
    shares_belong_to_nfs,
    the_catalog_has_packages_for_the_computes,
    a_pinned_version_is_of_the_product,
    a_pinned_version_has_the_one_operator,
    tempest_has_its_operator,
    the_images_minor_is_the_registered_one,
    a_registration_is_whole,
)
