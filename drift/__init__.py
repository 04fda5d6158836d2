"""`make drift`: what somebody changed by hand, and what the next `pulumi up` does about it.

A plain `up` compares the settings with the recorded state alone, so it sees nothing of this. Here the engine reads
everything anew and tells what differs, in a preview: neither the state nor the lab is changed (a storage pool that was
stopped is started, for the plugin reads volumes of active pools only).
"""
