// Package review says what a change of configuration or policies means: what is
// protected less than before, which recorded copies lose by it, and when.
//
// In go two sides, each a configuration with the description of its policies,
// and optionally what each would do with every recorded copy; out comes one list
// of changes, those that weaken first. Blocks are compared by address and
// attribute, each in the direction that protects; what no direction orders, a
// rewritten rule of Rego for one, is listed as unknown and counts as weakened.
// The package is pure: it opens nothing, asks no clock, and never calls objects
// or bytes zero that it does not know.
package review

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Side is one of the two that are compared.
type Side struct {
	Config   *schema.Configuration
	Controls []policy.Description // those that are asked
	Brought  []policy.Brought     // Rego and data that Backstay does not ship
	Findings []policy.Finding     // of the config phase
	Signers  string               // digest of the allowed signers; "" without
	Fates    iter.Seq2[Fate, error]
	// Meaning compares the rules of the base with those of this side, the new
	// one. Without it their texts alone are compared.
	Meaning *policy.Comparison
}

// Fate is what a side means for one recorded copy. Both sides give the same
// copies in the same order. It is valid until the next step.
type Fate struct {
	Source, Path, Destination string
	Seq                       int
	Size                      int64
	Live                      bool         // the object was at its source
	Wanted                    []string     // claims that want the object there
	Claimed                   []string     // recorded claims that exist
	Held                      []string     // holds on it
	GivenUp                   string       // the retire block that gives it up
	Until                     schema.Until // until when nothing can take it away
	Tier                      string       // where it was moved to, "" nowhere
	Stored                    bool         // its bytes lie at the destination
}

// Effect says what a change does to protection.
type Effect string

// The effects. Unknown counts as weakened: what cannot be told is not a pass.
const (
	Weakened     Effect = "weakened"
	Unknown      Effect = "unknown"
	Strengthened Effect = "strengthened"
	Neutral      Effect = "neutral"
)

// Change is one difference between the sides.
type Change struct {
	Kind      Kind        `json:"kind"`
	Effect    Effect      `json:"effect"`
	Address   string      `json:"address"`
	Attribute string      `json:"attribute,omitempty"`
	Before    string      `json:"before,omitempty"`
	After     string      `json:"after,omitempty"`
	Message   string      `json:"message"`
	Range     *diag.Range `json:"range,omitempty"`      // in the new configuration
	BaseRange *diag.Range `json:"base_range,omitempty"` // in the old one
	Loss      *Loss       `json:"loss,omitempty"`       // nil where no object is concerned
	Money     *Money      `json:"money,omitempty"`      // nil where none is concerned, or nothing is on record
	// Example is a subject that the two policy sets judge differently; Rego
	// judged it on both sides.
	Example *policy.Example `json:"example,omitempty"`
}

// Weakens tells whether the change is one that a reviewer must look at.
func (c *Change) Weakens() bool { return c.Effect == Weakened || c.Effect == Unknown }

// Loss is what a change means for the objects and copies on record. Without a
// record nothing is known, and the figures are nil, never zero.
type Loss struct {
	Known bool `json:"known"`
	// Objects are living objects that are no longer protected as they were: not
	// copied there any more, or kept for less from their next version on.
	Objects *plan.Count `json:"objects,omitempty"`
	// Eligible are recorded copies that may go earlier than before, the first
	// of them at From.
	Eligible *plan.Count  `json:"eligible,omitempty"`
	From     schema.Until `json:"from,omitzero"`
}

// Result is everything that differs, what weakens first, then by kind, address
// and attribute.
type Result struct {
	Changes []Change
}

// Weakened are the changes that a reviewer must look at.
func (r *Result) Weakened() []Change {
	n := slices.IndexFunc(r.Changes, func(c Change) bool { return !c.Weakens() })
	if n < 0 {
		return r.Changes
	}
	return r.Changes[:n]
}

// Run compares the new side with the old one. Errors are those of the fates.
func Run(ctx context.Context, base, head Side) (*Result, error) {
	m := movesOf(head.Config)
	r := &reviewer{base: base, head: head, moves: m}
	r.blocks()
	r.scopes()
	r.policies()
	if err := r.losses(ctx); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.changes, order)
	return &Result{r.changes}, nil
}

// reviewer is one comparison under way.
type reviewer struct {
	base, head Side
	moves      moves
	changes    []Change
}

func (r *reviewer) add(c Change) { r.changes = append(r.changes, c) }

func order(a, b Change) int {
	return cmp.Or(
		cmp.Compare(effectRank(a.Effect), effectRank(b.Effect)),
		cmp.Compare(kindRank(a.Kind), kindRank(b.Kind)),
		strings.Compare(a.Address, b.Address), strings.Compare(a.Attribute, b.Attribute), strings.Compare(a.Message, b.Message),
	)
}

// effectRank puts what must be looked at first; of it, unknown is as loud.
func effectRank(e Effect) int {
	return slices.Index([]Effect{Weakened, Unknown, Strengthened, Neutral}, e)
}

// moves are the labels that the new configuration renamed.
type moves []*schema.Moved

func movesOf(cfg *schema.Configuration) moves { return cfg.Moves }

// now is the present address of an old one, inner blocks included.
func (m moves) now(address string) string {
	for range m { // chains are as long as the list at most
		for _, one := range m {
			if rest, ok := strings.CutPrefix(address, one.From); ok && (rest == "" || rest[0] == '.') {
				address = one.To + rest
			}
		}
	}
	return address
}

// claim is the present name of a claim, BACKUP/COPY.
func (m moves) claim(name string) string {
	b, label := plan.SplitClaim(name)
	moved := m.now(b + ".copy." + label)
	if i := strings.LastIndex(moved, ".copy."); i >= 0 {
		return plan.Claim(moved[:i], moved[i+len(".copy."):])
	}
	return name
}
