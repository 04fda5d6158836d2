"""The KVM host itself: does its libvirt answer, and can it run these machines?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doctor.commands import is_there
from doctor.finding import Finding, Topic
from doctor.subject import Subject
from doctor.virsh import Unanswered

RUN = Path("/run/libvirt")
MODULES = Path("/sys/module")
_DAEMONS = ("virtqemud", "virtnetworkd", "virtstoraged")
_CPUS_OVER = 4
"""Virtual CPUs a host's CPU carries in a lab without everything waiting for everything; experience."""


def answers(subject: Subject) -> Iterator[Finding]:
    """libvirt answers, each of the daemons that the program needs, as the plugin will dial it."""
    if not is_there("virsh"):
        return
    uri, topic, answer = subject.settings.host.uri, Topic("libvirt", "hosts.uri"), subject.virsh.answer
    if answer.ok:
        yield topic.passes(f"{uri} answers.")
    elif answer.timed_out:
        yield topic.fails(f"{uri} accepted the connection and didn't answer in time.", "Restart libvirt there.")
    elif any(sign in answer.said.lower() for sign in ("permission denied", "authentication", "access denied")):
        remedy = "Add the user to the group libvirt on that host and log in again."
        yield topic.fails(f"{uri} refuses this user: {answer.said}.", remedy)
    else:
        yield topic.fails(
            f"{uri} can't be reached: {answer.said}.",
            "Check the URI, and that virtqemud, virtnetworkd, virtstoraged and virtproxyd (or libvirtd) run there.",
        )


def resting(subject: Subject) -> Iterator[Finding]:
    """A cluster whose masters are all off can be neither asked nor changed. Nothing is said before there are any,
    nor of a cluster that is not the stack's."""
    topic = Topic("masters", "stack")
    masters = [name for name, node in subject.machines.items() if node.role == "master"]
    there = [name for name in masters if name in subject.virsh.domain_names]
    if not there:
        return
    if on := [name for name in there if name in subject.virsh.running]:
        yield topic.passes(f"{len(on)} of {len(there)} are on.")
        return
    yield topic.warns(
        f"{', '.join(there)} are all off, so what is in the cluster can be neither seen nor changed.",
        f"Bring the lab back first: make start STACK={subject.stack}",
    )


def sockets(subject: Subject) -> Iterator[Finding]:
    """The plugin dials libvirt-sock, which with RHEL 9's modular daemons is virtproxyd's (traps 25)."""
    topic = Topic("sockets", "host")
    if subject.settings.host.is_remote:
        yield topic.skips("Not looked at: the host is another machine.", f"Run there: ls {RUN}")
        return
    modular = [name for name in _DAEMONS if (RUN / f"{name}-sock").exists()]
    dialled = (RUN / "libvirt-sock").exists()
    missing = [name for name in _DAEMONS if name not in modular] if modular or not dialled else []
    missing += [] if dialled else ["virtproxyd"]
    if missing:
        units = " ".join(f"{name}.socket" for name in missing)
        remedy = f"sudo systemctl enable --now {units} (or libvirtd.socket, where libvirt is one daemon)"
        yield topic.fails(f"No socket of {', '.join(missing)} in {RUN}.", remedy)
    else:
        found = "virtproxyd's and those of the modular daemons" if modular else "libvirtd's"
        yield topic.passes(f"In {RUN} are {found}.")


def virtualisation(subject: Subject) -> Iterator[Finding]:
    """libvirt can run machines of this type, machine model and CPU mode."""
    host, topic = subject.settings.host, Topic("virtualisation", "hosts.domainType")
    try:
        document = subject.virsh.document(f"domcapabilities --virttype {host.domain_type} --machine {host.machine}")
    except Unanswered as said:
        yield topic.fails(
            f"The host runs no machines of type {host.domain_type}, machine {host.machine}: {said}.",
            "Turn virtualisation on in its firmware, load kvm_intel or kvm_amd, and install qemu-kvm."
            if host.domain_type == "kvm"
            else "Install QEMU's system emulation there.",
        )
        return
    mode = document.find(f"cpu/mode[@name='{host.cpu_mode}']")
    if host.cpu_mode and (mode is None or mode.get("supported") != "yes"):
        topic = Topic("virtualisation", "hosts.cpuMode")
        yield topic.fails(
            f"The host does not offer {host.cpu_mode} to machines of type {host.domain_type}.",
            "Set domainType to kvm, or another CPU mode.",
        )
    else:
        cpu = f" with {host.cpu_mode}" if host.cpu_mode else ""
        yield topic.passes(f"The host runs {host.domain_type} machines{cpu}.")


