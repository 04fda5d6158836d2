"""A secret is known again in every way that the programs of a lab write it down."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from manifests.credentials import Credentials
from scan.searching import Searcher
from scan.secret import Secret, pieces

PASSWORD = "a<b>&'\"\\ü-0123456789"
WRITTEN: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "JSON": lambda v: json.dumps({"key": v}).encode(),
    "JSON with letters of all languages": lambda v: json.dumps({"key": v}, ensure_ascii=False).encode(),
    "JSON in JSON": lambda v: json.dumps({"stdin": json.dumps({"key": v})}).encode(),
    "JSON as Go writes it": lambda v: (
        json.dumps(v, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .encode()
    ),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64 of a longer text": lambda v: base64.b64encode(f"user:{v} and more".encode()),
    "base64 of a text that is longer by one": lambda v: base64.b64encode(f"users:{v} and more".encode()),
    "base64 for URLs": lambda v: base64.urlsafe_b64encode(f"??>{v}".encode()),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_a_secret_is_found_however_it_is_written(way: str) -> None:
    searcher = Searcher([Secret("it", PASSWORD)])
    assert searcher.in_bytes(b"before " + WRITTEN[way](PASSWORD) + b" after") == {"it"}


@given(st.text("0123456789abcdef", min_size=8, max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_a_secret_of_any_length_is_found_at_any_place(value: str, before: bytes, after: bytes) -> None:
    searcher = Searcher([Secret("it", value)])
    assert searcher.in_bytes(before + value.encode() + after) == {"it"}
    assert searcher.in_bytes(base64.b64encode(before + value.encode() + after)) == {"it"}


@given(st.integers(1, 60), st.integers(0, 200))
def test_a_secret_across_two_blocks_is_found(size: int, before: int) -> None:
    text = b"." * before + PASSWORD.encode() + b"." * 50
    blocks = [text[start : start + size] for start in range(0, len(text), size)]
    assert Searcher([Secret("it", PASSWORD)]).in_blocks(blocks) == ({"it"}, len(text))


def test_a_secret_that_gzip_has_packed_is_found(tmp_path: Path) -> None:
    packed = tmp_path / "lab.json.gz"
    packed.write_bytes(gzip.compress(b"x" * 3_000_000 + PASSWORD.encode()))
    assert Searcher([Secret("it", PASSWORD)]).in_file(packed)[0] == {"it"}
    cut = tmp_path / "cut.gz"
    cut.write_bytes(packed.read_bytes()[:-20])
    assert Searcher([Secret("other", "nowhere-to-be-found")]).in_file(cut)[0] == set(), "an archive that is cut is read"


def test_what_is_too_short_is_named_and_not_looked_for() -> None:
    searcher = Searcher([Secret("short", "1234567"), Secret("long", "12345678")])
    assert (searcher.left_out, searcher.looked_for) == ({"short"}, {"long"})
    assert searcher.in_bytes(b"1234567") == set()


def test_one_private_line_of_a_key_is_enough_and_its_public_half_is_no_secret() -> None:
    pair = Credentials("0123456789abcdef" * 4).key_pair("computes")
    searcher = Searcher([Secret("computes", pair.private)])
    body = [line for line in pair.private.splitlines() if "-----" not in line]
    found = [searcher.in_bytes(line.encode()) == {"computes"} for line in body]
    assert found == [True, True, *[False] * (len(body) - 2)], "the private number of P-521 is in the first two lines"
    for form in (json.dumps(pair.private), base64.b64encode(pair.private.encode()).decode()):
        assert searcher.in_bytes(form.encode()) == {"computes"}
    assert searcher.in_bytes(pair.public.encode()) == set()


def test_a_kubeconfig_is_its_key_its_token_and_its_password() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()
    user = {"client-key-data": base64.b64encode(pem.encode()).decode(), "token": "t" * 30, "password": "p" * 30}
    kubeconfig = yaml.safe_dump({"clusters": [{"name": "lab"}], "users": [{"name": "admin", "user": user}]})
    searcher = Searcher([Secret("kubeconfig", kubeconfig)])
    assert searcher.in_bytes(user["client-key-data"].encode()) >= {"kubeconfig (client-key-data)"}
    assert searcher.in_bytes(pem.splitlines()[-3].encode()) == {"kubeconfig (client key)"}
    assert searcher.in_bytes(b"t" * 30) == {"kubeconfig (token)"}
    assert searcher.in_bytes(b"p" * 30) == {"kubeconfig (password)"}


def test_a_pull_secret_is_every_credential_in_it() -> None:
    auth = base64.b64encode(b"user:token-of-the-registry").decode()
    document = json.dumps({"auths": {"registry.example.com": {"auth": auth}, "other": {"credsStore": "x"}}})
    searcher = Searcher([Secret("pullSecret", document)])
    assert searcher.in_bytes(auth.encode()) >= {"pullSecret (registry.example.com)"}
    assert searcher.in_bytes(b"token-of-the-registry") == {"pullSecret (registry.example.com, token)"}


def test_a_proxys_password_is_a_secret_by_itself() -> None:
    quoted = urllib.parse.quote("p@ss/word-1", safe="")
    made = {piece.value for piece in pieces(Secret("proxy", f"http://me:{quoted}@proxy.example.com:3128"))}
    assert {"p@ss/word-1", quoted} <= made


def test_a_label_may_be_shown_and_a_value_never() -> None:
    assert PASSWORD not in repr(Secret("it", PASSWORD))
