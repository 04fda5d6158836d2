"""A stand-in for `oc`, as far as a node that joins a cluster needs it: `version` and `adm node-image create`.

The real one starts a pod in the cluster that makes the ISO (openshift/oc pkg/cli/admin/nodeimage, openshift/installer
cmd/node-joiner). There are no such images here, so this one makes it itself, from the same nodes-config.yaml and by the
same rules, and asks the running cluster what the pod would ask it. Like the installer's stand-in it shares no code with
the program under rehearsal.
"""
