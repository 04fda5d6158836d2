"""Faults of every kind against a lab in miniature, each followed by what a person would do; docs/faults.md tells."""
