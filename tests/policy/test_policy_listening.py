"""Rule listens-locally."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from manifests import domain_xslt
from policy.listening import violations
from policy.model import UNKNOWN, Resource
from tests.lab import plan
from tests.policy.things import domain, resource

HEAD = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" {more}>{body}</xsl:stylesheet>'


def styled(body: str, more: str = "") -> Resource:
    """A machine with a stylesheet."""
    return domain("a", xml={"xslt": HEAD.format(body=body, more=more)})


def test_a_machine_with_the_program_s_own_stylesheet_is_fine() -> None:
    node = plan().nodes[0]
    xslt = domain_xslt.stylesheet("lab-master-0", node.nics, "none")
    assert "self::address" in xslt, "which is no address"
    assert not list(violations(domain("a", xml={"xslt": xslt})))


@pytest.mark.parametrize(
    ("props", "place", "value"),
    [
        ({"graphics": {"listenType": "address", "listenAddress": "0.0.0.0"}}, "graphics.listenAddress", "0.0.0.0"),
        ({"graphics": {"listenAddress": "192.168.130.1"}}, "graphics.listenAddress", "192.168.130.1"),
        ({"graphics": {"listenAddress": "::"}}, "graphics.listenAddress", "::"),
        ({"graphics": {"listenAddress": "kvm.example.com"}}, "graphics.listenAddress", "kvm.example.com"),
        ({"graphics": {"listenType": "network"}}, "graphics.listenType", "network"),
        ({"consoles": [{"type": "pty"}, {"type": "tcp", "sourceHost": "::"}]}, "consoles[1].sourceHost", "::"),
        ({"cmdlines": [{"gdb": "tcp:0.0.0.0:1234"}]}, "cmdlines[0].gdb", "tcp:0.0.0.0:1234"),
    ],
)
def test_an_address_that_others_reach_is_found(props: Mapping[str, Any], place: str, value: str) -> None:
    made = domain("a", **props)
    [found] = violations(made)
    assert f"a: {place} is {value}; only the host's loopback" in found.message and "127.0.0.1" in found.message
    assert found.urn == made.urn


@pytest.mark.parametrize(
    "props",
    [
        {"graphics": {"listenType": "none"}},
        {"graphics": {"listenType": "socket"}},
        {"graphics": {"listenAddress": "::1"}},
        {"graphics": {"type": "vnc"}},
        {"graphics": {"listenAddress": UNKNOWN}},
        {"consoles": [{"type": "tcp", "sourceHost": "127.0.0.1"}]},
        {"consoles": None, "graphics": None},
    ],
)
def test_what_nobody_else_reaches_is_fine(props: Mapping[str, Any]) -> None:
    assert not list(violations(domain("a", **props)))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ('<listen type="address" address="0.0.0.0"/>', "0.0.0.0"),
        ('<graphics type="vnc" listen="10.0.0.1"/>', "10.0.0.1"),
        ('<source mode="bind" host="::" service="4555"/>', "::"),
        ('<xsl:attribute name="listen">192.0.2.1</xsl:attribute>', "192.0.2.1"),
        ("<xsl:value-of select=\"'0.0.0.0'\"/>", "'0.0.0.0'"),
        ("<arg>tcp:[::]:4444</arg>", "tcp:[::]:4444"),
        ("<unclosed>", "no XML"),
    ],
)
def test_a_stylesheet_cannot_open_a_port(body: str, value: str) -> None:
    [found] = violations(styled(body))
    assert f"is {value}" in found.message


def test_a_stylesheet_passes_nothing_to_qemu() -> None:
    qemu = 'xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"'
    [found] = violations(styled('<qemu:arg value="-vnc"/><qemu:arg value=":0"/>', qemu))
    assert "no argument may go past libvirt to QEMU" in found.message


def test_a_stylesheet_may_name_loopback_and_devices() -> None:
    fine = '<listen type="address" address="127.0.0.1"/><address type="pci" slot="0x03"/>'
    assert not list(violations(styled(f'{fine}<xsl:if test="not(self::address)"/>')))


def test_other_resources_are_not_this_rule_s() -> None:
    assert not list(violations(resource("it", "kubernetes:core/v1:ConfigMap", data={"route": "0.0.0.0"})))
