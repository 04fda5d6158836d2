"""What every example renders to, file by file, so that a review shows what a change does without any cluster.

After a wanted change: `make golden`, and read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.__main__ import OccupiedError, write
from manifests.files import files
from network import plan
from settings.stackfile import load_stack

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"


def found(directory: Path) -> dict[str, str]:
    """All files below a directory by their path in it."""
    paths = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_text() for path in paths}


@pytest.mark.parametrize("stack", ["lab", "compact", "wide", "sno"])
def test_the_committed_documents_are_what_is_rendered(stack: str, request: pytest.FixtureRequest) -> None:
    settings = load_stack(stack, ROOT)
    rendered = files(settings, plan(settings))
    if request.config.getoption("--update-golden"):
        write(rendered, GOLDEN / stack)
    committed = found(GOLDEN / stack)
    committed.pop(".rendered", None)

    assert sorted(committed) == sorted(rendered), "make golden writes them anew"
    for path, text in rendered.items():
        assert committed[path] == text, f"{path} differs; if that is wanted: make golden"


def test_no_committed_document_holds_a_value_of_a_secret() -> None:
    secrets = [path for path in GOLDEN.rglob("secret-*.yaml")]

    assert secrets
    for path in secrets:
        values = [line.partition(": ")[2] for line in path.read_text().split("stringData:")[1].splitlines() if line]
        assert set(values) == {"(secret)"}, path


def test_a_directory_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(OccupiedError, match="name another directory"):
        write({"a.yaml": "new"}, tmp_path)
    assert found(tmp_path) == {"mine.txt": "mine"}


def test_what_is_not_rendered_any_more_goes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write({"a/b.yaml": "old"}, out)
    write({"c.yaml": "new"}, out)

    assert set(found(out)) == {".rendered", "c.yaml"}
    assert not (out / "a").exists()
