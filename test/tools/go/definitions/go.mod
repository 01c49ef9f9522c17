// Definitions of custom resources, pinned: files of these modules are applied to the control plane of the tests. Nothing is built.
module flagstone.dev/test-definitions

go 1.26.0

require (
	github.com/cilium/cilium v1.20.2
	github.com/external-secrets/external-secrets v1.3.2
	github.com/kedacore/keda/v2 v2.21.0
	k8s.io/autoscaler/vertical-pod-autoscaler v1.8.1
	sigs.k8s.io/gateway-api v1.6.3
)
