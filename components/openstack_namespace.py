"""``OpenStackNamespace``: where every OpenStack object lives, and the credentials they share."""

from __future__ import annotations

import pulumi_kubernetes as kubernetes
from pulumi import ComponentResource, Output, ResourceOptions

from manifests import namespaces, osp_secret
from manifests.credentials import Credentials


class OpenStackNamespace(ComponentResource):
    """``namespace`` is its name, known only once it exists, so that what lives in it comes after it."""

    namespace: Output[str]

    def __init__(
        self, name: str, namespace: str, credentials: Credentials, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("rhoso:openstack:OpenStackNamespace", name, None, opts)
        child = ResourceOptions(parent=self)
        made = kubernetes.core.v1.Namespace(
            f"{name}-namespace", metadata=namespaces.render(namespace)["metadata"], opts=child
        )
        self.namespace = made.metadata.apply(lambda metadata: metadata.name)
        kubernetes.core.v1.Secret(
            f"{name}-{osp_secret.NAME}",
            metadata={"name": osp_secret.NAME, "namespace": self.namespace},
            string_data=Output.secret(osp_secret.data(credentials)),
            opts=child,
        )
        self.register_outputs({"namespace": self.namespace})
