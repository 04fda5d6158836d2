"""From Pulumi's configuration of the running stack to checked settings."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config

from doctor import preflight
from settings import Settings, SettingsError, parse
from settings.explain import command_for

PROJECT = "rhoso-lab"
_SAMPLES = {
    "secret": "is the published sample, so anybody can derive this lab's passwords.",
    "openshift.pullSecret": "is the published sample, with which no registry gives anything.",
}


def load() -> Settings:
    """The stack's settings; ends the program with every problem in one message before anything is registered."""
    try:
        settings = parse(pulumi.get_stack(), _raw())
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    problems = preflight.check(settings, changing=not pulumi.runtime.is_dry_run())
    if problems:
        raise pulumi.RunError("\n".join(("Nothing was touched:", *map(str, problems))))
    for note in preflight.notes(settings):
        pulumi.log.warn(str(note))
    if settings.samples and not settings.allow_sample_secret:
        _refuse("\n".join(f"{path}: {_SAMPLES[path]} Set your own: {command_for([path])}" for path in settings.samples))
    return settings


def _refuse(message: str) -> None:
    """A preview may go on with it, for reviews of the committed examples."""
    if not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(message)
    pulumi.log.warn(message)


def _raw() -> dict[str, Any]:
    """This project's configuration. Read whole, not key by key, so that an unknown key is seen."""
    prefix = f"{PROJECT}:"
    values = runtime_config.CONFIG.get()
    return {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
