"""Looks for the stack's own secrets where none may be: state, history, logs, the git tree, processes, readable files.

A finding names the place and the secret by its label; no value is ever printed, and none leaves this process.
"""
