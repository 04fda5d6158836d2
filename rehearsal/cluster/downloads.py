"""What the cluster's pods would download from the internet: served on the host's own loopback, for there is no other.

One file, the image of the instance that the verification boots. Its content only has to have the right checksum.
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ADDRESS = ("127.0.0.1", 8091)
FILES = {"/guest.img": b"rehearsal guest image\n"}


class Downloads:
    """The server; serves from its construction until :meth:`stop`. Raises OSError when the port is taken."""

    def __init__(self, address: tuple[str, int] = ADDRESS) -> None:
        self._server = ThreadingHTTPServer(address, _Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="downloads", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        content = FILES.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
