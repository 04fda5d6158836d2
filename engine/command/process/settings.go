// Package process holds what a command here and a command over ssh share: their
// common inputs and outputs, and the capture and streaming of their output.
package process

import "github.com/pulumi/pulumi-go-provider/infer"

// Names of the variables that carry the previous run's output to the next run.
const (
	PreviousStdout = "PULUMI_COMMAND_STDOUT"
	PreviousStderr = "PULUMI_COMMAND_STDERR"
)

// Lifecycle says which command runs when. Any change of an input runs update
// (create where there is none); a change of triggers replaces the resource.
type Lifecycle struct {
	Triggers *[]any  `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Create   *string `pulumi:"create,optional"`
	Update   *string `pulumi:"update,optional"`
	Delete   *string `pulumi:"delete,optional"`
}

// Annotate describes the fields in the provider's schema.
func (l *Lifecycle) Annotate(a infer.Annotator) {
	a.Describe(&l.Triggers, "Values of any type; a change of any of them replaces the resource.")
	a.Describe(&l.Create, "The command that runs when the resource is created.")
	a.Describe(&l.Update, "The command that runs when an input changes; create if not given.")
	a.Describe(&l.Delete, "The command that runs when the resource is deleted.")
}

// OnUpdate is the command that a change of inputs runs, or nil.
func (l *Lifecycle) OnUpdate() *string {
	if l.Update != nil {
		return l.Update
	}
	return l.Create
}

// Output is what a finished command left behind, each without its last newline.
type Output struct {
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Annotate describes the fields in the provider's schema.
func (o *Output) Annotate(a infer.Annotator) {
	a.Describe(&o.Stdout, "The standard output of the command.")
	a.Describe(&o.Stderr, "The standard error of the command.")
}

// Previous lists the previous output as variables for the next run. Empty
// output sets none, and wanted == false sets none at all (nil means wanted).
func (o *Output) Previous(wanted *bool) map[string]string {
	variables := map[string]string{}
	if wanted != nil && !*wanted {
		return variables
	}
	if o.Stdout != "" {
		variables[PreviousStdout] = o.Stdout
	}
	if o.Stderr != "" {
		variables[PreviousStderr] = o.Stderr
	}
	return variables
}

// Logging chooses which streams are shown while the command runs. It does not
// touch what is captured.
type Logging string

// The values that the SDK's enumeration has; nil means StdoutAndStderr.
const (
	Stdout          Logging = "stdout"
	Stderr          Logging = "stderr"
	StdoutAndStderr Logging = "stdoutAndStderr"
	None            Logging = "none"
)

func (l *Logging) shows(stream Logging) bool {
	return l == nil || *l == stream || *l == StdoutAndStderr
}
