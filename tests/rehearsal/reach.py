"""Asks guests from inside whom they reach. Runs on the host of a rehearsal, which has a world beyond it meanwhile.

Standard input: {"agents": {address: [address, …]}, "computes": {address: [[address, gateway or "", device], …]},
"user": …, "key": PEM}. Standard output: {address: {address: true or false}}. An agent is asked by its own server, a
compute over ssh; with a gateway the compute goes by that one for as long as the question takes. The world is a TUN
device that answers pings to all of 203.0.113.0/24 (RFC 5737), so the host's own firewall lies between it and a guest.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NAME, ADDRESS = "world", "203.0.113.1/24"
PORT = 8090
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_ICMP, _REQUEST, _REPLY = 1, 8, 0
_SECONDS = 60
_SSH = (
    *("ssh", "-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"),
    *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20"),
)
# One line for each question: ADDRESS GATEWAY DEVICE.
_ASK = """
while read -r address gateway device; do
    {
        [ "$gateway" = - ] || sudo -n ip route replace "$address/32" via "$gateway" dev "$device"
        said=no
        sudo -n ping -c 2 -W 5 "$address" >/dev/null 2>&1 && said=yes
        [ "$gateway" = - ] || sudo -n ip route del "$address/32"
        echo "$address $said"
    } &
done <<END
%s
END
wait
"""


def checksum(data: bytes) -> int:
    """Of an ICMP message (RFC 1071)."""
    even = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def answer(packet: bytes) -> bytes | None:
    """The reply to a ping; None to anything else."""
    header = (packet[0] & 0xF) * 4
    if packet[0] >> 4 != 4 or packet[9] != _ICMP or packet[header] != _REQUEST:
        return None
    body = packet[header + 4 :]
    checked = checksum(bytes((_REPLY, 0, 0, 0)) + body)
    # The sum over an IPv4 header stays the same when the two addresses change places.
    start = packet[:12] + packet[16:20] + packet[12:16] + packet[20:header]
    return start + struct.pack("!BBH", _REPLY, 0, checked) + body


def world() -> None:
    """Makes the device, which goes with this process, and answers from now on."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", NAME.encode(), _IFF_TUN | _IFF_NO_PI))
    subprocess.run(["ip", "address", "add", ADDRESS, "dev", NAME], check=True)
    subprocess.run(["ip", "link", "set", NAME, "up"], check=True)

    def serve() -> None:
        while True:
            if reply := answer(os.read(device, 65536)):
                os.write(device, reply)

    threading.Thread(target=serve, daemon=True).start()


def said(output: str) -> dict[str, bool]:
    """Lines of ADDRESS and yes or no."""
    return {address: word == "yes" for address, word in (line.split() for line in output.splitlines())}


def ask_agent(guest: str, addresses: list[str]) -> dict[str, bool]:
    """A node of the cluster."""
    with urllib.request.urlopen(f"http://{guest}:{PORT}/", timeout=_SECONDS) as response:
        identity = json.load(response)["id"]
    body = "".join(f"{address}\n" for address in addresses).encode()
    with urllib.request.urlopen(f"http://{guest}:{PORT}/cgi-bin/reach?{identity}", body, _SECONDS) as response:
        return said(response.read().decode())


def ask_compute(login: list[str], guest: str, questions: list[list[str]]) -> dict[str, bool]:
    """A compute; ``login`` is the user and the key's file."""
    user, key = login
    script = _ASK % "\n".join(f"{address} {gateway or '-'} {device}" for address, gateway, device in questions)
    command = [*_SSH, "-i", key, "-l", user, guest, "sh -s"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise OSError(f"{guest}: {done.stderr}")
    return said(done.stdout)


def main() -> None:
    """Asks all at once."""
    wanted = json.load(sys.stdin)
    world()
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory) / "key"
        key.touch(0o600)
        key.write_text(wanted["key"])
        login = [wanted["user"], str(key)]
        with ThreadPoolExecutor() as pool:
            asked = {guest: pool.submit(ask_agent, guest, them) for guest, them in wanted["agents"].items()}
            for guest, questions in wanted["computes"].items():
                asked[guest] = pool.submit(ask_compute, login, guest, questions)
            answers = {guest: answer.result() for guest, answer in asked.items()}
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
