"""Computes that are only a web server each: which of their units run. And an ssh that runs nothing."""

from __future__ import annotations

import itertools
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rehearsal.operators.openstack_cli import computes, state

ALL = (computes.NOVA, computes.OVN, computes.METADATA)
_NUMBERS = itertools.count(1)

# Keeps what it was told to run, and says what the file beside it says.
_SSH = """\
#!/bin/sh
cat >"{directory}/ran"
cat "{directory}/says"
"""


class Guest:
    """One compute: ``units`` are those that run. All of 127.0.0.0/8 is here, so each has an address of its own."""

    def __init__(self, name: str) -> None:
        self.host = f"{name}.ctlplane.example.com"
        self.address = f"127.{next(_NUMBERS) % 50 + 200}.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}"
        self.units: tuple[str, ...] = ALL
        guest = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/units.json" else 404)
                self.end_headers()
                self.wfile.write(json.dumps(dict.fromkeys(guest.units, "active")).encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((self.address, computes.PORT), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def switch_off(self) -> None:
        """It answers no more."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def record(self) -> dict[str, Any]:
        """As a deployment leaves it."""
        return {
            "host": self.host,
            "address": self.address,
            "port": 22,
            "user": "cloud-admin",
            "key": "a key",
            "node_set": "computes",
            "gateway": True,
            "physical_networks": ["datacentre"],
        }


@contextmanager
def deployed(directory: Path, *names: str) -> Iterator[list[Guest]]:
    """Computes that a deployment has set up, known to the cloud of ``directory``."""
    guests = [Guest(name) for name in names]
    try:
        state.register(directory, [guest.record for guest in guests])
        with state.opened(directory) as known:
            known["cloud"] = {"ready": True, "discovers": True}
        yield guests
    finally:
        for guest in guests:
            guest.switch_off()


def fake_ssh(directory: Path, says: str) -> Path:
    """A directory for PATH; ``directory``/ran is what was run over ssh last."""
    programs = directory / "programs"
    programs.mkdir()
    (programs / "ssh").write_text(_SSH.format(directory=directory))
    (programs / "ssh").chmod(stat.S_IRWXU)
    (directory / "says").write_text(says)
    return programs
