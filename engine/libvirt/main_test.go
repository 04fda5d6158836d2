package main

import "testing"

func TestTokensAreThoseOfThePublishedSDK(t *testing.T) {
	want := map[string]string{
		"libvirt_domain":         "libvirt:index/domain:Domain",
		"libvirt_network":        "libvirt:index/network:Network",
		"libvirt_pool":           "libvirt:index/pool:Pool",
		"libvirt_volume":         "libvirt:index/volume:Volume",
		"libvirt_cloudinit_disk": "libvirt:index/cloudInitDisk:CloudInitDisk",
		"libvirt_ignition":       "libvirt:index/ignition:Ignition",
		"libvirt_combustion":     "libvirt:index/combustion:Combustion",
	}
	resources := provider().Resources
	if len(resources) != len(want) {
		t.Errorf("%d resources, want %d", len(resources), len(want))
	}
	for name, token := range want {
		if got := resources[name]; got == nil || string(got.Tok) != token {
			t.Errorf("%s: got %v, want token %s", name, got, token)
		}
	}
}
