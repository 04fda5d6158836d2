"""What Pulumi's own signatures can't say about outputs."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from pulumi import Output

T = TypeVar("T")


def secret(value: Output[T]) -> Output[T]:
    """The same value, encrypted in the state and masked in displays. The SDK's own type is for plain values only."""
    return cast("Output[T]", Output.secret(cast(Any, value)))
