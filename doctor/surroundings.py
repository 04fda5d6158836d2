"""What the machines will find around them: names, the time, and a firewall that lets them ask for both.

Names are only resolved, by the system's own resolver; nothing else is sent to anybody.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ipaddress import ip_address

from doctor.commands import Answer, is_there, run
from doctor.finding import Finding, Topic
from doctor.subject import Subject

SYNCHRONISED_US = 16_000_000
"""Microseconds; the kernel's largest estimated error is this while nothing disciplines the clock (adjtimex(2), and
systemd's own judgement of NTPSynchronized)."""
_FOUND, _NOT_FOUND = 0, 2
"""getent's exit codes."""


def wildcard(subject: Subject) -> Iterator[Finding]:
    """No name of the whole cluster domain may resolve by a wildcard, nor with the search domain (agent-installer.md
    §3.2, dns-wildcard-not-configured): the installation would not begin."""
    name, topic = f"validateNoWildcardDNS.{subject.plan.cluster_domain}", Topic("DNS wildcard", "domain")
    if not is_there("getent"):
        yield topic.skips("Not looked at: getent is not on PATH.", f"{name} must not resolve.")
        return
    answer = run("getent", "ahosts", name)
    if answer.code == _FOUND:
        yield topic.fails(
            f"{name} resolves (to {answer.out.split()[0] if answer.out.split() else 'something'}); the installer's "
            "agents refuse a wildcard over the whole cluster domain.",
            "Have DNS answer only api and *.apps there, or use another domain. Mind the resolver's search domain too.",
        )
    elif answer.code == _NOT_FOUND:
        yield topic.passes(f"{name} does not resolve, as it must be.")
    else:
        yield topic.warns(f"The system's resolver does not answer: {answer.said}.", f"Try: getent ahosts {name}")


def clock(subject: Subject) -> Iterator[Finding]:
    """The host's clock is disciplined. Machines start with its time, and go on with it where it is their server."""
    topic = Topic("time", "openshift.ntp" if _is_time_server(subject) else "host")
    if subject.settings.host.is_remote:
        yield topic.skips(
            "Not looked at: the host is another machine.", "Run there: timedatectl show -p NTPSynchronized"
        )
    elif largest_error() < SYNCHRONISED_US:
        yield topic.passes("The host's clock is synchronised.")
    else:
        needed = " and it is the machines' time server" if _is_time_server(subject) else ""
        yield topic.complains(
            f"The host's clock is not synchronised{needed}.",
            "sudo systemctl enable --now chronyd; chronyc waitsync",
            badly=_is_time_server(subject),
        )


def _is_time_server(subject: Subject) -> bool:
    own = {str(subnet.host) for network in subject.plan.networks.values() for subnet in network.subnets if subnet.host}
    return any(str(server) in own for server in subject.settings.openshift.ntp)


class _Timex(ctypes.Structure):
    """The beginning of Linux's struct timex, with room for the rest; modes 0 reads only (adjtimex(2))."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("frequency", ctypes.c_long),
        ("largest_error", ctypes.c_long),
        ("rest", ctypes.c_char * 512),
    )


def largest_error() -> int:
    """What the kernel thinks its clock may be off by, in microseconds."""
    timex = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")
    return int(timex.largest_error)


def firewall(subject: Subject) -> Iterator[Finding]:
    """firewalld puts libvirt's bridges into a zone of their own, which lets no machine ask the host for the time (traps
    41); names it does."""
    topic = Topic("firewall", "host")
    if subject.settings.host.is_remote:
        yield topic.skips("Not looked at: the host is another machine.", "Run there: firewall-cmd --info-zone=libvirt")
        return
    state = run("firewall-cmd", "--state") if is_there("firewall-cmd") else Answer(None, err="none")
    if "running" not in state.out.split():
        yield topic.passes("firewalld does not run.")
        return
    needed = [*(["ntp"] if _is_time_server(subject) else []), *(["dns"] if _is_resolver(subject) else [])]
    zone = _zone(subject)
    closed = []
    for service in needed:
        answer = run("firewall-cmd", f"--zone={zone}", f"--query-service={service}")
        if "authorization" in answer.said.lower():
            yield topic.skips(f"Not looked at: {answer.said}.", f"Run: sudo firewall-cmd --info-zone={zone}")
            return
        if "INVALID_ZONE" in answer.said:
            yield topic.fails(
                f"firewalld has no zone {zone}, which libvirt needs.", "Install libvirt's daemon package."
            )
            return
        closed += [] if answer.out.strip() == "yes" else [service]
    if closed:
        adding = " ".join(f"--add-service={service}" for service in closed)
        yield topic.fails(
            f"firewalld's zone {zone} refuses {' and '.join(closed)}, for which the machines ask the host.",
            f"sudo firewall-cmd --permanent --zone={zone} {adding} && sudo firewall-cmd --reload",
        )
    else:
        asked = f" lets machines ask for {' and '.join(needed)}" if needed else " is asked for nothing"
        yield topic.passes(f"firewalld's zone {zone}{asked}.")


def _is_resolver(subject: Subject) -> bool:
    own = {subnet.host for network in subject.plan.networks.values() for subnet in network.subnets if subnet.host}
    return any(ip_address(str(resolver)) in own for resolver in subject.plan.resolvers)


def _zone(subject: Subject) -> str:
    """libvirt has a second zone for routed networks since 8.10."""
    routed = subject.settings.networks.machine.mode == "route"
    there = run("firewall-cmd", "--get-zones").out.split() if routed else []
    return "libvirt-routed" if "libvirt-routed" in there else "libvirt"
