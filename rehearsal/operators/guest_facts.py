"""What a compute says of itself when somebody has logged in: name, NICs, VLANs, addresses, default routes."""

from __future__ import annotations

from dataclasses import dataclass

SCRIPT = r"""
echo "host $(hostname)"
for path in /sys/class/net/*; do
    device=${path##*/}
    [ "$device" != lo ] || continue
    echo "device $device $(cat "$path/address") $(cat "$path/mtu") $([ -e "$path/device" ] && echo nic)"
done
ip -o -4 addr show | awk '{ print "address", $2, $4 }'
ip -4 route show | awk '$1 == "default" { via = "-"; dev = "-"
    for (n = 2; n < NF; n++) { if ($n == "via") via = $(n + 1); if ($n == "dev") dev = $(n + 1) }
    print "default", via, dev }'
sudo -n cat /proc/net/vlan/config 2>/dev/null |
    awk -F ' *[|] *' 'NF == 3 && $2 ~ /^[0-9]+$/ { print "vlan", $1, $2, $3 }'
"""
"""Prints the facts, one a line, with what busybox has; only root may read which VLAN is on which NIC."""


@dataclass(frozen=True)
class Facts:
    """``nics``: MAC by device, of real NICs only; ``vlans``: (tag, device below) by device; ``addresses``: "ip/length"
    by device; ``defaults``: (gateway, device) of each default route."""

    hostname: str
    nics: dict[str, str]
    mtus: dict[str, int]
    vlans: dict[str, tuple[int, str]]
    addresses: dict[str, tuple[str, ...]]
    defaults: tuple[tuple[str, str], ...]

    def told_nics(self) -> str:
        """For messages."""
        return ", ".join(f"{device} {mac}" for device, mac in self.nics.items()) or "none"

    def told_vlans(self) -> str:
        """For messages."""
        return ", ".join(f"{tag} on {below}" for tag, below in self.vlans.values()) or "none"

    def told_defaults(self) -> str:
        """For messages."""
        return ", ".join(f"by {via} on {device}" for via, device in self.defaults) or "there is none"


def parse(output: str) -> Facts:
    """The facts in what SCRIPT has printed. Raises ValueError for anything else."""
    facts = Facts("", {}, {}, {}, {}, ())
    hostname, defaults = "", []
    for line in output.splitlines():
        match line.split():
            case ["host", hostname]:
                pass
            case ["device", device, mac, mtu, *kind]:
                facts.mtus[device] = int(mtu)
                if kind:
                    facts.nics[device] = mac.lower()
            case ["address", device, address]:
                facts.addresses[device] = (*facts.addresses.get(device, ()), address)
            case ["default", via, device]:
                defaults.append((via, device))
            case ["vlan", device, tag, below]:
                facts.vlans[device] = int(tag), below
            case _:
                raise ValueError(f"a compute said of itself what nobody understands: {line!r}")
    return Facts(hostname, facts.nics, facts.mtus, facts.vlans, facts.addresses, tuple(defaults))
