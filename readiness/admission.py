"""Judges by a trial whether the API server takes objects of a kind: whether every webhook on the way answers.

Ready endpoints do not prove it: a webhook's certificate may not be what the API server was told to trust, and between
the server and the pod there may be a network that does not carry anything yet. So an object is offered in a dry run,
which admission and validation go through as for a real one, and which keeps nothing [Kubernetes API concepts, dry run].

What refuses the object for its own sake has answered. That refusal is no matter of waiting; the step that makes the
object meets it again, and tells it.
"""

from __future__ import annotations

from .model import Accepts
from .verdict import Found, Verdict

# Where a webhook gave no usable answer, the server says so in these words [apiserver: pkg/util/webhook, error.go and
# apiextensions-apiserver: conversion/webhook_converter.go], as an internal error or, while decoding, as a bad request.
UNCALLED = ("failed calling webhook", "conversion webhook for")


def accepts(check: Accepts, found: Found) -> list[Verdict]:
    """Ready once the server takes the object, has one of that name, or refuses it for the object's own sake."""
    trial = found.trial(check.path, check.manifest)
    if trial.answered and not any(words in trial.said for words in UNCALLED):
        return [Verdict(check.name, True)]
    return [Verdict(check.name, False, trial.said)]