def nesting(subject: Subject) -> Iterator[Finding]:
    """Computes run machines inside machines; without nested virtualisation Nova's instances would be emulated."""
    host, topic = subject.settings.host, Topic("nesting", "host")
    if host.domain_type == "qemu":
        yield topic.skips("Not needed: hosts.domainType is qemu, so nothing is accelerated.")
        return
    if not subject.plan.computes:
        yield topic.skips("Not needed: there are no computes.")
        return
    nested = _nested_there(subject) if host.is_remote else _nested_here()
    remedy = (
        "On the host, with no machine running: echo 'options kvm_intel nested=1' | sudo tee /etc/modprobe.d/kvm.conf; "
        "sudo modprobe -r kvm_intel; sudo modprobe kvm_intel (kvm_amd on AMD)"
    )
    if nested is None:
        yield topic.warns("libvirt does not tell.", "On the host: cat /sys/module/kvm_*/parameters/nested (Y or 1)")
    elif nested:
        yield topic.passes("Machines can run machines.")
    else:
        yield topic.fails("Nested virtualisation is off; OpenStack's instances need it.", remedy)


def _nested_here() -> bool:
    flags = [MODULES / module / "parameters/nested" for module in ("kvm_intel", "kvm_amd")]
    return any(flag.is_file() and flag.read_text().strip() in ("Y", "1") for flag in flags)


def _nested_there(subject: Subject) -> bool | None:
    """What the host's CPU model has in libvirt's eyes; None where it says nothing about it."""
    document = subject.virsh.document(f"domcapabilities --virttype kvm --machine {subject.settings.host.machine}")
    for feature in document.iterfind("cpu/mode[@name='host-model']/feature"):
        if feature.get("name") in ("vmx", "svm"):
            return feature.get("policy") == "require"
    return None


def memory(subject: Subject) -> Iterator[Finding]:
    """The machines that are still to come fit into the host; memory of others is theirs."""
    topic = Topic("memory", "hosts.memoryMib")
    wanted = sum(subject.size(node).memory_mib for node in subject.to_come)
    figures = subject.virsh.figures("nodememstats")
    total = figures["total"] // 1024
    free = sum(figures.get(part, 0) for part in ("free", "buffers", "cached")) // 1024
    found = f"Machines to come ask for {wanted} MiB; of the host's {total} MiB {free} are free."
    if wanted > total:
        remedy = "Take a larger host or smaller machines, or set overcommit."
        yield topic.complains(found, remedy, badly=not subject.settings.host.overcommit)
    elif wanted > free:
        yield topic.warns(found, "End what else runs there, or count on swapping.")
    else:
        yield topic.passes(found)


def cpus(subject: Subject) -> Iterator[Finding]:
    """The host's CPUs. A machine with more of them than the host would be slower than with fewer."""
    topic = Topic("CPUs", "host")
    sizes = [subject.size(node).vcpus for node in subject.machines.values()]
    there = subject.virsh.figures("nodeinfo")["CPU(s)"]
    found = f"Machines ask for {sum(sizes)} virtual CPUs, at most {max(sizes, default=0)} each; the host has {there}."
    if max(sizes, default=0) > there:
        remedy = "Take a larger host or fewer vcpus, or set overcommit."
        yield topic.complains(found, remedy, badly=not subject.settings.host.overcommit)
    elif sum(sizes) > _CPUS_OVER * there:
        yield topic.warns(found, f"It works, and slowly: more than {_CPUS_OVER} virtual CPUs share one.")
    else:
        yield topic.passes(found)
