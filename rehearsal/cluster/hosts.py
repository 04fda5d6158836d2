"""Asks the machines who they are: each guest serves one JSON document on port 8090 of its planned address."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .install import Host

PORT = 8090
LARGEST_ANSWER = 65536  # bytes


def complaints(hosts: Iterable[Host], install_id: str, timeout: float) -> dict[Host, str]:
    """Ask all hosts at once; per host "" when it is what was installed, else what is wrong with it.

    ``timeout``: seconds for the connection and for each read.
    """
    hosts = tuple(hosts)
    with ThreadPoolExecutor(max_workers=min(32, len(hosts) or 1)) as pool:
        return dict(zip(hosts, pool.map(lambda host: _complaint(host, install_id, timeout), hosts), strict=True))


def answers(hosts: Iterable[Host], install_id: str, timeout: float) -> dict[Host, dict[str, Any]]:
    """What those hosts say of themselves that are what they should be, asked all at once."""

    def answer(host: Host) -> dict[str, Any]:
        try:
            found = _ask(host.ip, timeout)
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        return {} if _wrong(host, install_id, found) else found

    hosts = tuple(hosts)
    with ThreadPoolExecutor(max_workers=min(32, len(hosts) or 1)) as pool:
        return {host: found for host, found in zip(hosts, pool.map(answer, hosts), strict=True) if found}


def _complaint(host: Host, install_id: str, timeout: float) -> str:
    try:
        answer = _ask(host.ip, timeout)
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return (error.strerror or "no answer").lower()
    except (http.client.HTTPException, ValueError):
        return "answers, but not as a machine of a rehearsal"
    return _wrong(host, install_id, answer)


def _wrong(host: Host, install_id: str, answer: Mapping[str, Any]) -> str:
    if answer.get("id") != install_id:
        return f"runs another installation ({answer.get('id') or 'none'})"
    if answer.get("hostname") != host.hostname:
        return f"calls itself {answer.get('hostname')}"
    macs = {str(nic.get("mac", "")).lower() for nic in answer.get("nics", ())}
    if macs and host.mac not in macs:
        return f"has no NIC with MAC {host.mac}"
    return ""


def _ask(ip: str, timeout: float) -> dict[str, Any]:
    connection = http.client.HTTPConnection(ip, PORT, timeout=timeout)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        body = response.read(LARGEST_ANSWER)
    finally:
        connection.close()
    parsed = json.loads(body) if response.status == 200 else None
    if not isinstance(parsed, dict):
        raise ValueError("not the machine's JSON document")
    return parsed
