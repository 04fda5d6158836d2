"""The API server as a step uses it: patient with a server that doesn't answer, plain about what it refuses.

While the network operator rolls or a webhook has no endpoint, a request fails that would succeed a little later
(rhoso.md §4.11). Every request is therefore repeated until the step's deadline, and the trouble is shown meanwhile. A
write whose answer was lost may have been done: each is such that doing it twice does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO, TypeVar

from readiness import spec
from readiness.client import APPLY_PATCH, JSON, MERGE_PATCH, Client, RefusedError
from readiness.errors import NotReachableError, OutOfTimeError, TerminalFailureError
from readiness.gather import gather
from readiness.judge import judge
from readiness.progress import WIDTH, Progress
from readiness.reader import read, read_api
from readiness.wait import FIRST_PAUSE, GROWTH, LONGEST_PAUSE, Wait

Object = dict[str, Any]
Check = Mapping[str, Any]
T = TypeVar("T")

FIELD_MANAGER = "rhoso-lab-operations"
_LAST_LOOK = 2.0  # seconds that a request gets even at the deadline, so that the last report is a true one
CONFLICT = 409  # HTTP: it exists already, or is another one, or has changed meanwhile


class NotYetError(Exception):
    """What is looked for isn't so yet; the message says what is so instead."""


class Cluster:
    """``timeout`` is what the step has in seconds, from now; ``api`` is ``readiness.spec.api``'s dict."""

    def __init__(
        self, api: Mapping[str, Any], timeout: float, stderr: TextIO, first_pause: float = FIRST_PAUSE
    ) -> None:
        self._api = api
        self._client = Client(read_api(api))
        self._stderr = stderr
        self._progress = Progress(stderr)
        self._first_pause = first_pause
        self.state = "nothing known yet"
        self.restart_clock(timeout)

    def restart_clock(self, timeout: float) -> None:
        """From now on there are ``timeout`` seconds."""
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout

    @property
    def left(self) -> float:
        """Seconds until the deadline; never negative."""
        return max(self._deadline - time.monotonic(), 0.0)

    def say(self, line: str) -> None:
        """A line of progress."""
        self._progress.show(line)

    def until(self, what: str, look: Callable[[], T]) -> T:
        """What ``look`` returns, asked again while it raises NotYetError or gets no answer.

        Raises OutOfTimeError with the last state, and whatever else ``look`` raises.
        """
        pause = self._first_pause
        while True:
            try:
                return look()
            except NotYetError as error:
                trouble = str(error)
            except NotReachableError as error:
                trouble = f"the API server at {self._client.server} does not answer: {error}"
            self.state = f"{what}: {_bounded(trouble)}"
            self.say(self.state)
            left = self.left
            if left <= 0:
                raise OutOfTimeError(f"{self.state}; that was all in {self._timeout:.0f} s")
            time.sleep(min(pause, left))
            pause = min(pause * GROWTH, LONGEST_PAUSE)

    def look(self, path: str) -> Object | None:
        """One GET, for use inside ``until``."""
        return self._client.get(path, self._patience())

    def ask(self, method: str, path: str, body: Mapping[str, Any], content_type: str = JSON) -> Object | None:
        """One request that changes something, for use inside ``until``; what it raises is ``Client.request``'s."""
        return self._client.request(method, path, body, self._patience(), content_type)

    def get(self, path: str) -> Object | None:
        """The object or list at ``path``, None if it is not there."""
        return self.until(f"reading {path}", lambda: self.look(path))

    def items(self, path: str) -> list[Object]:
        """The members of a list that are not on their way out; none while its kind is not served."""
        return [item for item in (self.get(path) or {}).get("items") or [] if not leaving(item)]

    def create(self, collection: str, manifest: Mapping[str, Any]) -> None:
        """Make the object; one that is there already by that name is taken as it is."""
        try:
            self._write(f"making {called(manifest)}", "POST", collection, manifest)
        except RefusedError as error:
            if error.status != CONFLICT:
                raise self._refused(f"{called(manifest)} is refused", error) from error

    def apply(self, path: str, manifest: Mapping[str, Any]) -> None:
        """Make the object at ``path`` or change it to what ``manifest`` says (server-side apply)."""
        query = f"{path}?fieldManager={FIELD_MANAGER}&force=true"
        try:
            self._write(f"applying {called(manifest)}", "PATCH", query, manifest, APPLY_PATCH)
        except RefusedError as error:
            raise self._refused(f"{called(manifest)} is refused", error) from error

    def patch(self, what: str, path: str, change: Mapping[str, Any]) -> None:
        """A merge patch of the object at ``path``, which ``what`` names for messages."""
        query = f"{path}?fieldManager={FIELD_MANAGER}"
        try:
            self._write(f"changing {what}", "PATCH", query, change, MERGE_PATCH)
        except RefusedError as error:
            raise self._refused(f"a change of {what} is refused", error) from error

    def delete(self, what: str, path: str, uid: str | None = None) -> None:
        """Remove the object at ``path`` and, in the background, what it owns; it may be gone already.

        With ``uid``, another object that has come by that name since is left alone.
        """
        options: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        if uid is not None:
            options["preconditions"] = {"uid": uid}

        def remove() -> None:
            self._client.request("DELETE", path, options, self._patience())

        try:
            self.until(f"removing {what}", remove)
        except RefusedError as error:
            if uid is not None and error.status == CONFLICT:
                return
            raise self._refused(f"the removal of {what} is refused", error) from error

    def wait(self, what: str, *checks: Check) -> None:
        """Wait as a gate does; raises what a gate raises."""
        document = read(spec.document(what, self._api, checks, self.left))
        self.state = f"waiting for {what}"
        Wait(document, self._client, self._stderr, self._first_pause).run()

    def failed(self, check: Check) -> bool:
        """Whether the check says that waiting is pointless, as of now."""
        [parsed] = read(spec.document("a look", self._api, [check], self.left)).wait
        deadline = self._deadline

        def verdict() -> bool:
            return any(one.failed for one in judge(parsed, gather(self._client, [parsed], deadline)))

        return self.until(f"looking at {check['name']}", verdict)

    def _write(self, what: str, method: str, path: str, body: Mapping[str, Any], content_type: str = JSON) -> None:
        def write() -> None:
            if self._client.request(method, path, body, self._patience(), content_type) is None:
                raise NotYetError("not found, or its kind is not served yet")

        self.until(what, write)

    def _refused(self, what: str, error: RefusedError) -> TerminalFailureError:
        return TerminalFailureError(f"{what}: {_bounded(error.said)} (HTTP {error.status})")

    def _patience(self) -> float:
        return max(self.left, _LAST_LOOK)


def at(obj: Any, dotted: str) -> Any:
    """The value of a field such as ``status.phase``, None where the path ends early."""
    for part in dotted.split("."):
        if not isinstance(obj, Mapping) or part not in obj:
            return None
        obj = obj[part]
    return obj


def leaving(obj: Mapping[str, Any]) -> bool:
    """Whether the object is being deleted."""
    return bool(at(obj, "metadata.deletionTimestamp"))


def called(manifest: Mapping[str, Any]) -> str:
    """ "Job smoke-test-1"."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def _bounded(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
