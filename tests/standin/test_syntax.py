"""The small grammars of the stand-in installer, where it and settings could come apart."""

from __future__ import annotations

import pytest

from rehearsal.openshift_install import syntax

TAGGED, INVALID = "must be repository--not reference", "the repository provided is invalid"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mirror.example.com:5000/a/b", ""),
        ("Mirror.example.com/a", ""),
        ("mirror:5000/a", ""),
        ("localhost/a", ""),
        ("mirror.example.com:5000", ""),
        ("mirror", ""),
        ("Mirror.example.com", INVALID),
        ("registry/ocp", INVALID),
        ("a..b/x", INVALID),
        ("mirror.example.com/A", INVALID),
        ("mirror.example.com/a:v1", TAGGED),
        ("mirror.example.com/a@sha256:0", TAGGED),
    ],
)
def test_a_repository_has_its_registrys_domain_or_port(text: str, reason: str) -> None:
    assert syntax.repository(text) == reason


@pytest.mark.parametrize("login", ["u:p^w", "u:p|w", "ü:p", "u:50%", "u:%zz"])
def test_a_login_in_a_url_is_written_as_go_takes_it(login: str) -> None:
    assert "invalid userinfo" in syntax.url(f"http://{login}@proxy.example.com:3128", ("http",))
    assert syntax.url("http://u:p%5Ew+50%25@proxy.example.com:3128", ("http",)) == ""
