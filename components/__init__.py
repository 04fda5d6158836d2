"""Pulumi ComponentResources, one file a layer: rendered documents become resources with order, timeouts and deletes."""
