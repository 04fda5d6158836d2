"""The shell's kubectl against a real API server; one cluster for all commands, because starting one takes seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cluster.fake_machines import CHECKOUT, NODES, Rehearsal, write_kubeconfig

pytestmark = pytest.mark.rehearsal

SECRET = """
apiVersion: v1
kind: Secret
metadata: {name: osp-secret}
stringData: {AdminPassword: "12345678"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: plain, labels: {app: lab}}
data: {a: b}
"""


def test_the_usual_commands_show_what_the_server_says(rehearsal: Rehearsal, tmp_path: Path) -> None:
    payload = rehearsal.install("first")
    rehearsal.machines.boot("first")
    rehearsal.eventually("running", lambda: rehearsal.status("first").get("phase") == "running")
    kubeconfig = tmp_path / "kubeconfig"
    write_kubeconfig(kubeconfig, payload)

    def kubectl(*words: str, given: str = "", code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "rehearsal.kubectl", *words],
            cwd=CHECKOUT,
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    table = kubectl("get", "nodes").splitlines()
    assert table[0].split() == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    assert [line.split()[:3] for line in table[1:4]] == [
        [f"master-{i}", "Ready", "control-plane,master"] for i in range(3)
    ]
    assert len(table) == 1 + len(NODES)
    assert "127.0.0.20" in kubectl("get", "no", "-o", "wide")
    assert kubectl("get", "node/master-1", "-o", "name") == "node/master-1\n"
    assert kubectl("get", "nodes", "-l", "node-role.kubernetes.io/master", "-o", "name").count("\n") == 3
    assert yaml.safe_load(kubectl("get", "node", "worker-9", "-o", "yaml"))["metadata"]["name"] == "worker-9"

    assert kubectl("get", "nodes", "--context", "admin", "-o", "name").count("\n") == len(NODES)
    assert "no entry elsewhere" in kubectl("get", "nodes", "--context", "elsewhere", code=1)

    assert "net-attach-def" in kubectl("api-resources"), "short names of upstream's kinds are known"
    assert "No resources found in openstack namespace." in kubectl("get", "net-attach-def", "-n", "openstack")

    applied = kubectl("apply", "-n", "kube-public", "-f", "-", given=SECRET).splitlines()
    assert applied == ["secret/osp-secret serverside-applied", "configmap/plain serverside-applied"]
    listed = json.loads(kubectl("get", "secrets,configmaps", "-n", "kube-public", "-o", "json"))
    assert {"osp-secret", "plain"} <= {item["metadata"]["name"] for item in listed["items"]}
    assert kubectl("get", "cm", "-A", "-l", "app=lab", "--no-headers").split()[:2] == ["kube-public", "plain"]
    assert kubectl("delete", "cm", "plain", "-n", "kube-public") == '"plain" deleted\n'

    assert 'configmaps "plain" not found' in kubectl("get", "cm", "plain", "-n", "kube-public", code=1)
    assert 'doesn\'t have a resource type "nonsense"' in kubectl("get", "nonsense", code=1)
