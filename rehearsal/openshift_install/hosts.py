"""Asks the hosts who they are: what the real tool learns from assisted-service on the rendezvous host.

A host counts when the machine at its planned address says that it is this host of this installation. Whatever else
answers there is named, because an old installation on the same addresses is the usual reason.
"""

from __future__ import annotations

import ipaddress
import json
import re
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rehearsal.openshift_install.state import Installation, Member

PORT = 8090

_TIMEOUT_SECONDS = 3
_HOSTNAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}(?:[.][a-z0-9-]{1,63})*")
# Straight to the host: a proxy of the environment could not reach the lab.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Missing:
    """A host that does not count yet, and why."""

    host: Member
    reason: str

    def __str__(self) -> str:
        where = f"{self.host.mac}, {self.host.ip}" if self.host.ip else self.host.mac
        return f"{self.host.hostname or 'host without a name'} ({where}): {self.reason}"


def missing(installation: Installation) -> list[Missing]:
    """Ask every host at once; return those that do not count. Takes at most a few seconds."""
    unfit = _unfit(installation)
    asked = [host for host in installation.hosts if host not in unfit]
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        reasons = dict(zip(asked, pool.map(lambda host: _reason(installation.id, host), asked), strict=True))
    found = {**unfit, **reasons}
    return [Missing(host, found[host]) for host in installation.hosts if found[host]]


def unlisted(installation: Installation) -> int:
    """Return how many nodes install-config asks for that no host is listed for; without them nothing ever starts."""
    return installation.expected - len(installation.hosts)


def _reason(identity: str, host: Member) -> str:
    """Return why `host` does not count, "" when it does."""
    try:
        with _direct.open(f"http://{host.ip}:{PORT}/", timeout=_TIMEOUT_SECONDS) as response:
            answer = json.loads(response.read(65536))
        if answer["id"] != identity:
            return f"another installation answers there (id {answer['id'] or 'none'}, {answer['hostname']})"
        if answer["hostname"] != host.hostname or answer["role"] != host.role:
            return f"answers as {answer['hostname']} ({answer['role']})"
        if host.mac not in {nic["mac"] for nic in answer["nics"]}:
            return "answers from a machine without this MAC"
    except (ValueError, KeyError, TypeError):
        return "answers something that is no host of an installation"
    except OSError:
        return "does not answer"
    return ""


def _unfit(installation: Installation) -> dict[Member, str]:
    """Find the hosts that assisted-service's validations would hold back however well they boot."""
    names = Counter(host.hostname for host in installation.hosts)
    addresses = Counter(host.ip for host in installation.hosts)
    network = ipaddress.ip_network(installation.machine_network)
    vips = {installation.api_vip, installation.ingress_vip}
    found = {}
    for host in installation.hosts:
        if not host.ip:
            found[host] = "has no static address, and there is no DHCP"
        elif not _HOSTNAME.fullmatch(host.hostname) or len(host.hostname) > 63 or host.hostname.startswith("localhost"):
            found[host] = "validation hostname-valid failed"
        elif names[host.hostname] > 1:
            found[host] = "validation hostname-unique failed"
        elif addresses[host.ip] > 1:
            found[host] = "validation no-ip-collisions-in-network failed"
        elif ipaddress.ip_address(host.ip) not in network:
            found[host] = f"validation belongs-to-machine-cidr failed: not in {network}"
        elif host.ip in vips:
            found[host] = "validation api-vips-valid failed: the address is a VIP"
    return found
