"""Nodes' guests on the loopback: they answer and take plans as the real ones do (tests/standin boots those)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rehearsal.cluster.hosts import PORT
from rehearsal.cluster.install import Host


class FakeGuests:
    """One HTTP server for each host. ``says``: the document of each by hostname, which a test may change."""

    def __init__(self, installation: str, hosts: Iterable[Host]) -> None:
        self.installation = installation
        self.says: dict[str, dict[str, Any]] = {}
        self.plans: list[tuple[str, str]] = []
        self._hosts = {host.hostname: host for host in hosts}
        self._servers: dict[str, ThreadingHTTPServer] = {}
        for hostname in self._hosts:
            self.switch_on(hostname)

    def switch_on(self, hostname: str) -> None:
        """A machine as it was installed: ens3 with the node's address, ens4 bare, two disks."""
        host = self._hosts[hostname]
        nics = [
            {"name": "ens3", "mac": host.mac, "mtu": 1500, "addresses": [f"{host.ip}/24"], "up": True},
            {"name": "ens4", "mac": "52:00" + host.mac[5:], "mtu": 1500, "addresses": [], "up": False},
        ]
        self.says[hostname] = {
            "id": self.installation,
            "hostname": hostname,
            "role": host.role,
            "disks": ["/dev/vda", "/dev/vdb"],
            "nics": nics,
            "routes": [{"to": "default", "via": "192.0.2.1", "device": "ens3"}],
            "resolvers": ["192.0.2.1"],
            "search": [],
        }
        self._serve(hostname, host.ip)

    def switch_off(self, hostname: str) -> None:
        """Nobody answers there any more."""
        server = self._servers.pop(hostname)
        server.shutdown()
        server.server_close()

    def close(self) -> None:
        """Switch all of them off."""
        for hostname in list(self._servers):
            self.switch_off(hostname)

    def _serve(self, hostname: str, ip: str) -> None:
        guests = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(200, json.dumps(guests.says[hostname]))

            def do_POST(self) -> None:
                plan = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if self.path != f"/cgi-bin/network?{guests.installation}":
                    self._reply(403, "this machine belongs to another installation")
                    return
                guests.plans.append((hostname, plan))
                try:
                    guests.says[hostname] = applied(guests.says[hostname], plan)
                except ValueError as refusal:
                    self._reply(422, str(refusal))
                else:
                    self._reply(200, json.dumps(guests.says[hostname]))

            def _reply(self, status: int, body: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer((ip, PORT), Handler)
        server.daemon_threads = True
        self._servers[hostname] = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


def applied(document: dict[str, Any], plan: str) -> dict[str, Any]:
    """The document after a plan. ValueError when it can't be done."""
    after = deepcopy(document)
    nics = {nic["name"]: nic for nic in after["nics"]}
    for line in plan.splitlines():
        match line.split():
            case ["vlan", name, tag, parent] if parent in nics:
                vlan = {"id": int(tag), "parent": parent}
                fresh = {"mac": nics[parent]["mac"], "mtu": nics[parent]["mtu"], "addresses": [], "up": False}
                if nics.get(name, {}).get("vlan") != vlan:
                    nics[name] = {"name": name, **fresh, "vlan": vlan}
            case ["removed", name]:
                nics.pop(name, None)
            case ["addresses", name, *addresses] if name in nics:
                nics[name]["addresses"] = addresses
            case ["mtu", name, mtu] if name in nics:
                base = nics.get(nics[name].get("vlan", {}).get("parent", ""))
                if base is not None and int(mtu) > base["mtu"]:
                    raise ValueError(f"cannot do '{line}': Numerical result out of range")
                nics[name]["mtu"] = int(mtu)
            case ["up" | "down" as state, name] if name in nics:
                nics[name]["up"] = state == "up"
            case ["route", name, to, via] if name in nics:
                after["routes"].append({"to": to, "via": via, "device": name})
            case ["unrouted", to]:
                after["routes"] = [route for route in after["routes"] if route["to"] != to]
            case ["unresolved"]:
                after["resolvers"], after["search"] = [], []
            case ["dns", server]:
                after["resolvers"].append(server)
            case ["search", domain]:
                after["search"].append(domain)
            case _:
                raise ValueError(f"cannot do '{line}'")
    after["nics"] = sorted(nics.values(), key=lambda nic: str(nic["name"]))
    return after
