"""The small Linux system that stands in for RHCOS and for the computes' RHEL image.

One kernel (Debian's cloud kernel), one busybox and a few shell files make every guest of a rehearsal. They go out in
two forms: an ISO that carries one installation's per-host data (`agent_iso`), and a disk image that configures itself
from a cloud-init CD (`compute_image`). Neither needs root to build.
"""

from rehearsal.guest.errors import GuestError
from rehearsal.guest.media import agent_iso, compute_image

__all__ = ["GuestError", "agent_iso", "compute_image"]
