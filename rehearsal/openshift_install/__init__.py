"""A stand-in for `openshift-install`, the only program of an OpenShift installation that cannot be had here.

It has the real one's sub-commands for the agent-based flow, reads and consumes the same files, refuses what the real
one refuses (rules of openshift/installer's `pkg/types` and `pkg/asset/agent`, one function a rule), writes the same
files and ends with the same exit codes. Its ISO boots a small guest instead of RHCOS. It is written from the real
program's rules and shares no code with the program under rehearsal, so that an error there cannot hide itself here.
"""
