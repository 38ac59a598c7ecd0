// Package engine is the façade of Backstay: each command of the program is one
// method here, a request in, a result and diagnostics out.
//
// It opens configuration, policies, state, sources and destinations, runs them
// through the packages below, and closes them again. Events of long operations
// go to an Observer. The package never prints, never reads flags or the
// environment, and never decides what the packages below decide.
package engine

import (
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/schema/lang"
)

// Options are what every operation needs to know about its surroundings.
type Options struct {
	Dir       string // folder of the configuration
	Language  lang.Options
	Version   string // of the program
	PolicySet string // an organisation's own controls: folder or bundle; "" none
	// PolicyNativeOff asks Rego about every subject (-policy-native=off); the
	// answers are the same.
	PolicyNativeOff bool
	Home            string       // folder of the user who runs it, for logins that other programs keep there; "" none
	User            string       // who runs it, for run records
	Host            string       // where
	Logger          hclog.Logger // nil: silent
	Observer        Observer     // nil: nobody listens
}

// Engine carries out operations for one configuration folder. It is safe for
// one operation at a time.
type Engine struct {
	o     Options
	log   hclog.Logger
	clock clock.Clock
	watch Observer
}

// New makes an engine. It touches nothing yet.
func New(o Options) *Engine {
	e := &Engine{o: o, log: o.Logger, clock: clock.System(), watch: o.Observer}
	if e.log == nil {
		e.log = hclog.NewNullLogger()
	}
	if e.watch == nil {
		e.watch = silent{}
	}
	return e
}

// TestClock tells whether this build takes its clock from the environment; such
// a build says so on every run and is never released.
func TestClock() bool { return clock.TestClock }

// Now is the engine's clock, for views that show ages.
func (e *Engine) Now() time.Time { return e.clock.Now() }

// Outcome is how an operation ended, apart from its diagnostics. The exit code
// is made of outcomes in one place of cmd.
type Outcome string

// The outcomes.
const (
	Done        Outcome = "done"        // or nothing to do
	Failed      Outcome = "failed"      // an error; damage found
	Changes     Outcome = "changes"     // a plan that proposes changes
	Denied      Outcome = "denied"      // by policy or brake
	Stale       Outcome = "stale"       // the plan no longer fits
	Locked      Outcome = "locked"      // somebody else holds the lease
	Partial     Outcome = "partial"     // applied in part
	Declined    Outcome = "declined"    // at the prompt
	Interrupted Outcome = "interrupted" // by the user
)

// Event is one thing that happened during a long operation.
type Event struct {
	Kind    EventKind
	At      time.Time
	Phase   string // "inventory", "plan", "judge", "apply", "verify", "restore", ...
	Address string // what it is about: a source, a destination, a change
	Action  string
	Path    string
	Message string
	// Totals of the phase so far, and what is expected; -1 unknown.
	Objects, Bytes, TotalObjects, TotalBytes int64
	Failed                                   int64
	Err                                      string
}

// EventKind says what an event tells.
type EventKind string

// The kinds of event. Progress comes at most a few times a second and at least
// every five seconds while a phase runs.
const (
	PhaseStart EventKind = "phase_start"
	Progress   EventKind = "progress"
	PhaseEnd   EventKind = "phase_end"
	Item       EventKind = "item"    // one object done (apply, verify, restore) where details are asked for
	Skipped    EventKind = "skipped" // one object not done, with the reason
	Trouble    EventKind = "problem" // one object failed
	Notice     EventKind = "notice"  // a sentence for the user
)

// Observer is told about events, from several goroutines, one at a time. It
// must not block for long.
type Observer interface{ Event(Event) }

type silent struct{}

func (silent) Event(Event) {}

// ExitCode is the program's exit code for an outcome (design.md, section 6).
func (o Outcome) ExitCode() int {
	codes := map[Outcome]int{
		Failed: 1, Changes: 2, Denied: 3, Stale: 4, Locked: 5, Partial: 6, Declined: 7, Interrupted: 130,
	}
	return codes[o]
}
