"""``OpenStackNamespace``: where every OpenStack object lives, and the credentials they share."""

from __future__ import annotations

from pulumi import ComponentResource, Resource, ResourceOptions

from components.cluster_access import ClusterAccess
from components.objects import namespace, secret
from components.teardown import unclaimed
from manifests import namespaces, osp_secret
from manifests.credentials import Credentials


class OpenStackNamespace(ComponentResource):
    """``made`` is the namespace, ``credentials`` its osp-secret."""

    made: Resource
    credentials: Resource

    def __init__(
        self,
        name: str,
        called: str,
        credentials: Credentials,
        cluster: ClusterAccess,
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("rhoso:openstack:OpenStackNamespace", name, None, opts)
        manifest = namespaces.render(called)
        free = unclaimed(f"{name}-unclaimed", [manifest], cluster, self)
        self.made = namespace(f"{name}-namespace", manifest, self, free)
        self.credentials = secret(
            f"{name}-{osp_secret.NAME}", osp_secret.render(called, credentials), self, [self.made]
        )
        self.register_outputs({"namespace": called})
