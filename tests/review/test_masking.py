"""Secrets never reach the text that is posted, in whichever shape they stand in it."""

from __future__ import annotations

import base64
import json

import pytest

from manifests import render
from manifests.credentials import Credentials
from network import plan
from review.masking import MASK, Masking
from tests.lab import PULL_SECRET, SECRET, settings
from tests.review.states import kubeconfig

PASSWORD = 'a"pass\\word'


@pytest.mark.parametrize(
    "text",
    [PASSWORD, json.dumps({"key": PASSWORD}), base64.b64encode(PASSWORD.encode()).decode(), f"({PASSWORD})"],
)
def test_a_secret_is_masked_as_it_is_in_json_and_in_base64(text: str) -> None:
    masked = Masking([PASSWORD]).masked(f"before {text} after")
    assert MASK in masked
    assert PASSWORD not in masked and "pass" not in masked
    assert masked.startswith("before ") and masked.endswith(" after")


def test_each_line_of_a_key_and_each_value_of_a_document_is_masked_alone() -> None:
    key = Credentials(SECRET).key_pair("computes").private
    masking = Masking([key, kubeconfig(), PULL_SECRET])
    for line in key.splitlines()[1:-1]:
        assert line not in masking.masked(f"+ {line}")
    data = kubeconfig().partition("client-key-data: ")[2].split()[0]
    assert data not in masking.masked(f"client-key-data: {data}")
    assert "cHVsbDpzZWNyZXQtb2YtdGVzdHM=" not in masking.masked("auth: cHVsbDpzZWNyZXQtb2YtdGVzdHM=")


def test_every_credential_of_a_lab_is_found_where_it_was_planted() -> None:
    lab = settings()
    objects = render.objects(lab, plan(lab), Credentials(SECRET))
    values = [value for item in objects.values() if item["kind"] == "Secret" for value in item["stringData"].values()]
    masking = Masking(values)
    planted = "\n".join(values)
    assert len(values) > 30
    masked = masking.masked(planted)
    for value in values:
        assert len(value) < 6 or value not in masked


def test_what_everybody_may_read_is_left() -> None:
    assert Masking(["rehearsal"], "stack rehearsal").masked("rehearsal-compute-0") == "rehearsal-compute-0"
    assert Masking(["rehearsal"]).masked("rehearsal-compute-0") == f"{MASK}-compute-0"


def test_short_texts_and_no_secrets_at_all_leave_a_text_as_it_is() -> None:
    assert Masking(["abc", ""]).masked("abc") == "abc"
