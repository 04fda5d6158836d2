"""Drives ``openshift-install``: run by pulumi-command as ``python3 -m installer STEP``, one JSON document on stdin.

Standard library only and Python 3.9: these steps run under whatever ``python3`` the client has on PATH, so that no
path of the client ends up in a resource's inputs.
"""
