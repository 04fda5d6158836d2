"""The command ``openstack`` of a rehearsal, and the cloud behind it: one file, and the computes that really run.

A Job with the client's image finds it first on its PATH (jobs.py). It knows the commands that this project's scripts
use, with exactly their options, and refuses every other one, so that a script that needs more is noticed. What Nova and
OVN know of computes is asked of the machines themselves, each time.
"""
