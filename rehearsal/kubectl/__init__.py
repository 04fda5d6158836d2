"""kubectl for the rehearsal's shell, where the machine has none: get, apply, delete, api-resources, version.

Tables come from the server in its own columns, so what it shows is what the real one shows.
"""
