package process

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	provider "github.com/pulumi/pulumi-go-provider"
)

// Capture keeps both streams of a command, apart and in the order they came,
// and passes whole lines on to the engine's display as Logging allows.
type Capture struct {
	mutex                    sync.Mutex
	stdout, stderr, together bytes.Buffer
	logged                   []*lineLogger
}

// Writers returns the ends that the command writes to. They may be used at the
// same time; lines of the two streams do not mix.
func (c *Capture) Writers(ctx context.Context, logging *Logging) (stdout, stderr io.Writer) {
	stream := func(kept *bytes.Buffer, name Logging) io.Writer {
		targets := []io.Writer{kept, &c.together}
		if logging.shows(name) {
			logger := &lineLogger{show: provider.GetLogger(ctx).InfoStatus}
			c.logged = append(c.logged, logger)
			targets = append(targets, logger)
		}
		return &guarded{mutex: &c.mutex, Writer: io.MultiWriter(targets...)}
	}
	return stream(&c.stdout, Stdout), stream(&c.stderr, Stderr)
}

// Finish closes the capture after the command has ended. A command that failed
// gives one error with its cause, its own text and everything it had printed.
func (c *Capture) Finish(command string, failure error) (Output, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, logger := range c.logged {
		logger.flush()
	}
	if failure != nil {
		return Output{}, fmt.Errorf("%w: running %q:\n%s", failure, command, c.together.String())
	}
	return Output{
		Stdout: strings.TrimSuffix(c.stdout.String(), "\n"),
		Stderr: strings.TrimSuffix(c.stderr.String(), "\n"),
	}, nil
}

type guarded struct {
	mutex *sync.Mutex
	io.Writer
}

func (g *guarded) Write(data []byte) (int, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.Writer.Write(data)
}

// longestLine bounds what is shown of a line that does not end, so that a
// command that prints megabytes without a newline is neither held nor lost.
const longestLine = 64 << 10

type lineLogger struct {
	show    func(string)
	pending []byte
}

func (l *lineLogger) Write(data []byte) (int, error) {
	l.pending = append(l.pending, data...)
	for {
		end := bytes.IndexByte(l.pending, '\n')
		switch {
		case end >= 0:
			l.show(strings.TrimSuffix(string(l.pending[:end]), "\r"))
			l.pending = l.pending[end+1:]
		case len(l.pending) >= longestLine:
			l.flush()
			return len(data), nil
		default:
			return len(data), nil
		}
	}
}

func (l *lineLogger) flush() {
	if len(l.pending) > 0 {
		l.show(string(l.pending))
		l.pending = nil
	}
}
