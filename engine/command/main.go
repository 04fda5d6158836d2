// Command pulumi-resource-command stands in for the published plugin of the
// pulumi-command 1.2.1 SDK, whose Go module is on no proxy. It is built on the
// framework that the published plugin uses, so checks, diffs, secrets, previews
// and cancellation are the framework's, and only what a command does is ours.
//
// Left out, because deprecated or not a resource: remote.CopyFile, local.run.
package main

import (
	"context"
	"fmt"
	"os"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"rhoso-lab/engine/command/local"
	"rhoso-lab/engine/command/remote"
)

const (
	name    = "command"
	version = "1.2.1"
)

func build() (provider.Provider, error) {
	return infer.NewProviderBuilder().
		WithDisplayName("Command").
		WithDescription("Runs commands here or over ssh as part of a stack.").
		WithResources(
			infer.Resource(&local.Command{}),
			infer.Resource(&remote.Command{}),
			infer.Resource(&remote.CopyToRemote{}),
		).
		Build()
}

func main() {
	p, err := build()
	if err == nil {
		err = p.Run(context.Background(), name, version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-command:", err)
		os.Exit(1)
	}
}
