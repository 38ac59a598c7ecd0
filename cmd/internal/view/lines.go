package view

import (
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// Commands that act print JSON Lines: one object a line, each with a "type".
// The last line has the type "result" and "complete": true.

// lines writes one JSON object a line. An error of the stream is kept for the
// last line to return.
type lines struct {
	o   *Output
	err error
}

func (l *lines) write(v any) {
	b, err := encode(v)
	if err == nil {
		_, err = l.o.Write(append(b, '\n'))
	}
	if l.err == nil {
		l.err = err
	}
}

// eventLine is an engine.Event as a line. Totals that are not known are left
// out.
type eventLine struct {
	Type         string    `json:"type"`
	At           time.Time `json:"at,omitzero"`
	Phase        string    `json:"phase,omitempty"`
	Address      string    `json:"address,omitempty"`
	Action       string    `json:"action,omitempty"`
	Path         string    `json:"path,omitempty"`
	PathB64      string    `json:"path_b64,omitempty"`
	Message      string    `json:"message,omitempty"`
	Objects      int64     `json:"objects"`
	Bytes        int64     `json:"bytes"`
	TotalObjects *int64    `json:"total_objects,omitempty"`
	TotalBytes   *int64    `json:"total_bytes,omitempty"`
	Failed       int64     `json:"failed"`
	Error        string    `json:"error,omitempty"`
}

func lineOf(e engine.Event) eventLine {
	text, b64 := addr.PathJSON(e.Path)
	return eventLine{
		Type: string(e.Kind), At: e.At.UTC(), Phase: e.Phase, Address: e.Address, Action: e.Action,
		Path: text, PathB64: b64, Message: e.Message, Objects: e.Objects, Bytes: e.Bytes,
		TotalObjects: known(e.TotalObjects), TotalBytes: known(e.TotalBytes), Failed: e.Failed, Error: e.Err,
	}
}

// known gives nil for a total that is not known yet.
func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

// diagnosticLine is a diagnostic as a line.
type diagnosticLine struct {
	Type       string           `json:"type"`
	Diagnostic *diag.Diagnostic `json:"diagnostic"`
}

func (l *lines) diagnostics(ds diag.List) {
	for _, d := range ds.Sorted() {
		l.write(diagnosticLine{"diagnostic", &d})
	}
}

// start is the first line of every such output.
type startLine struct {
	Type          string `json:"type"`
	FormatVersion string `json:"format_version"`
	Command       string `json:"command"`
}

func (l *lines) start(command string) { l.write(startLine{"start", FormatVersion, command}) }

// ending is what every last line begins with.
type ending struct {
	Type          string           `json:"type"`
	FormatVersion string           `json:"format_version"`
	Outcome       engine.Outcome   `json:"outcome"`
	Outcomes      []engine.Outcome `json:"outcomes"`
	Run           string           `json:"run,omitempty"`
}

func endingOf(overall engine.Outcome, all []engine.Outcome, run string) ending {
	return ending{"result", FormatVersion, overall, append([]engine.Outcome{}, all...), run}
}
