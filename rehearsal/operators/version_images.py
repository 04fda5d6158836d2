"""The container images of a version of OpenStack, by the fields of OpenStackVersion's lists (definitions of v0.6.0)."""

from __future__ import annotations

import re

_REGISTRY = "registry.redhat.io/rhoso"
_FIELDS = """
    agent ansibleee aodhAPI aodhEvaluator aodhListener aodhNotifier apache barbicanAPI barbicanKeystoneListener
    barbicanWorker ceilometerCentral ceilometerCompute ceilometerIpmi ceilometerNotification ceilometerSgcore
    cinderAPI cinderBackup cinderScheduler cinderVolume designateAPI designateBackendbind9 designateCentral
    designateMdns designateProducer designateUnbound designateWorker edpmFrr edpmIscsid edpmKepler
    edpmLogrotateCrond edpmMultipathd edpmNeutronDhcpAgent edpmNeutronMetadataAgent edpmNeutronOvnAgent
    edpmNeutronSriovAgent edpmNodeExporter edpmOpenstackNetworkExporter edpmOvnBgpAgent edpmPodmanExporter
    glanceAPI heatAPI heatCfnapi heatEngine horizon infraDnsmasq infraMemcached infraRedis ironicAPI
    ironicConductor ironicInspector ironicNeutronAgent ironicPxe ironicPythonAgent keystoneAPI ksm manilaAPI
    manilaScheduler manilaShare mariadb netUtils neutronAPI novaAPI novaCompute novaConductor novaNovnc
    novaScheduler octaviaAPI octaviaHealthmanager octaviaHousekeeping octaviaRsyslog octaviaWorker
    openstackClient osContainer ovnController ovnControllerOvs ovnNbDbcluster ovnNorthd ovnSbDbcluster
    placementAPI rabbitmq swiftAccount swiftContainer swiftObject swiftProxy telemetryNodeExporter
    testAnsibletest testHorizontest testTempest testTobiko
""".split()


def images(version: str) -> dict[str, str]:
    """Every field, "novaAPIImage": "registry.redhat.io/rhoso/openstack-nova-api-rhel9:18.0.7"; nobody pulls them."""
    return {f"{field}Image": f"{_REGISTRY}/openstack-{_dashed(field)}-rhel9:{version}" for field in _FIELDS}


def _dashed(field: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", field).lower()
