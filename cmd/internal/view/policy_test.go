package view

import (
	"testing"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
)

func TestPolicy(t *testing.T) {
	all := []policy.Description{
		{
			ID: "COPY-1", Title: "Three copies", Description: "Data has three copies.", Clauses: []string{"3-2-1"},
			Phases: policy.Phases, Severity: policy.Overridable, Packs: []string{"core"}, Chosen: true,
			Parameters: map[string]policy.Parameter{
				"min_copies": {Type: "number", Default: 3, Direction: "higher", Description: "How many."},
				"classes":    {Type: "list", Default: []string{}, Direction: "superset"},
			},
			Values: map[string]any{"min_copies": 4}, Fix: "Add a copy block.", File: "policies/control/copy_1.rego",
		},
		{ID: "LOC-1", Title: "Data stays in its region", Phases: []policy.Phase{policy.PhasePlan}, Severity: policy.Mandatory, File: "policies/control/loc_1.rego"},
	}
	both(t, "policy-list", "policy-list", func(t *testing.T, o *Output) { must(t, NewPolicy(o).List(all, nil)) })
	both(t, "policy-explain", "policy-explain", func(t *testing.T, o *Output) { must(t, NewPolicy(o).Explain(all[0], nil)) })
	both(t, "policy-explain-other", "policy-explain", func(t *testing.T, o *Output) { must(t, NewPolicy(o).Explain(all[1], nil)) })
	both(t, "policy-explain-unknown", "policy-explain", func(t *testing.T, o *Output) {
		must(t, NewPolicy(o).Explain(policy.Description{}, problems()))
	})
}

func TestAdopt(t *testing.T) {
	r := &engine.AdoptResult{Destination: "destination.filesystem.vault", Lineage: "6f2c", Head: 7, Records: 1234, Outcome: engine.Done}
	both(t, "adopt", "adopt", func(t *testing.T, o *Output) { must(t, NewAdopt(o).Result(r, nil)) })
	both(t, "adopt-failed", "adopt", func(t *testing.T, o *Output) { must(t, NewAdopt(o).Result(nil, problems())) })
}

func TestFormat(t *testing.T) {
	r := &engine.FormatResult{Looked: 2, Changed: []engine.FormattedFile{{
		Path: "main.backstay.hcl", Before: []byte("a=1\nbb = 2\n"), After: []byte("a  = 1\nbb = 2\n"),
	}}}
	both(t, "fmt", "fmt", func(t *testing.T, o *Output) { must(t, NewFormat(o, false).Result(r, nil)) })
	both(t, "fmt-diff", "fmt", func(t *testing.T, o *Output) { must(t, NewFormat(o, true).Result(r, nil)) })
}
