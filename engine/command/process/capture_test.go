package process

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func lines(logger *lineLogger) *[]string {
	shown := &[]string{}
	logger.show = func(line string) { *shown = append(*shown, line) }
	return shown
}

func TestLinesAreShownWholeHoweverTheyArrive(t *testing.T) {
	logger := &lineLogger{}
	shown := lines(logger)
	for _, part := range []string{"on", "e\ntw", "o\r\nthree"} {
		if _, err := io.WriteString(logger, part); err != nil {
			t.Fatal(err)
		}
	}
	logger.flush()
	if got := strings.Join(*shown, "|"); got != "one|two|three" {
		t.Errorf("shown %q", got)
	}
}

func TestALineWithoutEndIsShownInPieces(t *testing.T) {
	logger := &lineLogger{}
	shown := lines(logger)
	if _, err := io.WriteString(logger, strings.Repeat("x", 3*longestLine)); err != nil {
		t.Fatal(err)
	}
	if len(*shown) == 0 || len(logger.pending) >= longestLine {
		t.Errorf("%d pieces shown, %d bytes held back", len(*shown), len(logger.pending))
	}
}

func TestLoggingChoosesStreams(t *testing.T) {
	for _, c := range []struct {
		logging        Logging
		stdout, stderr bool
	}{
		{Stdout, true, false}, {Stderr, false, true}, {StdoutAndStderr, true, true}, {None, false, false},
	} {
		if c.logging.shows(Stdout) != c.stdout || c.logging.shows(Stderr) != c.stderr {
			t.Errorf("%s: stdout %v, stderr %v", c.logging, c.logging.shows(Stdout), c.logging.shows(Stderr))
		}
	}
	var unset *Logging
	if !unset.shows(Stdout) || !unset.shows(Stderr) {
		t.Error("unset does not show both")
	}
}

func TestOutputLosesOneNewlineAndKeepsStreamsApart(t *testing.T) {
	none := None
	capture := &Capture{}
	stdout, stderr := capture.Writers(t.Context(), &none)
	_, _ = io.WriteString(stdout, "a\n\n")
	_, _ = io.WriteString(stderr, "b\n")
	output, err := capture.Finish("true", nil)
	if err != nil || output != (Output{Stdout: "a\n", Stderr: "b"}) {
		t.Errorf("%+v, %v", output, err)
	}
}

func TestAFailureNamesCauseCommandAndOutput(t *testing.T) {
	none := None
	cause := errors.New("exit status 3")
	capture := &Capture{}
	_, stderr := capture.Writers(t.Context(), &none)
	_, _ = io.WriteString(stderr, "no such node\n")
	_, err := capture.Finish("wait", cause)
	if !errors.Is(err, cause) || err.Error() != "exit status 3: running \"wait\":\nno such node\n" {
		t.Errorf("%v", err)
	}
}

func TestPreviousOutputIsOfferedUnlessRefused(t *testing.T) {
	output := Output{Stdout: "a"}
	no := false
	if got := output.Previous(nil); len(got) != 1 || got[PreviousStdout] != "a" {
		t.Errorf("%v", got)
	}
	if got := output.Previous(&no); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
