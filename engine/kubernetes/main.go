// Command pulumi-resource-kubernetes serves the kubernetes provider of tag
// v4.25.0. The module's own main embeds two generated files, so they are copied
// out of the module at build time (see engine/parts.py) and embedded here.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", "4.25.0", schema, terraformMapping)
}
