"""`make destroy`: ends a stack in whatever state it is, and tells what is left of it.

A plain `pulumi destroy` does it in most states. It stops at a machine or network that somebody removed by hand (an
error to libvirt's plugin, traps 24), takes the volumes of a pool that is stopped for gone, waits for ever for a libvirt
that does not answer (traps 13), and does not know of what no state knows.
"""
