"""``python -m review`` where no passphrase is: what a fork's pull request gets."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from review.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout like this one, whose lab has workers of another size and a compute less."""
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    made = tmp_path / "base"
    made.mkdir()
    for room in ("settings", "network", "manifests"):
        (made / room).symlink_to(ROOT / room)
    shutil.copy(ROOT / "Pulumi.yaml", made)
    document = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text())
    document["config"]["rhoso-lab:topology"] = {"computes": {"count": 1}}
    (made / "Pulumi.lab.yaml").write_text(yaml.safe_dump(document))
    return made


def test_without_a_passphrase_there_is_a_report_by_class_alone(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.md"
    options = ["--stack", "lab", "--base", str(base), "--out", str(out)]
    assert main(options) == 10
    text = out.read_text()
    assert "| `topology.computes.count` | free | `1` | `2` |" in text
    assert "The passphrase of the stack is not here" in text and "by change class alone" in text
    assert "computes/compute-1/user-data" in text
    assert main([*options, "--accept", "in-place,grows"]) == 0


def test_what_is_wrong_with_the_call_is_an_error_with_a_report(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.md"
    assert main(["--stack", "nowhere", "--base", str(base), "--out", str(out)]) == 1
    assert "no Pulumi.nowhere.yaml" in out.read_text()
    assert "no Pulumi.nowhere.yaml" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--stack", "lab", "--base", str(base), "--accept", "everything"])
    assert "take of in-place, grows, refused, rebuilds" in capsys.readouterr().err
