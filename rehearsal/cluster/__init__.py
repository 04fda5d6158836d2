"""The control plane of the embedded host: what the masters of a rehearsal would run if they were real.

The guests of a rehearsal are far too small for Kubernetes. This daemon watches for installations, and once every
expected machine of one really answers on the machine network it starts a real etcd, kube-apiserver and
kube-controller-manager for it on the installation's API address. The program cannot tell the difference: it reaches
``https://<api address>:6443`` and finds the nodes registered. When the masters are gone, so is the API.
"""
