package view

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

func progressAt(p *Progress, kind engine.EventKind, seconds float64, objects, bytes int64) {
	p.Event(engine.Event{
		Kind: kind, At: noon.Add(time.Duration(seconds * float64(time.Second))), Phase: "apply",
		Objects: objects, Bytes: bytes, TotalObjects: 1000, TotalBytes: 100 << 20,
	})
}

// Without a terminal the first line comes after five seconds, then one for
// every ten, and a last one; a short phase says nothing.
func TestProgressInLines(t *testing.T) {
	s := newScreen(false)
	p := NewProgress(&s.Output)
	progressAt(p, engine.PhaseStart, 0, 0, 0)
	for second := 0.5; second <= 30; second += 0.5 {
		progressAt(p, engine.Progress, second, int64(second*10), int64(second*(1<<20)))
	}
	progressAt(p, engine.PhaseEnd, 30.5, 305, 30<<20)
	progressAt(p, engine.PhaseStart, 31, 0, 0)
	progressAt(p, engine.PhaseEnd, 34, 1, 1)
	golden(t, "progress.txt", s.err.Bytes())
}

// On a terminal one line moves, and it is gone before anything else stands there.
func TestProgressOnATerminal(t *testing.T) {
	s := newScreen(false)
	s.Err.Terminal, s.Err.Width = true, 40
	p := NewProgress(&s.Output)
	progressAt(p, engine.PhaseStart, 0, 0, 0)
	progressAt(p, engine.Progress, 1, 500, 50<<20)
	s.Message("hello")
	progressAt(p, engine.Progress, 2, 600, 60<<20)
	progressAt(p, engine.PhaseEnd, 3, 600, 60<<20)
	for segment := range strings.SplitSeq(s.err.String(), "\r") {
		line, _, _ := strings.Cut(segment, "\n")
		if len(line) >= 40 {
			t.Errorf("a line of %d columns wraps: %q", len(line), line)
		}
	}
	if !strings.Contains(s.err.String(), "\r"+strings.Repeat(" ", 39)+"\rhello\n") || !strings.HasSuffix(s.err.String(), " \r") {
		t.Errorf("%q", s.err.String())
	}
}

func TestNothingMovesTheCursor(t *testing.T) {
	s := newScreen(false)
	must(t, s.Diagnostics(diag.List{{
		Summary: "S\x1b[2J", Detail: "a\x07b\xffc\nd", Address: "backup.\x1b", Code: "x",
		Snippet: &diag.Snippet{Code: "\x1b]0;x", StartLine: 1},
	}}))
	for _, r := range s.err.String() {
		if r < ' ' && r != '\n' {
			t.Fatalf("control character %q in %q", r, s.err.String())
		}
	}
}

func TestWrapKeepsToTheWidth(t *testing.T) {
	s := Stream{Width: 40}
	got := s.wrap("  ", strings.Repeat("word ", 30)+"\n  indented stays as it is, however long the line may be\n")
	for line := range strings.Lines(got) {
		if len(line) > 41 && !strings.Contains(line, "indented") {
			t.Errorf("%q", line)
		}
	}
	if !strings.Contains(got, "    indented stays as it is, however long the line may be\n") {
		t.Error(got)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -999: "-999"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 10240: "10 KiB", 1 << 20: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 5 << 40: "5.0 TiB", 1<<63 - 1: "8.0 EiB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 s", 61 * time.Second: "1 min 1 s", 2 * time.Hour: "2 h 0 min", 50 * time.Hour: "2 d 2 h",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %s, want %s", d, got, want)
		}
	}
}

// broken is a stream whose reader has gone.
type broken struct{ after int }

var errGone = errors.New("broken pipe")

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errGone
	}
	return len(p), nil
}

// A write that fails is told, by every view, in text and in JSON.
func TestFailedWritesAreErrors(t *testing.T) {
	for _, json := range []bool{false, true} {
		o := &Output{JSON: json, Out: Stream{W: &broken{}}, Err: Stream{W: &broken{1 << 20}}}
		for name, err := range map[string]error{
			"validate": NewValidate(o).Result(&engine.ValidateResult{Valid: true}, nil),
			"plan":     NewPlan(o).Result(planned(), stream(), nil),
			"check":    NewCheck(o).Result(&engine.CheckResult{Outcome: engine.Done}, nil),
			"apply":    NewApply(o).Result(&engine.ApplyResult{Run: "r"}, engine.Partial, "", nil),
			"verify":   NewVerify(o).Result(&engine.VerifyResult{}, engine.Done, nil),
			"restore":  NewRestore(o, false).Result(&engine.RestoreResult{}, engine.Done, "", nil),
			"drill":    NewDrill(o).Result(&engine.DrillResult{}, engine.Done, nil),
			"version":  NewVersion(o).Result("1"),
		} {
			if !errors.Is(err, errGone) {
				t.Errorf("%s, json %v: %v", name, json, err)
			}
		}
	}
}
