"""What a change does to a lab, told without the lab: for pull requests, on a runner that can't reach it.

A change is two checkouts, ``base`` and ``head``. The report (Markdown) holds which settings differ and of which change
class, the preview's plan against the recorded state, and the difference of the rendered documents. The preview runs on
an embedded host in the lab's place: an empty libvirt, and an API server that holds the recorded objects. No route leads
out of it, so nothing that it is told can go anywhere but into the report, from which secrets are taken out once more.
"""
