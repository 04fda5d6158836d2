package remote

import (
	"context"
	"fmt"
	"strings"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/ssh"

	"rhoso-lab/engine/command/process"
)

// Command is the resource command:remote:Command.
type Command struct{}

// Annotate describes the resource in the provider's schema.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A command to run on a remote host. The connection is established via ssh.")
}

// CommandInputs of a command that runs on another machine.
type CommandInputs struct {
	process.Lifecycle
	Stdin                  *string           `pulumi:"stdin,optional"`
	Logging                *process.Logging  `pulumi:"logging,optional"`
	Connection             *Connection       `pulumi:"connection" provider:"secret"`
	Environment            map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
}

// CommandState is what is recorded: the inputs, and what the last run printed.
type CommandState struct {
	CommandInputs
	process.Output
}

// Create runs the create command.
func (*Command) Create(
	ctx context.Context, request infer.CreateRequest[CommandInputs],
) (infer.CreateResponse[CommandState], error) {
	id, err := resource.NewUniqueHex(request.Name, 8, 0)
	state := CommandState{CommandInputs: request.Inputs}
	if err == nil && !request.DryRun {
		err = state.run(ctx, request.Inputs.Create)
	}
	return infer.CreateResponse[CommandState]{ID: id, Output: state}, err
}

// Update runs the update command, or create again where there is none.
func (*Command) Update(
	ctx context.Context, request infer.UpdateRequest[CommandInputs, CommandState],
) (infer.UpdateResponse[CommandState], error) {
	state := request.State
	state.CommandInputs = request.Inputs
	if request.DryRun {
		return infer.UpdateResponse[CommandState]{Output: state}, nil
	}
	err := state.run(ctx, state.OnUpdate())
	return infer.UpdateResponse[CommandState]{Output: state}, err
}

// Delete runs the delete command.
func (*Command) Delete(
	ctx context.Context, request infer.DeleteRequest[CommandState],
) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, request.State.run(ctx, request.State.Delete)
}

func (s *CommandState) run(ctx context.Context, command *string) error {
	if command == nil {
		return nil
	}
	client, err := s.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	if err := s.setEnvironment(ctx, session); err != nil {
		return err
	}
	if s.Stdin != nil && *s.Stdin != "" {
		session.Stdin = strings.NewReader(*s.Stdin)
	}
	capture := &process.Capture{}
	session.Stdout, session.Stderr = capture.Writers(ctx, s.Logging)
	defer context.AfterFunc(ctx, func() {
		_ = session.Signal(ssh.SIGTERM)
		_ = client.Close()
	})()
	output, err := capture.Finish(*command, session.Run(*command))
	if err != nil {
		return err
	}
	s.Output = output
	return nil
}

// setEnvironment asks the server for variables. Most servers accept few of them:
// one that the program wants must be accepted, the previous output need not.
func (s *CommandState) setEnvironment(ctx context.Context, session *ssh.Session) error {
	const hint = "the server's AcceptEnv must allow it; or write VAR=value in front of the command"
	for name, value := range s.Environment {
		if err := session.Setenv(name, value); err != nil {
			return fmt.Errorf("could not set environment variable %q (%s): %w", name, hint, err)
		}
	}
	for name, value := range s.Previous(s.AddPreviousOutputInEnv) {
		if err := session.Setenv(name, value); err != nil {
			provider.GetLogger(ctx).Warningf("Unable to set %s: %s", name, hint)
		}
	}
	return nil
}
