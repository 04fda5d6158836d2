"""The waiting gate: is a layer of the lab done, according to the objects themselves?

Run by a Pulumi command as ``python3 -m readiness`` with one JSON document on standard input (``readiness.spec`` builds
it). Why a program of its own instead of ``pulumi.com/waitFor``: that annotation neither stops early nor says what it is
waiting for. Why only the standard library: it runs under whatever ``python3`` is on PATH (3.9 or newer) and dozens of
gates may wait at once, so start-up time and memory count.

It changes nothing. It reads objects, and where only an attempt shows whether the API server would take one (a webhook
on the way may not answer yet), it offers one in a dry run, which the server does not keep.

Exit codes: 0 ready, 2 an object says that it has failed for good, 3 out of time, 4 the question itself is wrong
(document, certificate, permission), 130/143 interrupted.
"""
