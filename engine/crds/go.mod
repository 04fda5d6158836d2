// Nothing is compiled here: these modules carry the CRD files that the rehearsal's
// API server needs. Each is downloaded alone, so the graph below them is never read.
module rhoso-lab/engine/crds

go 1.24.0

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/k8snetworkplumbingwg/network-attachment-definition-client v1.7.6
	github.com/metallb/metallb-operator v0.14.2
	github.com/openshift/api v0.0.0-20250710004639-926605d3338b
	github.com/openshift/lvm-operator/v4 v4.20.0
	github.com/openstack-k8s-operators/infra-operator/apis v0.6.0
	github.com/openstack-k8s-operators/keystone-operator/api v0.6.0
	github.com/openstack-k8s-operators/openstack-operator/apis v0.6.0
	github.com/openstack-k8s-operators/test-operator/api v0.6.1-0.20251127114833-80f76294e428
	github.com/operator-framework/api v0.31.0
	go.universe.tf/metallb v0.14.9
)
