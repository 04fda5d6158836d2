"""What is made of the tool's log: few lines that say how far it is, and the class of a failure.

The lines are written as the tool's sources have them: pkg/agent/cluster.go, pkg/agent/validations.go, and the events of
assisted-service as they stand in logs that users posted (openshift/installer issue 10105).
"""

from __future__ import annotations

import pytest

from installer import progress

NODES = ("master-0", "master-1", "master-2")


def heard(*lines: str) -> tuple[progress.Progress, list[str]]:
    """The picture after these lines, and what was shown of them."""
    watched = progress.watch(NODES)
    shown = [watched.hear(line) for line in lines]
    return watched, [line for line in shown if line is not None]


def test_an_installation_is_a_few_lines() -> None:
    writing = [
        f"level=info msg=Host: {node}, reached installation stage Writing image to disk: {percent}%"
        for percent in range(1, 101)
        for node in NODES
    ]
    watched, shown = heard(
        "level=info msg=Waiting for cluster install to initialize. Sleeping for 30 seconds",
        "level=info msg=Waiting for cluster install to initialize. Sleeping for 30 seconds",
        "level=info msg=Cluster is not ready for install. Check validations",
        *(f"level=warning msg=Host {node} validation: Host couldn't synchronize with any NTP server" for node in NODES),
        "level=info msg=Host master-0 validation: Host NTP is synced",
        *(
            f"level=info msg=Host {node}: updated status from insufficient to known (Host is ready to be installed)"
            for node in NODES
        ),
        "level=info msg=Cluster is ready for install",
        "level=info msg=Cluster installation in progress",
        *writing,
        "level=info msg=Bootstrap is complete",
    )
    assert len(shown) < 25, shown
    ntp = "Host couldn't synchronize with any NTP server"
    assert shown[2] == (
        "Cluster is not ready for install. Check validations: 0 of 3 nodes known, 1 validations failing "
        f"(master-0: {ntp}), 0 % of the images written"
    )
    assert (
        "Cluster installation in progress: 3 of 3 nodes known, 0 validations failing, 40 % of the images written"
        in (shown)
    )
    assert shown[-1] == "Bootstrap is complete"
    assert (watched.known, watched.failing, watched.percent) == (3, [], 100)


def test_known_and_failing_follow_each_node() -> None:
    watched, _ = heard(
        "level=info msg=Cluster is not ready for install. Check validations",
        "level=warning msg=Host master-0 validation: No connectivity to the majority of hosts in the cluster",
        "level=warning msg=Host master-1 validation: Host couldn't synchronize with any NTP server",
        "level=warning msg=Cluster validation: The cluster has hosts that are not ready to install.",
        "level=info msg=Host master-0: updated status from insufficient to known (Host is ready to be installed)",
        "level=info msg=Host master-2: updated status from discovering to insufficient (Host cannot be installed)",
    )
    assert watched.known == 1
    assert watched.failing == [
        "master-1: Host couldn't synchronize with any NTP server",
        "cluster: The cluster has hosts that are not ready to install.",
    ]
    watched.hear("level=info msg=Host master-0: updated status from known to insufficient (Host cannot be installed)")
    assert watched.known == 0


def test_nodes_count_as_known_when_their_own_events_were_missed() -> None:
    """The tool shows the newest event at each of its looks, and no other."""
    watched, _ = heard("level=info msg=Preparing cluster for installation")
    assert watched.known == 3


def test_a_node_that_writes_no_image_any_more_has_written_it() -> None:
    watched, _ = heard(
        "level=info msg=Host: master-0, reached installation stage Writing image to disk: 95%",
        "level=info msg=Host: master-0, reached installation stage Rebooting",
        *(f"level=info msg=Host: {node}, reached installation stage Joined" for node in NODES[1:]),
    )
    assert watched.percent == 100


@pytest.mark.parametrize(
    "line",
    [
        "INFO Host: master-0, reached installation stage Writing image to disk: 50%",
        "level=info msg=Host: master-0, reached installation stage Writing image to disk: 50%",
        'time="2025-11-19T09:43:48Z" level=info msg="Host: master-0, reached installation stage Writing image to disk: '
        '50%"',
    ],
)
def test_lines_are_read_as_on_a_terminal_in_a_pipe_and_in_the_log_file(line: str) -> None:
    watched = progress.watch(["master-0"])
    watched.hear(line)
    assert watched.percent == 50


def test_what_is_of_no_known_kind_is_shown_as_it_is_and_once() -> None:
    line = "level=error msg=Cluster operator etcd Degraded is True with EtcdMembers_UnhealthyMembers: 1 of 3"
    assert heard(line, line)[1] == ["Cluster operator etcd Degraded is True with EtcdMembers_UnhealthyMembers: 1 of 3"]
    assert heard("level=debug msg=asset directory: x")[1] == []


AGAIN = {
    "Bootstrap failed to complete: : bootstrap process timed out: context deadline exceeded": "bootstrap timed out",
    "bootstrap process returned error: failed to progress after all hosts available": "stuck in ready",
    "failed to prepare cluster installation": "preparation failed",
}
DEAD = {
    "Cluster has hosts in error": "hosts in error",
    "Host master-0: updated status from installing-in-progress to error (Host failed to install)": "hosts in error",
    'Host master-0: updated status from "installing" to "error" (failed)': "hosts in error",
    "bootstrap process returned error: cluster installation was cancelled": "cancelled",
}
NEITHER = (
    "Cluster installation timed out: context deadline exceeded",
    "Host master-0: updated status from error to known (Host is ready to be installed)",
)


@pytest.mark.parametrize("line", [*AGAIN, *DEAD, *NEITHER])
def test_the_class_of_a_failure(line: str) -> None:
    verdict = heard(f"level=error msg={line}")[0].verdict
    expected = ({**AGAIN, **DEAD}.get(line, "unknown"), line in AGAIN, line in DEAD)
    assert (verdict.name, verdict.again, verdict.dead) == expected


def test_hosts_in_error_stay_the_reason_when_the_tool_then_watches_up_to_its_limit() -> None:
    lines = ["level=info msg=Cluster has hosts in error"]
    lines += [f"level=info msg=Cluster operator {n} is not available" for n in range(100)]
    watched, _ = heard(*lines, "level=error msg=bootstrap process timed out: context deadline exceeded")
    assert watched.verdict.name == "hosts in error"
