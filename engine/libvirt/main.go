// Command pulumi-resource-libvirt bridges terraform-provider-libvirt under the
// tokens of the published pulumi-libvirt 0.5.4 SDK. It is built only where the
// published plugin can't be downloaded: that plugin's own module is on no proxy.
package main

import (
	"github.com/dmacvicar/terraform-provider-libvirt/libvirt"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
)

const (
	name    = "libvirt"
	version = "0.5.4"
	module  = "index"
	// autoNameLimit is the longest name that the published plugin generates for
	// a resource whose program gives none.
	autoNameLimit = 255
)

func provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:         shimv2.NewProvider(libvirt.Provider()),
		Name:      name,
		Version:   version,
		GitHubOrg: "dmacvicar",
		Config: map[string]*tfbridge.SchemaInfo{
			"uri": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"LIBVIRT_DEFAULT_URI"}}},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			// Terraform writes "cloudinit" as one word, the SDK as two.
			"libvirt_cloudinit_disk": {Tok: tfbridge.MakeResource(name, module, "CloudInitDisk")},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("libvirt_", module, tokens.MakeStandard(name)))
	info.SetAutonaming(autoNameLimit, "-")
	return info
}

func main() {
	// The schema serves code generation only; the bridge needs no more than a name.
	tfbridge.Main(name, version, provider(), []byte(`{"name":"`+name+`"}`))
}
