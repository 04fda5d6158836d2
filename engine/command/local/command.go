// Package local runs commands on the machine that runs the engine.
package local

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"rhoso-lab/engine/command/process"
)

// Command is the resource command:local:Command.
type Command struct{}

// Annotate describes the resource in the provider's schema.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A local command to be executed.")
}

// Inputs of a command that runs here.
type Inputs struct {
	process.Lifecycle
	Stdin                  *string            `pulumi:"stdin,optional"`
	Logging                *process.Logging   `pulumi:"logging,optional"`
	Interpreter            *[]string          `pulumi:"interpreter,optional"`
	Dir                    *string            `pulumi:"dir,optional"`
	Environment            *map[string]string `pulumi:"environment,optional"`
	AssetPaths             *[]string          `pulumi:"assetPaths,optional"`
	ArchivePaths           *[]string          `pulumi:"archivePaths,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
}

// State is what is recorded: the inputs, and what the last run left behind.
type State struct {
	Inputs
	process.Output
	Assets  *map[string]*types.AssetOrArchive `pulumi:"assets,optional"`
	Archive *resource.Archive                 `pulumi:"archive,optional"`
}

// Create runs the create command. The id says nothing; nobody looks it up.
func (*Command) Create(
	ctx context.Context, request infer.CreateRequest[Inputs],
) (infer.CreateResponse[State], error) {
	id, err := resource.NewUniqueHex(request.Name, 8, 0)
	state := State{Inputs: request.Inputs}
	if err == nil && !request.DryRun {
		err = state.run(ctx, request.Inputs.Create)
	}
	return infer.CreateResponse[State]{ID: id, Output: state}, err
}

// Update runs the update command, or create again where there is none.
func (*Command) Update(
	ctx context.Context, request infer.UpdateRequest[Inputs, State],
) (infer.UpdateResponse[State], error) {
	state := request.State
	state.Inputs = request.Inputs
	if request.DryRun {
		return infer.UpdateResponse[State]{Output: state}, nil
	}
	err := state.run(ctx, state.OnUpdate())
	return infer.UpdateResponse[State]{Output: state}, err
}

// Delete runs the delete command.
func (*Command) Delete(
	ctx context.Context, request infer.DeleteRequest[State],
) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, request.State.run(ctx, request.State.Delete)
}
