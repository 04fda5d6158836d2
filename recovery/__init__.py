"""`make recover`: settles what a run of Pulumi left behind that was killed, so that the next `pulumi up` goes on.

After a SIGKILL the file backend stays locked, plugins and steps live on, and what was being made may exist without
being in the state, where the next run would stop at "already exists" (traps 4, 5). Only what recorded evidence shows
to be that run's is touched: processes by the run's own address in their environment, things of libvirt by the state's
pending operations and the stack's mark. A living run is never touched.
"""
