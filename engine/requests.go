package engine

import (
	"context"
	"iter"
	"time"

	"github.com/backstay/backstay/engine/cost"
	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

// Judgement is what policies said, in any phase.
type Judgement struct {
	Findings []policy.Finding
	Controls []policy.ControlCount
	Blocked  bool // something denies
	Counters policy.Counters

	sources  *lang.Sources
	policies *policy.Engine
}

// Snippet is the source that a finding's range points at, in the configuration
// or in the policies that it brings; nil where neither is at hand.
func (j *Judgement) Snippet(r *diag.Range) *diag.Snippet {
	if r == nil {
		return nil
	}
	if s := j.sources.Snippet(*r); s != nil || j.policies == nil {
		return s
	}
	return j.policies.Snippet(*r)
}

// InitRequest asks for a starter configuration.
type InitRequest struct {
	From string // "filesystem", "dnanexus" or "s3"
}

// InitResult says what Init wrote.
type InitResult struct {
	Files []string // paths that were written; existing ones are left alone
	State string   // path of the state
}

// ValidateResult is the answer of Validate.
type ValidateResult struct {
	Judgement
	Valid        bool
	ConfigDigest string
	PolicyDigest string
	Outcome      Outcome
}

// PlanRequest asks for a plan.
type PlanRequest struct {
	Out      string // plan file to write; "" keeps it only for this result
	Targets  []string
	Excludes []string
	AsOf     time.Time // zero: now
	Refresh  string    // "none", "quick" (default), "deep"
	Checksum bool
	Allow    []string
}

// PlanResult is a plan, fresh or read from a file. Close it.
type PlanResult struct {
	Judgement
	Header  plan.Header
	Summary plan.Summary
	Digest  string // of the plan file, for -approve-digest
	Path    string // where it lies; "" if it was only for this result
	Outcome Outcome

	changes func(context.Context) iter.Seq2[*plan.Change, error]
	close   func() error
	kept    string // where it lies, even if only for this result
	// forecast is what the plan costs, part by part; nil of one that was read, or
	// that compared nothing.
	forecast *cost.Forecast
}

// Changes streams the changes in address order; the value is valid until the
// next step.
func (r *PlanResult) Changes(ctx context.Context) iter.Seq2[*plan.Change, error] {
	if r.changes == nil {
		return noChanges(ctx)
	}
	return r.changes(ctx)
}

// Close removes what was kept only for this result.
func (r *PlanResult) Close() error {
	if r == nil || r.close == nil {
		return nil
	}
	return r.close()
}

// ApplyRequest asks to carry out a plan: the one in File, or with an empty File
// one made now by Plan and shown to Confirm.
type ApplyRequest struct {
	File          string
	Plan          PlanRequest
	Confirm       func(*PlanResult) bool // nil: approved already
	ApproveDigest string                 // refuse any plan but this one
	Partial       bool
	Resume        bool
	Parallelism   int // per destination; 0 takes the default
	Allow         []string
	Drain         <-chan struct{} // closed: finish batches under way, then stop
}

// ApplyResult is what Apply did.
type ApplyResult struct {
	Judgement
	Plan     *PlanResult // nil where none was made or read
	Run      string
	Done     map[plan.Action]plan.Count
	Skipped  int64 // source objects that moved since the plan
	Failed   int64
	Left     int64     // not begun
	Problems []Problem // the first of what was skipped or failed; the counts are whole
	Settled  int64     // intents of an earlier run that were settled first
	Resume   string    // the exact command that carries on, where something is left
	Outcomes []Outcome
}

// CheckResult is the answer of Check: is it true today?
type CheckResult struct {
	Judgement
	Coverage []Coverage
	Orphans  plan.Count // copies that no backup plan claims
	Trend    *Trend     // nil: no check is on record
	Outcome  Outcome
}

// Coverage is what one backup plan protects today.
type Coverage struct {
	Backup       string
	Source       string
	Objects      plan.Count // regular objects of the last applied inventory in scope
	Protected    plan.Count // with a verified copy at every destination
	Partly       plan.Count // with a verified copy at some
	Unprotected  plan.Count // with none
	Gone         plan.Count // protected, source gone
	OldestCopy   time.Time
	NewestCopy   time.Time
	OldestVerify time.Time
	Destinations []DestinationCoverage
}

// DestinationCoverage is one destination's share of a Coverage.
type DestinationCoverage struct {
	Destination string
	Copies      plan.Count
	Verified    plan.Count
	Damaged     plan.Count
	Retired     plan.Count
}

// VerifyRequest asks to re-read copies.
type VerifyRequest struct {
	Destinations []string      // addresses or names; empty: all
	Path         string        // glob on object paths; "": all
	Sample       int           // 0: all
	OlderThan    time.Duration // only copies verified longer ago
	Parallelism  int
}

// VerifyResult is what a verification found.
type VerifyResult struct {
	Run      string
	Verified plan.Count
	Damaged  plan.Count
	Missing  plan.Count
	Problems []Problem // the first of them; the counts are whole
	// Unreadable copies could not be read to the end: nothing is known of them.
	Unreadable plan.Count
	// Archived copies lie where they cannot be read. They were not, and what is
	// known of them is as old as it was.
	Archived plan.Count
	Outcomes []Outcome
}

// Problem names one object that is not as it should be.
type Problem struct {
	Destination string
	Source      string
	Path        string
	Key         string
	What        string // "damaged", "missing", "unreadable", ...
	Detail      string
}

// RestoreRequest asks for versions back.
type RestoreRequest struct {
	To          string // folder; objects come as To/<source>/<path>
	ToProject   string // a project of the DNAnexus platform instead, by id or name
	InPlace     bool   // into the source's own folder instead
	Overwrite   bool
	Backup      string // address or name; "": all
	Source      string
	Path        string    // glob; "": all
	At          time.Time // state of the objects at this time; zero: last applied inventory
	Gone        bool      // vanished objects too
	From        string    // a destination to restore from; "": the best copy
	Parallelism int
	DryRun      bool
	Rate        string // at which archived copies come back, as the system names it; "" its default
}

// RestoreResult is what a restore brought back.
type RestoreResult struct {
	Run       string
	To        string
	Restored  plan.Count
	Present   plan.Count // already there and equal
	Unarchive Unarchive  // had to come back from a cold tier first
	Entries   int64      // folders and links
	Failed    int64
	Problems  []Problem
	Outcomes  []Outcome

	// What RestoreRequest.At asks for and nobody has any more: objects on record
	// whose copies of that time were removed, objects that were first copied later,
	// and objects that lost copies since of which no name is left.
	Removed, Later, Unnamed int64
}

// DrillRequest asks for a recorded restore test.
type DrillRequest struct {
	Backup string // address or name; "": every one with a restore_test
	Sample int    // 0: as configured
	Rate   string // as for a restore
}

// DrillResult is what a restore test showed.
type DrillResult struct {
	Run      string
	Tests    []record.Evidence
	Problems []Problem
	Outcomes []Outcome
}

// StateListRequest selects copies.
type StateListRequest struct {
	Source      string
	Destination string
	Path        string // glob
	Status      string
}

// StateInfo is the head of the state.
type StateInfo struct {
	Path    string
	Lineage string
	Serial  int64
	Copies  map[string]plan.Count // by status
	Holds   []record.Hold
	Heads   map[string]int64
	Lease   string // who holds it, or ""
}

// RebuildResult is what state rebuild restored.
type RebuildResult struct {
	Lineage      string
	Serial       int64
	Copies       int64
	Holds        int64
	Uncatalogued int64 // objects found without a record, adopted
	Destinations []string
	Damaged      []RebuildDamage // catalogues of which not all could be used
	Outcome      Outcome
}

// RebuildDamage is a destination whose catalogue is damaged.
type RebuildDamage struct {
	Destination string   // address
	Unread      bool     // nothing of it could be used
	Files       []string // that could not be read, each with the reason
	Records     int64    // that they are known to have held
}

// AuditResult is the verified chain of runs.
type AuditResult struct {
	Entries  int64
	First    time.Time
	Last     time.Time
	Broken   string // "" or what is wrong with the first bad link
	Places   []AuditPlace
	Outcome  Outcome
	Warnings diag.List
}

// AuditPlace is one place that the chain was compared with.
type AuditPlace struct {
	Place   string // "state" or a destination
	Entries int64
	Head    string
	Agrees  bool
}
