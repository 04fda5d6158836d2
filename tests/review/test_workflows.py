"""No forge is here to run the two workflows. What matters of them for safety is read from their files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from engine import gobuild

ROOT = Path(__file__).parents[2]
OURS = "github.event.pull_request.head.repo.full_name == github.repository"
FORKS = OURS.replace("==", "!=")
GITLAB_OURS = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"


def github() -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "review.yml").read_text())
    return document


def gitlab() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())
    return document


def runs_code_of_the_change(job: dict[str, Any]) -> bool:
    return any("run" in step or "checkout" in step.get("uses", "") for step in job["steps"])


def test_the_workflow_runs_for_pull_requests_and_never_with_the_targets_rights() -> None:
    # YAML takes a bare `on` for a boolean.
    assert github()[True] == {"pull_request": None}


def test_each_job_has_only_the_rights_that_it_needs() -> None:
    document = github()
    assert document["permissions"] == {}
    rights = {name: job["permissions"] for name, job in document["jobs"].items()}
    assert rights == {
        "review": {"contents": "read"},
        "fork": {"contents": "read"},
        "comment": {"pull-requests": "write"},
    }


def test_no_job_that_runs_the_changes_code_may_write() -> None:
    for name, job in github()["jobs"].items():
        if runs_code_of_the_change(job):
            assert set(job["permissions"].values()) == {"read"}, name
            checkouts = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
            assert all(step["with"]["persist-credentials"] is False for step in checkouts), name
    assert not runs_code_of_the_change(github()["jobs"]["comment"])


def test_a_forks_job_has_no_secret_and_a_job_with_secrets_is_no_forks() -> None:
    jobs = github()["jobs"]
    assert jobs["fork"]["if"] == FORKS
    for name, job in jobs.items():
        if "secrets." in yaml.safe_dump(job):
            assert job["if"] == OURS, name
    assert jobs["comment"]["if"] == f"always() && {OURS}"
    assert "secrets." in yaml.safe_dump(jobs["review"]), "the test sees no secret at all"


def test_secrets_are_given_to_single_steps_and_each_step_gets_its_own() -> None:
    job = github()["jobs"]["review"]
    assert "secrets." not in yaml.safe_dump({key: value for key, value in job.items() if key != "steps"})
    told = [set(re.findall(r"secrets\.(\w+)", yaml.safe_dump(step))) for step in job["steps"]]
    with_passphrase = [names for names in told if "RHOSO_REVIEW_PASSPHRASE" in names]
    assert with_passphrase == [{"RHOSO_REVIEW_PASSPHRASE"}]


def test_nothing_of_the_event_is_pasted_into_a_script() -> None:
    for job in github()["jobs"].values():
        for step in job["steps"]:
            script = step.get("run", "") + str(step.get("with", {}).get("script", ""))
            assert "${{" not in script


def test_actions_are_githubs_own_and_of_a_known_major_version() -> None:
    used = {step["uses"] for job in github()["jobs"].values() for step in job["steps"] if "uses" in step}
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", action), action


def test_the_image_of_both_has_a_go_that_the_set_up_takes() -> None:
    """Definitions come with Go modules on every machine, and Debian 12's own Go (1.19) fetches no newer one."""
    images = [gitlab()["default"]["image"], github()["jobs"]["review"]["container"]["image"]]
    for image in images:
        found = re.fullmatch(r"golang:(\d+)\.(\d+)-bookworm", image)
        assert found and tuple(map(int, found.groups())) >= gobuild.SELF_UPDATING
    scripts = (ROOT / ".gitlab-ci.yml").read_text() + (ROOT / ".github" / "workflows" / "review.yml").read_text()
    assert not re.search(r"apt-get install.* golang", scripts), "it would come before the image's own"


def test_both_pass_what_applies_in_place_and_grows_and_nothing_else() -> None:
    scripts = [step["run"] for job in github()["jobs"].values() for step in job["steps"] if "run" in step]
    scripts += [line for job in gitlab().values() if isinstance(job, dict) for line in job.get("script", ())]
    reviews = [line for line in scripts if "make review" in line]
    assert len(reviews) == 4
    assert all("ACCEPT=in-place,grows" in line for line in reviews)


def test_gitlabs_variables_are_bound_to_environments_that_a_forks_job_is_not_in() -> None:
    document = gitlab()
    jobs = {name: job for name, job in document.items() if isinstance(job, dict) and "script" in job}
    assert set(jobs) == {"state", "review", "fork", "comment"}
    for name, job in jobs.items():
        [rule] = job["rules"]
        assert (rule["if"] == GITLAB_OURS) is (name != "fork")
        assert ("environment" in job) is (name != "fork")
        named = set(re.findall(r"\$(RHOSO_REVIEW_\w+)", yaml.safe_dump(job)))
        assert bool(named) is (name != "fork"), name
    environments = {job["environment"]["name"] for name, job in jobs.items() if name != "fork"}
    assert len(environments) == 3, "each has variables of its own"
    assert jobs["comment"]["variables"]["GIT_STRATEGY"] == "none", "who may write has no code of the change"


def test_gitlab_runs_for_merge_requests_only() -> None:
    assert gitlab()["workflow"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
