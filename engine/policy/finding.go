package policy

import (
	"github.com/backstay/backstay/schema/diag"
)

// Phase is when a control is asked.
type Phase string

// The phases.
const (
	PhaseConfig Phase = "config" // validate: is the intent right?
	PhasePlan   Phase = "plan"   // plan and apply: is this step allowed?
	PhaseState  Phase = "state"  // check: is it true today?
)

// Phases lists all phases in the order in which they run.
var Phases = []Phase{PhaseConfig, PhasePlan, PhaseState}

// Severity says what a fail means.
type Severity string

// The severities, strictest first: mandatory has no waiver, overridable has,
// advisory never blocks.
const (
	Mandatory   Severity = "mandatory"
	Overridable Severity = "overridable"
	Advisory    Severity = "advisory"
)

// rank orders severities; greater is stricter.
func (s Severity) rank() int {
	switch s {
	case Mandatory:
		return 2
	case Overridable:
		return 1
	}
	return 0
}

// Result is what a control says of one subject.
type Result string

// The results. Findings carry fail, warn, waived, unknown and deferred; pass
// and not_applicable are counted.
const (
	Pass          Result = "pass"
	Fail          Result = "fail"
	Warn          Result = "warn"
	Waived        Result = "waived"
	Unknown       Result = "unknown"
	Deferred      Result = "deferred"
	NotApplicable Result = "not_applicable"
)

// Finding is one thing that a control has to say. It mirrors findings[] of the
// JSON documents.
type Finding struct {
	Control  string      `json:"control"`
	Title    string      `json:"title,omitempty"`
	Severity Severity    `json:"severity"`
	Result   Result      `json:"result"`
	Phase    Phase       `json:"phase"`
	Message  string      `json:"message"`
	Address  string      `json:"address,omitempty"`
	Range    *diag.Range `json:"range,omitempty"`
	Waiver   *WaiverNote `json:"waiver,omitempty"`
	Evidence any         `json:"evidence,omitempty"`
	Clauses  []string    `json:"clauses,omitempty"`
	Rule     *diag.Range `json:"rule,omitempty"`  // the Rego rule that spoke
	Brake    string      `json:"brake,omitempty"` // name of the brake that it is
	Final    bool        `json:"final,omitempty"` // a brake that -allow does not let pass
}

// Blocks tells whether the finding stops what was asked for.
func (f *Finding) Blocks() bool {
	return f.Severity != Advisory && (f.Result == Fail || f.Result == Unknown)
}

// pull makes a finding one of a brake. A brake that -allow names lets pass is
// waived by the operator, for this run.
func (f *Finding) pull(brake string, allowed bool) {
	f.Brake = brake
	if allowed {
		f.Result = Waived
		f.Waiver = &WaiverNote{Name: "-allow=" + brake}
	}
}

// WaiverNote is the waiver beside what it let through. Verified says that every
// approver's signature was checked; otherwise the view says "approver not
// verified". Name is "-allow=NAME" where a brake was let pass by the operator.
type WaiverNote struct {
	Name       string   `json:"name"`
	Address    string   `json:"address,omitempty"`
	Reason     string   `json:"reason,omitempty"`
	Ticket     string   `json:"ticket,omitempty"`
	ApprovedBy []string `json:"approved_by,omitempty"`
	Verified   bool     `json:"verified"`
	Expires    string   `json:"expires,omitempty"`
}

// ControlCount is what one control decided in one phase: how many subjects it
// met, and how it judged them. A control that met none is not_applicable, and
// Reason says why.
type ControlCount struct {
	Control       string   `json:"control"`
	Title         string   `json:"title,omitempty"`
	Severity      Severity `json:"severity"`
	Packs         []string `json:"packs,omitempty"`
	Subjects      int64    `json:"subjects"`
	Pass          int64    `json:"pass"`
	Fail          int64    `json:"fail"`
	Warn          int64    `json:"warn"`
	Waived        int64    `json:"waived"`
	Unknown       int64    `json:"unknown"`
	Deferred      int64    `json:"deferred"`
	NotApplicable int64    `json:"not_applicable"`
	// Omitted is the number of findings that were counted and not kept.
	Omitted int64  `json:"omitted,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// Counters tell how the work was done: subjects that the native predicates
// decided alone, and questions that Rego was asked.
type Counters struct {
	Native int64 `json:"native"`
	Rego   int64 `json:"rego"`
}

// Report is the outcome of one phase. Findings are in a fixed order: control,
// then the order in which subjects came. Blocked says that a finding blocks.
type Report struct {
	Phase       Phase
	Findings    []Finding
	Controls    []ControlCount
	Blocked     bool
	Counters    Counters
	Diagnostics diag.List // about the policies themselves, such as a pack that decided nothing
}
