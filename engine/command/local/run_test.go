package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rhoso-lab/engine/command/process"
)

func pointer[T any](value T) *T { return &value }

// quiet is a state that streams nothing, as no engine listens here.
func quiet() *State { return &State{Inputs: Inputs{Logging: pointer(process.None)}} }

func TestACommandGetsItsInputDirectoryAndEnvironment(t *testing.T) {
	state := quiet()
	state.Dir = pointer(t.TempDir())
	state.Stdin = pointer("typed")
	state.Environment = &map[string]string{"NAME": "a value"}
	if err := state.run(t.Context(), pointer(`cat; echo ":$NAME:$PWD"; echo oops >&2`)); err != nil {
		t.Fatal(err)
	}
	want := process.Output{Stdout: "typed:a value:" + *state.Dir, Stderr: "oops"}
	if state.Output != want {
		t.Errorf("%+v, want %+v", state.Output, want)
	}
}

func TestAnotherInterpreterReplacesTheShell(t *testing.T) {
	state := quiet()
	state.Interpreter = &[]string{"/bin/echo", "-n"}
	if err := state.run(t.Context(), pointer("as $HOME is")); err != nil || state.Stdout != "as $HOME is" {
		t.Errorf("%q, %v", state.Stdout, err)
	}
}

func TestThePreviousOutputReachesTheNextRun(t *testing.T) {
	state := quiet()
	state.Output = process.Output{Stdout: "before"}
	if err := state.run(t.Context(), pointer(`echo "$PULUMI_COMMAND_STDOUT after"`)); err != nil || state.Stdout != "before after" {
		t.Errorf("%q, %v", state.Stdout, err)
	}
	state.AddPreviousOutputInEnv = pointer(false)
	if err := state.run(t.Context(), pointer(`echo "${PULUMI_COMMAND_STDOUT-unset}"`)); err != nil || state.Stdout != "unset" {
		t.Errorf("%q, %v", state.Stdout, err)
	}
}

func TestAFailureTellsExitCodeAndOutputAndKeepsTheState(t *testing.T) {
	state := quiet()
	state.Output = process.Output{Stdout: "before"}
	err := state.run(t.Context(), pointer("echo out; echo why >&2; exit 7"))
	if err == nil || !strings.Contains(err.Error(), "exit status 7") ||
		!strings.Contains(err.Error(), "why") || !strings.Contains(err.Error(), "echo out") {
		t.Errorf("%v", err)
	}
	if state.Stdout != "before" {
		t.Errorf("state became %q", state.Stdout)
	}
}

func TestAMissingDirectoryIsAnError(t *testing.T) {
	state := quiet()
	state.Dir = pointer(filepath.Join(t.TempDir(), "gone"))
	if err := state.run(t.Context(), pointer("true")); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("%v", err)
	}
}

func TestLongOutputArrivesWhole(t *testing.T) {
	state := quiet()
	if err := state.run(t.Context(), pointer("head -c 5000000 /dev/zero | tr '\\0' x")); err != nil || len(state.Stdout) != 5000000 {
		t.Errorf("%d bytes, %v", len(state.Stdout), err)
	}
}

func TestCancellationReachesTheWholeTree(t *testing.T) {
	dir := t.TempDir()
	state := quiet()
	state.Dir = &dir
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- state.run(ctx, pointer(`sh -c 'trap "echo asked > asked; exit 1" TERM; sleep 600 & echo $! > pid; wait'; true`))
	}()
	pid := 0
	for tries := 0; pid == 0 && tries < 500; tries++ {
		time.Sleep(10 * time.Millisecond)
		content, _ := os.ReadFile(filepath.Join(dir, "pid"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(content)))
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("a cancelled command succeeded")
	}
	for tries := 0; syscall.Kill(pid, 0) == nil && tries < 500; tries++ {
		time.Sleep(10 * time.Millisecond)
	}
	if err := syscall.Kill(pid, 0); err == nil {
		t.Error("the grandchild lives on")
	}
	if _, err := os.Stat(filepath.Join(dir, "asked")); err != nil {
		t.Error("the child was not asked to end")
	}
}

func TestGlobsSelectFilesAndTheLastRuleDecides(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"assets/logos/logo.svg", "src/index.js", "src/secret.js", "other"} {
		_ = os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o755)
		_ = os.WriteFile(filepath.Join(dir, path), []byte(path), 0o644)
	}
	found, err := find(dir, []string{"assets/**", "src/**.js", "!**secret.*"})
	paths := []string{}
	for path := range found {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	if err != nil || !slices.Equal(paths, []string{"assets/logos/logo.svg", "src/index.js"}) {
		t.Errorf("%v, %v", paths, err)
	}
}
