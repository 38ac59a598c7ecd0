// Package schema is the domain of Backstay: what a configuration means once it
// is read. Sources, destinations, backup plans with scope, copies and
// retention, holds, releases, waivers and policies, as plain values.
//
// schema/lang makes a Configuration from HCL; policy, diff and apply read it.
// Every attribute keeps the place it was written at. The package knows no HCL,
// touches no disk and no clock.
package schema

import (
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// Configuration is one directory of *.backstay.hcl files, decoded: variables,
// locals and for_each are already expanded. Slices are in source order
// (filename, position; for_each keys sorted).
type Configuration struct {
	Dir          string // absolute; "files only below the configuration"
	Digest       string // canonical digest, "sha256:<hex>"; see Digest rules in schema/lang/spec.md
	Settings     Settings
	Sources      []*Source
	Destinations []*Destination
	Backups      []*Backup
	Holds        []*Hold
	Releases     []*Release
	Shortens     []*Shorten
	Retires      []*Retire
	Moves        []*Moved
	Attests      []*Attest
	Archives     []*Archive
	Prices       []*Price
	Policies     []*Policy
	Waivers      []*Waiver
	Deferred     []Deferred // left out until a data block is answered; a plan needs none
}

// Deferred is a block that could not be decoded yet, because what it needs is
// looked up on the platform when a plan is made.
type Deferred struct {
	Addr   addr.Resource
	Origin Origin
}

// Origin says where a block stands and where each of its attributes was
// written. Attrs is keyed by the attribute's name; its range is the expression's.
// A block that came from for_each or dynamic points at the expression that made
// the value.
type Origin struct {
	Block diag.Range            // the block's header, "backup "runs""
	Attrs map[string]diag.Range // attribute name -> expression
}

// At gives the range of an attribute, or of the block where it is absent.
func (o Origin) At(attr string) diag.Range {
	if r, ok := o.Attrs[attr]; ok {
		return r
	}
	return o.Block
}

// Has tells whether the attribute was written.
func (o Origin) Has(attr string) bool { _, ok := o.Attrs[attr]; return ok }

// Settings is the backstay block.
type Settings struct {
	Origin          Origin
	RequiredVersion string
	State           StateBackend
	AllowedSigners  string // path of an allowed_signers file, relative to Dir
}

// StateBackend is the state block: "sqlite" with Path (relative to Dir,
// default .backstay/state.db), or "postgres" with DSN (never part of a digest).
type StateBackend struct {
	Origin Origin
	Type   string
	Path   string
	DSN    string
}

// Tri is a boolean that may be absent.
type Tri int8

// The values of Tri.
const (
	Unset Tri = iota
	False
	True
)

// Place is what source and destination share: where the data lies. Empty
// strings are absent.
type Place struct {
	Site     string
	Region   string
	Country  string
	Provider string
}

// Source is where data lives. Options holds the attributes of its type
// ("path" for filesystem, "project" for dnanexus, ...) as string, bool,
// float64, []any or map[string]any.
type Source struct {
	Addr   addr.Resource
	Origin Origin
	Place
	ContainsPHI   Tri
	Personal      Tri
	Rights        string // "own", "licensed", "none" or ""
	Subjects      int64  // number of persons; -1 absent
	NIHControlled Tri
	DUAEnd        string // date, 2006-01-02, or ""
	Options       map[string]any
	// Credentials are the secret attributes of the type. They are in no digest,
	// and MUST NOT reach policy input, a plan, a log or the screen.
	Credentials map[string]string
}

// Destination is where copies go. Options as in Source ("path", "prefix",
// "bucket", "project", ...).
type Destination struct {
	Addr   addr.Resource
	Origin Origin
	Place
	Operator      string
	Media         string // "disk", "object", "tape"; "" takes the driver's
	Offline       Tri
	ContainsPHI   Tri
	Restricted    Tri
	Deleters      []string
	Archivist     string
	Attested      []string
	AttestedUntil string
	Lockdown      Tri
	BillTo        string
	Tier          string
	Encryption    *Encryption
	Options       map[string]any
	Credentials   map[string]string // as in Source
}

// Encryption is how a destination encrypts at rest.
type Encryption struct {
	Origin     Origin
	Kind       string // "none", "provider", "customer", "client"
	Key        string
	KeyAccount string
	Rotated    string // date
}

// Backup is a backup plan: the `backup` block.
type Backup struct {
	Addr        addr.Resource
	Origin      Origin
	Source      addr.Resource
	Owner       string
	Reviewed    string // date
	Regimes     []string
	Every       *Term
	Personal    Tri
	Scope       Scope
	Copies      []*Copy
	Retention   Retention
	Objective   Objective
	Verify      Verify
	RestoreTest *RestoreTest
	Approvals   *Approvals
	Budget      *Budget
	Alert       *Alert
	Erasure     *Erasure
	Limits      Limits
}

// Scope says which objects of the source a backup plan protects. An object is
// in scope if any include matches and no exclude does; its class is that of the
// first include that matches. With no include, everything is in scope.
type Scope struct {
	Origin   Origin
	Includes []*Selector
	Excludes []*Selector
	Shared   string // "include" or "exclude" (default): objects that others own
}

// Selector is one include or exclude block, or the match of a hold. Attributes
// combine with and, the values of one attribute with or.
type Selector struct {
	Origin      Origin
	Paths       []string // globs from the source's root; see schema/lang/spec.md
	Names       []string // globs on the last path element
	Kinds       []string // "file", "directory", "symlink", "applet", ...
	Types       []string
	Tags        []string
	Properties  map[string]string
	IDs         []string
	LargerThan  int64 // bytes; -1 absent
	SmallerThan int64 // bytes; -1 absent
	OlderThan   *Term
	NewerThan   *Term
	Class       string
	Reason      string // exclude: why
	Owner       string // exclude: who answers for it
	Method      string // exclude: what makes it again
	Inputs      []string
}

// Copy is one copy block of a backup plan.
type Copy struct {
	Name         string
	Origin       Origin
	To           addr.Resource
	Purpose      string // "recovery" (default) or "record"
	Tier         string
	ArchiveAfter *Term
	Deep         bool // default true
	Metadata     bool // default true
	Lock         *Lock
}

// Lock is an object lock that a copy asks of its store.
type Lock struct {
	Origin Origin
	Mode   string // "governance" or "compliance"
	For    Term
}

// Retention is how long copies are kept; see engine/retention for the rules.
type Retention struct {
	Origin         Origin
	Keep           *Term
	KeepMax        *Term
	KeepLast       int // default 1
	KeepDaily      int
	KeepWeekly     int
	KeepMonthly    int
	KeepYearly     int
	KeepSuperseded Term   // default 90d
	Quarantine     Term   // default 30d
	Anchor         string // default "created"
}

// Objective is what the backup plan promises: recovery point and time.
type Objective struct {
	Origin Origin
	RPO    *Term
	RTO    *Term
}

// Verify says how copies are proved.
type Verify struct {
	Origin    Origin
	Present   bool
	Algorithm string // "sha256" (default) or "blake3"
	Scrub     *Term
}

// RestoreTest is the restore_test block.
type RestoreTest struct {
	Origin  Origin
	Every   Term
	Sample  int
	Command []string
	Target  string // folder for restored samples; "" takes a temporary one
}

// Approvals says how many persons must approve a removal.
type Approvals struct {
	Origin Origin
	Delete int
}

// Budget bounds cost, in the price book's currency or bytes.
type Budget struct {
	Origin                   Origin
	Month, Egress, Retrieval float64 // -1 absent
}

// Alert says who is told.
type Alert struct {
	Origin Origin
	To     []string
}

// Erasure says how fast an erased subject leaves the copies.
type Erasure struct {
	Origin Origin
	MaxLag *Term
	List   string
}

// Limits are the brakes' figures. Ratios are shares of 1; -1 means absent and
// takes the default.
type Limits struct {
	Origin        Origin
	RetireRatio   float64 // 0.05
	RetireObjects int64   // 1000
	RetireBytes   int64   // 10 TiB
	SourceLoss    float64 // 0.25
	SourceChange  float64 // 0.25
}

// DefaultLimits are the brakes of design.md, section 2.
var DefaultLimits = Limits{
	RetireRatio: 0.05, RetireObjects: 1000, RetireBytes: 10 << 40,
	SourceLoss: 0.25, SourceChange: 0.25,
}

// Hold keeps objects whatever their term says. Targets names backup plans,
// sources or destinations; Match selects objects among them.
type Hold struct {
	Addr    addr.Resource
	Origin  Origin
	Match   *Selector
	Targets []addr.Resource
	Reason  string
	Owner   string
}

// Approval is one approved_by entry: a claim, and the detached SSH signature
// that proves it, where one is given.
type Approval struct {
	By        string
	Signature string // path of a .sig file below Dir, or ""
}

// Release ends a hold.
type Release struct {
	Addr       addr.Resource
	Origin     Origin
	Hold       string // name of the hold
	Targets    []addr.Resource
	Reason     string
	ApprovedBy []Approval
}

// Shorten lowers the terms of existing copies.
type Shorten struct {
	Addr       addr.Resource
	Origin     Origin
	Targets    []addr.Resource
	Reason     string
	ApprovedBy []Approval
}

// Retire gives up the copies of a removed or living backup plan.
type Retire struct {
	Addr       addr.Resource
	Origin     Origin
	Targets    []string // addresses; a removed backup plan is named by its old address
	Match      *Selector
	Reason     string
	ApprovedBy []Approval
}

// Moved renames a label without moving a copy.
type Moved struct {
	Origin   Origin
	From, To string // addresses
}

// Attest records a fact that no machine decides.
type Attest struct {
	Addr    addr.Resource
	Origin  Origin
	Match   *Selector
	Fact    string
	Date    string
	Owner   string
	Expires string
}

// Archive changes the tier of objects in place; never counts as a copy.
type Archive struct {
	Addr      addr.Resource
	Origin    Origin
	Source    addr.Resource
	Match     *Selector
	After     *Term
	AllCopies bool
	Tier      string // "archived" (default), or "live": brought back
}

// Price overrides one line of the price book.
type Price struct {
	Origin                 Origin
	Provider, Region, Tier string
	Options                map[string]any
}

// Policy brings a set of controls: one of Pack, Path, Bundle.
type Policy struct {
	Addr       addr.Resource
	Origin     Origin
	Pack       string
	Path       string
	Bundle     string
	Namespaces []string
	Params     map[string]any
}

// Waiver lets one overridable control fail for named subjects until a date.
type Waiver struct {
	Addr       addr.Resource
	Origin     Origin
	Control    string
	Targets    []string // addresses
	Reason     string
	Ticket     string
	ApprovedBy []Approval
	Expires    string // date, 2006-01-02: valid through the end of that day, UTC
}
