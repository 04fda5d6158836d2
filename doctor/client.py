"""The machine that the program runs on: are its tools there, and of the versions that go together?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from doctor.commands import is_there, run
from doctor.finding import Finding, Topic
from doctor.subject import Subject

TOOLS = {
    "virsh": "libvirt-clients (Debian) or libvirt-client (RHEL)",
    "xsltproc": "xsltproc (Debian) or libxslt (RHEL)",
    "mkisofs": "genisoimage (Debian) or xorriso (RHEL)",
}
"""What every run needs: the libvirt plugin, and the steps that make disks."""

SDKS = ("pulumi-libvirt", "pulumi-command", "pulumi-kubernetes")
"""The Python packages whose version a plugin must have: requirements.txt is where versions are pinned."""

NODE_IMAGES_FROM = (4, 17)
"""The release whose client has `oc adm node-image create`."""

FIPS = Path("/proc/sys/crypto/fips_enabled")
_SETUP = 'Get it: make setup, then eval "$(make -s env)".'


def basics(_: Subject) -> Iterator[Finding]:
    """What the libvirt plugin and the steps that make disks start."""
    for tool, package in TOOLS.items():
        yield _tool(tool, package, "the program needs it")


def ssh(subject: Subject) -> Iterator[Finding]:
    """For a remote host, and for computes that leave."""
    if "+ssh" in subject.settings.host.uri or subject.plan.computes:
        yield _tool("ssh", "openssh-client (Debian) or openssh-clients (RHEL)", "the program logs in with it")


def _tool(tool: str, package: str, why: str) -> Finding:
    topic = Topic(tool, "client")
    if not is_there(tool):
        return topic.fails(f"{tool} is not on PATH; {why}.", f"Install {package}.")
    return topic.passes(f"{tool} is on PATH.")


def engine(_: Subject) -> Iterator[Finding]:
    """Pulumi in the pinned version: the order of a rebuild rests on how this one replaces and deletes."""
    topic, wanted = Topic("pulumi", "client"), metadata.version("pulumi")
    if not is_there("pulumi"):
        yield topic.fails("pulumi is not on PATH.", _SETUP)
        return
    answer = run("pulumi", "version")
    found = answer.out.strip().removeprefix("v")
    if found == wanted:
        yield topic.passes(f"pulumi is {found}.")
    else:
        yield topic.fails(f"pulumi is {found or answer.said}; {wanted} is pinned.", _SETUP)


def plugins(_: Subject) -> Iterator[Finding]:
    """The plugins that the Python packages of the program will ask for, in exactly their version."""
    if not is_there("pulumi"):
        return
    answer = run("pulumi", "plugin", "ls", "--json")
    try:
        listed = [(one["name"], one["version"]) for one in json.loads(answer.out) if one["kind"] == "resource"]
    except (ValueError, KeyError, TypeError):
        yield Topic("plugins", "client").fails(f"pulumi plugin ls: {answer.said}.", _SETUP)
        return
    for sdk in SDKS:
        name, wanted = sdk.removeprefix("pulumi-"), metadata.version(sdk)
        topic, there = Topic(f"plugin {name}", "client"), sorted(v for plugin, v in listed if plugin == name)
        if wanted in there:
            yield topic.passes(f"plugin {name} {wanted} is installed.")
        else:
            others = f", only {', '.join(there)}" if there else ""
            yield topic.fails(f"plugin {name} {wanted} is not installed{others}.", _SETUP)


def installer(subject: Subject) -> Iterator[Finding]:
    """openshift-install is there."""
    name, topic = subject.settings.openshift.installer, Topic("openshift-install", "openshift.installer")
    if not is_there(name):
        yield topic.fails(
            f"{name!r} is not on PATH.",
            "Put the openshift-install of the wanted release there, or name another command.",
        )


def release(subject: Subject) -> Iterator[Finding]:
    """openshift-install installs the wanted release: the release is stamped into it (agent-installer.md §2.1)."""
    openshift = subject.settings.openshift
    topic = Topic("openshift-install", "openshift.version")
    if not is_there(openshift.installer):
        return
    answer = run(openshift.installer, "version")
    if not answer.ok:
        field = Topic("openshift-install", "openshift.installer")
        yield field.fails(f"{openshift.installer} version failed: {answer.said}.", "Try it by hand.")
        return
    # The first line is "<program> <version>"; a release is "4.18.9", a wanted minor "4.18".
    told = answer.out.split("\n")[0].rpartition(" ")[2]
    if f"{told}.".startswith(f"{openshift.version}."):
        yield topic.passes(f"{openshift.installer} installs {told}, and {openshift.version} is wanted.")
    else:
        yield topic.fails(
            f"{openshift.version} is wanted, but {openshift.installer} installs {told or 'an unknown version'}.",
            "One installer installs one release: take the other installer, or change the setting.",
        )


def installers_helpers(subject: Subject) -> Iterator[Finding]:
    """What the real installer starts itself: without oc it dies after the download, without nmstatectl it refuses the
    nodes' networkConfig (agent-installer.md §2.1). Where guests are stand-ins, so may be the installer."""
    floors = subject.settings.topology.hardware_floors
    maybe = "" if floors else " topology.hardwareFloors is off, so the installer may be a stand-in that does without."
    topic = Topic("nmstatectl", "client")
    if is_there("nmstatectl"):
        yield topic.passes("nmstatectl is on PATH.")
    else:
        found = f"nmstatectl is not on PATH, and openshift-install checks the nodes' networks with it.{maybe}"
        yield topic.complains(found, "Install nmstate.", badly=floors)
    topic = Topic("oc", "client")
    if is_there("oc"):
        yield topic.passes("oc is on PATH.")
    else:
        found = f"oc is not on PATH, and openshift-install takes parts of its image out of the release with it.{maybe}"
        yield topic.complains(found, "Put the oc of the same release there.", badly=floors)


