"""A whole KVM host, control plane and guests in miniature, so that the real program can be run anywhere.

`rehearsal` knows nothing of the program: it offers the things a lab has (libvirt at `qemu:///system`, an installer on
PATH, an image for the computes), and the program is pointed at them by the settings of an ordinary stack.
"""
