"""``python3 -m operations`` as a Pulumi command runs it: streams, exit codes, signals."""

from __future__ import annotations

import ast
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from manifests import retire
from tests.operations.fake_cluster import FakeCluster

CHECKOUT = Path(__file__).parents[2]
VERSIONS = "/apis/core.openstack.org/v1beta1/namespaces/openstack/openstackversions"


def start(step: str, document: object, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "operations", step, *arguments],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(document if isinstance(document, str) else json.dumps(document))
    process.stdin.close()
    process.stdin = None
    return process


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def read(cluster: FakeCluster, **more: Any) -> dict[str, Any]:
    field = {"path": f"{VERSIONS}/controlplane", "field": "status.deployedVersion"}
    return {"api": cluster.api, "timeout": 30, "fields": {"version": field}, **more}


def test_the_result_is_one_json_object_and_nothing_else(cluster: FakeCluster) -> None:
    cluster.add(VERSIONS, "controlplane", status={"deployedVersion": "18.0.7"})
    code, out, err = end(start("read", read(cluster)))
    assert (code, json.loads(out), err) == (0, {"version": "18.0.7"}, "")


def test_the_command_line_says_who_the_members_are_now(cluster: FakeCluster) -> None:
    scripts = retire.render("openstack", "registry.example.com/client:1")
    ssh = {"user": "cloud-admin", "key": "none"}
    document = {"api": cluster.api, "timeout": 30, "members": {"compute-7": "192.0.2.7"}, "ssh": ssh, "retire": scripts}
    code, out, err = end(start("members", document, "compute-0=192.0.2.1", "compute-1=192.0.2.2"))
    assert (code, json.loads(out)["members"]) == (0, {"compute-0": "192.0.2.1", "compute-1": "192.0.2.2"}), err


def test_the_command_line_says_which_nodes_there_are_now(cluster: FakeCluster) -> None:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    cluster.add("/api/v1/nodes", "worker-0", status=ready)
    document = {"api": cluster.api, "timeout": 30}
    for step, more in (("join", ()), ("leave", ("--released=worker-1", "--released=worker-2"))):
        code, out, err = end(start(step, document, "worker-0=192.0.2.1", *more))
        assert (code, json.loads(out)) == (0, {"nodes": {"worker-0": "192.0.2.1"}}), err


@pytest.mark.parametrize(
    "arguments",
    [
        ("join", "worker-0="),
        ("leave", "--released"),
        ("members", "compute-0"),
        ("members", "=192.0.2.1"),
        ("read", "a=b"),
        (),
    ],
)
def test_other_arguments_are_a_mistake(arguments: tuple[str, ...]) -> None:
    line = [sys.executable, "-m", "operations", *arguments]
    done = subprocess.run(line, cwd=CHECKOUT, input="{}", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (4, "")
    assert "usage: python3 -m operations" in done.stderr


def test_out_of_time_is_3(cluster: FakeCluster) -> None:
    code, out, err = end(start("read", read(cluster, timeout=0.1)))
    assert (code, out) == (3, "")
    assert "not found; that was all in 0 s" in err


def test_a_failure_for_good_is_2(cluster: FakeCluster) -> None:
    name = "computes-1"
    collection = "/apis/batch/v1/namespaces/openstack/jobs"
    cluster.add(collection, name, status={"conditions": []})
    cluster.controllers.append(
        lambda world: world.objects[f"{collection}/{name}"]["status"].update(
            conditions=[{"type": "Failed", "status": "True", "message": "it is broken"}] if world.requests > 3 else []
        )
    )
    manifest = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": "openstack"}}
    document = {"api": cluster.api, "timeout": 30, "what": "it", "object": manifest, "collection": collection}
    code, out, err = end(start("attempt", document))
    assert (code, out) == (2, "")
    assert "it is broken" in err


@pytest.mark.parametrize(
    ("step", "document", "said"),
    [
        ("read", "{", "standard input is not a JSON document"),
        ("read", {"timeout": 1}, "step read lacks 'api'"),
        ("read", [], "step read is not an object"),
        ("destroy", {}, "usage: python3 -m operations approve|attempt|"),
    ],
)
def test_a_mistake_of_the_caller_is_4(step: str, document: object, said: str) -> None:
    code, out, err = end(start(step, document))
    assert (code, out) == (4, "")
    assert said in err


def test_a_mistake_shows_no_secret(cluster: FakeCluster) -> None:
    document = read(cluster, secret="hunter2")
    document["api"]["token"] = "t0ken with spaces"
    code, _, err = end(start("read", document))
    assert code == 4
    assert "t0ken" not in err and "hunter2" not in err


def test_a_permission_that_lacks_is_4(cluster: FakeCluster) -> None:
    cluster.trouble["GET", f"{VERSIONS}/controlplane"].append((403, "openstackversions is forbidden"))
    code, _, err = end(start("read", read(cluster)))
    assert code == 4
    assert "openstackversions is forbidden" in err


def test_an_interrupted_step_says_what_it_waited_for(cluster: FakeCluster) -> None:
    process = start("read", read(cluster))
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "controlplane: not found" in first
    process.send_signal(signal.SIGTERM)
    code, out, err = end(process)
    assert (code, out) == (143, "")
    assert f"read was stopped by SIGTERM: {VERSIONS}/controlplane: not found" in err


@pytest.mark.parametrize("path", sorted((CHECKOUT / "operations").glob("*.py")), ids=lambda path: path.name)
def test_it_is_python_that_the_oldest_host_reads(path: Path) -> None:
    """RHEL 9's own python3 is 3.9; annotations are never evaluated."""
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert path.name == "__init__.py" or any(node.module == "__future__" for node in imports)
    used = {(node.module or "").partition(".")[0] for node in imports}
    used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert used <= sys.stdlib_module_names | {"operations", "readiness"}