def client(subject: Subject) -> Iterator[Finding]:
    """The cluster's client, which makes the ISO of a worker that joins an installed cluster."""
    openshift = subject.settings.openshift
    topic = Topic("workers that join", "openshift.client")
    if subject.settings.topology.is_compact:
        yield topic.skips("A compact lab has no workers.")
        return
    if not is_there(openshift.client):
        if openshift.client == "oc":
            return  # said already
        remedy = "Put the oc of the cluster's release there, or name another command."
        yield topic.warns(f"{openshift.client!r} is not on PATH; no worker can join the installed cluster.", remedy)
        return
    needed = ".".join(map(str, NODE_IMAGES_FROM))
    answer = run(openshift.client, "version", "--client")
    told = re.search(r"Client Version: v?(4)\.(\d+)\S*", answer.out)
    if told is None:
        yield topic.warns(
            f"{openshift.client} version --client does not tell a version of OpenShift.", "Try it by hand."
        )
    elif openshift.minor < NODE_IMAGES_FROM:
        # nodeimage/basenodeimagecommand.go of openshift/oc looks at the cluster, not at itself.
        found = f"OpenShift {openshift.version} has no ISOs for workers that join, whatever the client."
        yield topic.warns(found, f"Workers can join from {needed} on: plan all of them, or raise openshift.version.")
    elif (int(told[1]), int(told[2])) < NODE_IMAGES_FROM:
        found = f"{openshift.client} is {told[0].split()[-1]}; ISOs for workers that join came with {needed}."
        yield topic.warns(found, f"Take one of {needed} or newer.")
    else:
        yield topic.passes(f"{openshift.client} is {told[0].split()[-1]}.")


def fips(subject: Subject) -> Iterator[Finding]:
    """The installer makes the cluster's keys, so it refuses to run where FIPS mode is off (agent-installer.md §1.4)."""
    if not subject.settings.openshift.fips:
        return
    topic = Topic("FIPS mode", "openshift.fips")
    if FIPS.is_file() and FIPS.read_text().strip() == "1":
        yield topic.passes("This machine, where the installer runs, is in FIPS mode.")
        if Path(subject.settings.openshift.installer).name == "openshift-install":
            # pkg/hostcrypt/static.go: what is linked statically can't use the host's validated library.
            yield Topic("FIPS mode", "openshift.installer").warns(
                "The usual openshift-install refuses FIPS mode, as it is linked statically.",
                "Unless it is of the release's rhel9 archive, name openshift-install-fips "
                "(oc adm release extract --command=openshift-install-fips …).",
            )
    else:
        yield topic.fails(
            "FIPS mode is set, but this machine, where the installer runs, is not in FIPS mode.",
            "Run the program on a machine in FIPS mode, or turn it off.",
        )
