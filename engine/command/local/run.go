package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"rhoso-lab/engine/command/process"
)

// grace is how long a cancelled command may clean up before it is killed.
const grace = 10 * time.Second

// run executes one command and puts its outcome into the state; nil runs
// nothing. After a failure the state is as it was before.
func (s *State) run(ctx context.Context, command *string) error {
	if command == nil {
		return nil
	}
	child := s.child(ctx, *command)
	capture := &process.Capture{}
	child.Stdout, child.Stderr = capture.Writers(ctx, s.Logging)
	output, err := capture.Finish(*command, child.Run())
	if err != nil {
		return err
	}
	if s.AssetPaths != nil {
		assets, err := find(child.Dir, *s.AssetPaths)
		if err != nil {
			return err
		}
		s.Assets = &assets
	}
	if s.ArchivePaths != nil {
		if s.Archive, err = archive(child.Dir, *s.ArchivePaths); err != nil {
			return err
		}
	}
	s.Output = output
	return nil
}

// child prepares the process: interpreter, directory, environment, input, and
// what a cancelled operation does to it.
func (s *State) child(ctx context.Context, command string) *exec.Cmd {
	arguments := []string{"/bin/sh", "-c"}
	if s.Interpreter != nil && len(*s.Interpreter) > 0 {
		arguments = append([]string{}, *s.Interpreter...)
	}
	arguments = append(arguments, command)
	child := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	child.Dir = "."
	if s.Dir != nil {
		child.Dir = *s.Dir
	}
	child.Env = os.Environ()
	if s.Environment != nil {
		for name, value := range *s.Environment {
			child.Env = append(child.Env, fmt.Sprintf("%s=%s", name, value))
		}
	}
	for name, value := range s.Previous(s.AddPreviousOutputInEnv) {
		child.Env = append(child.Env, fmt.Sprintf("%s=%s", name, value))
	}
	if s.Stdin != nil && *s.Stdin != "" {
		child.Stdin = strings.NewReader(*s.Stdin)
	}
	child.Cancel = func() error { return terminate(child.Process.Pid, grace) }
	child.WaitDelay = grace + time.Second
	return child
}

// archive packs what the globs find into one archive value.
func archive(dir string, globs []string) (*resource.Archive, error) {
	found, err := find(dir, globs)
	if err != nil {
		return nil, err
	}
	members := map[string]any{}
	for path, member := range found {
		members[path] = member.Asset
	}
	return resource.NewAssetArchive(members)
}
