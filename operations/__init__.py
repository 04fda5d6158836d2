"""Steps that change something in the cluster besides declared objects: approvals, second attempts, retiring, updating.

Run by a Pulumi command as ``python3 -m operations STEP`` with one JSON document on standard input; the result is one
short JSON object on standard output, progress goes to standard error. Every step may be repeated at any time: it looks
at the cluster first and goes on from what it finds. Like ``readiness``, whose client and checks it uses, it needs
nothing but the standard library of Python 3.9 or newer.

Every document has ``api`` (``readiness.spec.api``) and ``timeout`` in seconds; the rest is told by each step's ``run``.

Exit codes: 0 done, 2 failed for good or refused, 3 out of time, 4 the document, the certificate or a permission is
wrong, 130/143 interrupted.
"""
