"""Which settings differ between two checkouts, each read by its own program."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from review import checkout, rendered, touched, verdict
from review.errors import ReviewError
from review.touched import Settings
from review.verdict import Verdict

ROOT = Path(__file__).parents[2]
Side = Callable[..., Path]


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Side]:
    """Makes a checkout whose stack lab has settings changed; the program in it is this one."""

    def make(name: str, **changes: Any) -> Path:
        made = tmp_path / name
        made.mkdir()
        for room in ("settings", "network", "manifests"):
            (made / room).symlink_to(ROOT / room)
        shutil.copy(ROOT / "Pulumi.yaml", made)
        document = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text())
        document["config"] |= {f"rhoso-lab:{key}": value for key, value in changes.items()}
        (made / "Pulumi.lab.yaml").write_text(yaml.safe_dump(document))
        return made

    yield make


def read(directory: Path) -> Settings:
    found = touched.read("lab", directory, sys.executable)
    assert found is not None
    return found


def test_a_changed_setting_is_named_with_its_class_and_values(side: Side) -> None:
    base, head = read(side("base")), read(side("head", topology={"computes": {"count": 3}, "masters": {"vcpus": 12}}))
    found = {entry.path: (entry.change, entry.before, entry.after) for entry in touched.touched(base, head)}
    assert found == {
        "topology.computes.count": ("free", "2", "3"),
        "topology.masters.vcpus": ("rebuild", "8", "12"),
    }
    [sentence] = touched.refused(base, head)
    assert sentence.startswith("topology.masters.vcpus: recorded 8, now 12. This would rebuild the installed lab.")
    assert verdict.of_classes([sentence], touched.touched(base, head), True) is Verdict.REFUSED


def test_the_same_settings_touch_nothing(side: Side) -> None:
    base, head = read(side("base")), read(side("head"))
    assert touched.touched(base, head) == [] and touched.refused(base, head) == []
    assert verdict.of_classes([], [], False) is Verdict.NOTHING


def test_a_secret_that_was_set_anew_is_told_and_never_shown(side: Side) -> None:
    plain = "0123456789abcdef" * 4
    base, head = read(side("base")), read(side("head", secret=plain))
    [found] = touched.touched(base, head)
    assert (found.path, found.change) == ("secret", "rebuild")
    assert plain not in repr(found)


def test_a_raised_version_grows_and_a_lowered_one_is_refused(side: Side) -> None:
    label = "MetadataSecret"
    base, head = read(side("base")), read(side("head", rotation={label: 2}))
    changes = touched.touched(base, head)
    assert [(entry.path, entry.change) for entry in changes] == [(f"rotation.{label}", "grows")]
    assert verdict.of_classes(touched.refused(base, head), changes, True) is Verdict.GROWS
    assert touched.refused(head, base) != []


def test_a_stack_without_a_file_is_none_and_a_bad_one_is_said_in_the_programs_words(side: Side) -> None:
    made = side("base", networks={"storage": {"cidr": "172.17.0.0/24"}})
    assert touched.read("another", made, sys.executable) is None
    with pytest.raises(ReviewError, match=r"networks\.storage\.cidr"):
        read(made)


def test_documents_that_differ_are_shown_as_a_unified_diff(side: Side) -> None:
    sides = [side("base"), side("head", topology={"computes": {"count": 3}})]
    base, head = (rendered.documents("lab", directory, sys.executable) for directory in sides)
    found = rendered.difference(base, head)
    node_set = found["cluster/s9-data-plane/openstackdataplanenodeset-computes.yaml"]
    assert node_set[0].startswith("--- a/cluster/") and any(line.strip() == "+    compute-2:" for line in node_set)
    assert found["computes/compute-2/meta-data"][0] == "--- /dev/null"
    assert rendered.difference(base, base) == {}


def test_the_base_is_a_directory_or_a_commit(tmp_path: Path) -> None:
    with checkout.base(str(ROOT), ROOT) as found:
        assert found == ROOT
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "sizes.py").write_text("BEFORE = 1\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "before"]):
        subprocess.run([*git, *command], check=True)
    (tmp_path / "settings" / "sizes.py").write_text("AFTER = 2\n")
    with checkout.base("HEAD", tmp_path) as found:
        assert (found / "settings" / "sizes.py").read_text() == "BEFORE = 1\n"
    assert not found.exists()
    with (
        pytest.raises(ReviewError, match="neither a directory with a checkout nor a commit"),
        checkout.base("no", ROOT),
    ):
        pass
    with pytest.raises(ReviewError), checkout.base("--output=/tmp/x", ROOT):
        pass
