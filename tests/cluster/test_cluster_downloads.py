"""What is served in the place of the internet."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from rehearsal.cluster.downloads import Downloads


@pytest.fixture
def server() -> Iterator[str]:
    """Its URL; on a port of its own, for a rehearsal may run beside the tests."""
    downloads = Downloads(("127.0.0.1", 0))
    yield f"http://127.0.0.1:{downloads.port}"
    downloads.stop()


def test_the_guests_image_has_the_checksum_of_the_rehearsals_settings(server: str) -> None:
    with urllib.request.urlopen(f"{server}/guest.img") as answer:
        content = answer.read()
    assert hashlib.sha256(content).hexdigest() == hashlib.sha256(b"rehearsal guest image\n").hexdigest()
    head = urllib.request.Request(f"{server}/guest.img", method="HEAD")
    with urllib.request.urlopen(head) as answer:
        assert (answer.headers["Content-Length"], answer.read()) == (str(len(content)), b"")


def test_nothing_else_is_there(server: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{server}/cirros.img")
