"""The operators of a rehearsal's cluster: OLM, and those that it installs, each in miniature.

One process a cluster. It watches the cluster's real API server and gives every object the status that its operator
would give it, once what that operator needs is really there: an object whose needs are not met says so in its own
conditions, as upstream's does, and never becomes ready. A stand-in is a subclass of :class:`.standin.StandIn`; what it
may look at is a :class:`.world.World`; :mod:`.runner` does everything else.
"""
