"""Rule fits-the-host."""

from __future__ import annotations

from policy.capacity import violations
from policy.model import UNKNOWN
from tests.policy.things import domain, limits, volume

TWO = [domain("a", memory=24576), domain("b", memory=32768)]
DISKS = [volume("root", 120 * 10**9), volume("data", 100 * 10**9), volume("image", UNKNOWN), volume("iso", None)]


def test_machines_that_just_fit_are_fine() -> None:
    assert not list(violations([limits(memoryMib="57344", diskGb="220"), *TWO, *DISKS]))


def test_too_much_memory_is_found_with_the_sum_the_limit_and_the_largest() -> None:
    [found] = violations([limits(memoryMib="57343"), *TWO])
    for said in ("2 domains", "57344 MiB of memory", "b 32768, a 24576", "hosts.*.memoryMib is 57343", "overcommit"):
        assert said in found.message, said


def test_too_much_disk_is_found_as_far_as_sizes_are_known() -> None:
    [found] = violations([limits(diskGb="219"), *DISKS])
    for said in ("220 GB of disk", "root 120, data 100", "hosts.*.diskGb is 219"):
        assert said in found.message, said


def test_what_the_settings_do_not_limit_is_not_checked() -> None:
    assert not list(violations([limits(), *TWO, *DISKS]))
    assert not list(violations([limits(memoryMib="1024", diskGb="1", overcommit="true"), *TWO, *DISKS]))


def test_a_stack_that_records_no_limits_is_not_waved_through() -> None:
    [found] = violations(TWO)
    assert "no limits of the KVM host" in found.message
