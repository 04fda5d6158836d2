"""The two secrets: read by pulumi where they are encrypted, judged, and never shown."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from doctor import credentials
from doctor.finding import Verdict
from doctor.subject import Subject
from settings.load import stand_in
from tests.doctor.fake_host import FakeHost, only, subject
from tests.lab import SECRET


def encrypted(**changes: object) -> Subject:
    """As the stack's file is read without Pulumi: a stand-in for each encrypted value."""
    return subject(
        secret=stand_in(("secret",)), openshift={"pullSecret": stand_in(("openshift", "pullSecret"))}, **changes
    )


def pulumi_tells(host: FakeHost, path: str, value: str) -> None:
    (host.answers / "secret").write_text(f"{value}\n")
    asked = f"config get --non-interactive --stack lab --path {path}"
    host.program("pulumi", f"[ \"$*\" = '{asked}' ] && cat {host.answers}/secret")


def pull_secret(user: str) -> str:
    auth = base64.b64encode(f"{user}:hidden-word".encode()).decode()
    return json.dumps({"auths": {"quay.io": {"auth": auth}}})


@pytest.mark.parametrize(
    ("value", "verdict", "words"),
    [
        (pull_secret("me"), Verdict.PASS, "each has credentials"),
        (pull_secret("sample"), Verdict.FAIL, "published sample"),
        ('{"auths": {}, "x": "hidden-word"}', Verdict.FAIL, "has no registries"),
        ("hidden-word", Verdict.FAIL, "is not a JSON object"),
    ],
)
def test_the_pull_secret(host: FakeHost, value: str, verdict: Verdict, words: str) -> None:
    pulumi_tells(host, "rhoso-lab:openshift.pullSecret", value)
    finding = only(credentials.pull_secret, encrypted())
    assert finding.verdict is verdict and words in finding.found
    assert "hidden-word" not in str(finding)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(SECRET, Verdict.PASS), ("sample-" + SECRET, Verdict.FAIL), ("hidden-word", Verdict.FAIL)],
)
def test_the_secret(host: FakeHost, value: str, verdict: Verdict) -> None:
    pulumi_tells(host, "rhoso-lab:secret", value)
    finding = only(credentials.secret, encrypted())
    assert finding.verdict is verdict
    assert value not in str(finding)


def test_samples_where_they_are_allowed(host: FakeHost) -> None:
    pulumi_tells(host, "rhoso-lab:secret", "sample-" + SECRET)
    assert only(credentials.secret, encrypted(allowSampleSecret=True)).verdict is Verdict.PASS


def test_secrets_in_clear_need_no_pulumi(host: FakeHost) -> None:
    assert only(credentials.secret, subject()).verdict is Verdict.PASS
    assert only(credentials.pull_secret, subject()).verdict is Verdict.PASS


def test_secrets_that_can_not_be_read(host: FakeHost, tmp_path: Path) -> None:
    assert "pulumi is not on PATH" in only(credentials.secret, encrypted()).found
    host.program("pulumi", "echo 'error: passphrase must be set with X' >&2; exit 255")
    finding = only(credentials.pull_secret, encrypted())
    assert finding.verdict is Verdict.SKIPPED and "passphrase must be set" in finding.found
