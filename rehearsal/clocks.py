"""Whether the machines' clocks agree: assisted-service's validation ntp-server-configured holds an installation back.

A machine's clock stands in the Date of its answer on port 8090; its first time comes from its RTC, which libvirt sets
from `<clock>` in its XML. The real check is of all hosts together (assisted-service internal/common/common.go,
IsNtpSynced), and it says neither which host is wrong nor by how much; nor does this.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

PORT = 8090
MAXIMUM_MINUTES = 4
UNEVEN = (
    f"Hosts' clocks are not synchronized (there's more than a {MAXIMUM_MINUTES} minutes gap between clocks), "
    "please configure an NTP server via DHCP or set clocks manually."
)
"""The sentence of the real validation."""

_SECONDS = 3.0  # for one machine's answer


def uneven(addresses: Iterable[str], port: int = PORT) -> bool:
    """Whether the clocks of those that answer are further apart than may be; asked all at once."""
    with ThreadPoolExecutor(max_workers=32) as pool:
        ahead = [seconds for seconds in pool.map(lambda ip: _ahead(ip, port), addresses) if seconds is not None]
    # Whole minutes, as the real one.
    return bool(ahead) and (max(ahead) - min(ahead)) // 60 > MAXIMUM_MINUTES


def _ahead(ip: str, port: int) -> float | None:
    """By how many seconds a machine's clock is ahead of ours; None if it doesn't tell."""
    connection = http.client.HTTPConnection(ip, port, timeout=_SECONDS)
    try:
        connection.request("HEAD", "/")
        date = connection.getresponse().getheader("Date", "")
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
