"""Asks on one VLAN of a bridge who has an address, and prints the MAC that answers with that tag.

A raw socket, because a host's kernel need not know VLAN devices. Usage: vlan_probe.py BRIDGE VLAN ADDRESS SENDER.
Ends with 1 when nobody answers in 20 seconds.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from ipaddress import IPv4Address
from pathlib import Path

_ALL, _VLAN, _ARP = 0x0003, 0x8100, 0x0806
_SOL_PACKET, _PACKET_AUXDATA = 263, 8
_REPLY = 2


def request(mac: bytes, vlan: int, sender: IPv4Address, wanted: IPv4Address) -> bytes:
    """An ARP request in an 802.1Q frame (RFC 826, IEEE 802.1Q)."""
    body = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac, sender.packed, bytes(6), wanted.packed)
    return b"\xff" * 6 + mac + struct.pack("!HHH", _VLAN, vlan, _ARP) + body


def answer(frame: bytes, tag: int | None, vlan: int, wanted: IPv4Address) -> str | None:
    """The sender's MAC if the frame is the wanted reply on the wanted VLAN. ``tag`` is what the kernel took off."""
    if frame[12:14] == _VLAN.to_bytes(2, "big"):
        tag, frame = int.from_bytes(frame[14:16], "big") & 0xFFF, frame[:12] + frame[16:]
    if tag != vlan or frame[12:14] != _ARP.to_bytes(2, "big"):
        return None
    operation, mac, sender = struct.unpack("!6xH6s4s", frame[14:32])
    return mac.hex(":") if operation == _REPLY and sender == wanted.packed else None


def main(bridge: str, vlan: int, wanted: IPv4Address, sender: IPv4Address) -> int:
    """Asks every second until somebody answers."""
    mac = bytes.fromhex(Path(f"/sys/class/net/{bridge}/address").read_text().strip().replace(":", ""))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL)) as wire:
        wire.bind((bridge, _ALL))
        wire.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            wire.send(request(mac, vlan, sender, wanted))
            wire.settimeout(1)
            again = time.monotonic() + 1
            while time.monotonic() < again:
                try:
                    frame, extra, _, _ = wire.recvmsg(2048, 256)
                except TimeoutError:
                    break
                tags = [struct.unpack("=IIIHHHH", data[:20])[5] & 0xFFF for _, kind, data in extra if kind == 8]
                found = answer(frame, tags[0] if tags else None, vlan, wanted)
                if found:
                    print(found)
                    return 0
    return 1


if __name__ == "__main__":
    bridge, vlan, wanted, sender = sys.argv[1:]
    sys.exit(main(bridge, int(vlan), IPv4Address(wanted), IPv4Address(sender)))
