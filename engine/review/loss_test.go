package review

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

func plans(keep string, paths []string, copies ...string) *schema.Configuration {
	term, err := schema.ParseTerm(keep)
	if err != nil {
		panic(err)
	}
	b := &schema.Backup{
		Addr: addr.Resource{Kind: addr.Backup, Name: "docs"}, Source: addr.Resource{Kind: addr.Source, Type: "filesystem", Name: "docs"},
		Retention: schema.Retention{Keep: &term, KeepSuperseded: term, Quarantine: term},
	}
	if paths != nil {
		b.Scope.Includes = []*schema.Selector{{Paths: paths, LargerThan: -1, SmallerThan: -1}}
	}
	for _, c := range copies {
		b.Copies = append(b.Copies, &schema.Copy{Name: c, To: addr.Resource{Kind: addr.Destination, Type: "filesystem", Name: c}})
	}
	return &schema.Configuration{Backups: []*schema.Backup{b}}
}

func stream(list ...Fate) iter.Seq2[Fate, error] {
	return func(yield func(Fate, error) bool) {
		for _, f := range list {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func fate(path, destination string, until schema.Until, wanted ...string) Fate {
	return Fate{Source: "docs", Path: path, Destination: destination, Seq: 1, Size: 10, Live: true, Wanted: wanted, Claimed: []string{"backup.docs/" + destination}, Until: until}
}

// told are the losses of a result, a line each.
func told(r *Result) string {
	var b strings.Builder
	for _, c := range r.Changes {
		if l := c.Loss; l == nil {
			continue
		} else if !l.Known {
			fmt.Fprintf(&b, "%s %s unknown\n", c.Kind, c.Address)
		} else {
			fmt.Fprintf(&b, "%s %s %d/%d eligible %d/%d %.10s\n", c.Kind, c.Address, l.Objects.Objects, l.Objects.Bytes, l.Eligible.Objects, l.Eligible.Bytes, l.From)
		}
	}
	return b.String()
}

func TestLosses(t *testing.T) {
	soon, later := schema.UntilAt(noon.AddDate(0, 1, 0)), schema.UntilAt(noon.AddDate(1, 0, 0))
	disk, tape := "backup.docs/disk", "backup.docs/tape"
	for name, c := range map[string]struct {
		base, head   *schema.Configuration
		fates, after []Fate
		want         string
	}{
		"scope": {
			plans("1y", nil, "disk", "tape"), plans("1y", []string{"/a/**"}, "disk", "tape"),
			[]Fate{fate("a/1", "disk", schema.UntilOpen, disk), fate("b/1", "disk", schema.UntilOpen, disk), fate("b/1", "tape", schema.UntilOpen, tape)},
			[]Fate{fate("a/1", "disk", schema.UntilOpen, disk), fate("b/1", "disk", later), fate("b/1", "tape", soon)},
			"scope_shrunk backup.docs 1/10 eligible 2/20 2026-04-01\n",
		},
		"copy": {
			plans("1y", nil, "disk", "tape"), plans("1y", nil, "disk"),
			[]Fate{fate("a", "disk", schema.UntilOpen, disk), fate("a", "tape", schema.UntilOpen, tape)},
			[]Fate{fate("a", "disk", schema.UntilOpen, disk), fate("a", "tape", schema.UntilOpen)},
			"copy_lost backup.docs.copy.tape 1/10 eligible 0/0 1970-01-01\n",
		},
		"backup": {
			plans("1y", nil, "disk"), &schema.Configuration{},
			[]Fate{fate("a", "disk", schema.UntilOpen, disk)},
			[]Fate{fate("a", "disk", schema.UntilOpen)},
			"backup_removed backup.docs 1/10 eligible 0/0 1970-01-01\n",
		},
		"retention": {
			plans("1y", nil, "disk"), plans("30d", nil, "disk"),
			[]Fate{fate("a", "disk", schema.UntilOpen, disk), fate("b", "disk", later), fate("c", "disk", soon)},
			[]Fate{fate("a", "disk", schema.UntilOpen, disk), fate("b", "disk", soon), fate("c", "disk", soon)},
			"retention_shortened backup.docs 1/10 eligible 1/10 2026-04-01\n",
		},
		"nothing that the configuration says": {
			plans("1y", nil, "disk"), plans("1y", nil, "disk"),
			[]Fate{fate("a", "disk", later)},
			[]Fate{fate("a", "disk", soon)},
			"eligible_earlier backup.docs 0/0 eligible 1/10 2026-04-01\n",
		},
	} {
		r, err := Run(context.Background(), Side{Config: c.base, Fates: stream(c.fates...)}, Side{Config: c.head, Fates: stream(c.after...)})
		if err != nil {
			t.Fatal(err)
		}
		if got := told(r); got != c.want {
			t.Errorf("%s:\ngot\n%swant\n%s", name, got, c.want)
		}
		r, err = Run(context.Background(), Side{Config: c.base}, Side{Config: c.head})
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range r.Weakened() {
			if l := change.Loss; l != nil && (l.Known || l.Objects != nil || l.Eligible != nil) {
				t.Errorf("%s: figures without a record: %+v", name, l)
			}
		}
	}
}

func TestHoldsAndRetires(t *testing.T) {
	soon := schema.UntilAt(noon.AddDate(0, 1, 0))
	base, head := plans("1y", nil, "disk"), plans("1y", nil, "disk")
	head.Releases = []*schema.Release{{Addr: addr.Resource{Kind: addr.Release, Name: "end"}, Hold: "case"}}
	head.Retires = []*schema.Retire{{Addr: addr.Resource{Kind: addr.Retire, Name: "old"}}}
	held, given := fate("a", "disk", schema.UntilOpen), fate("b", "disk", schema.UntilOpen)
	held.Held = []string{"case"}
	free, gone := fate("a", "disk", soon), fate("b", "disk", schema.UntilAt(noon))
	gone.GivenUp = "retire.old"
	r, err := Run(context.Background(), Side{Config: base, Fates: stream(held, given)}, Side{Config: head, Fates: stream(free, gone)})
	if err != nil {
		t.Fatal(err)
	}
	want := "retire_added retire.old 0/0 eligible 1/10 2026-03-01\nhold_released release.end 0/0 eligible 1/10 2026-04-01\n"
	if got := told(r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Sides that do not see the same record, and streams that break, are errors.
func TestStreamsThatBreak(t *testing.T) {
	cfg := plans("1y", nil, "disk")
	one, two := fate("a", "disk", 1), fate("b", "disk", 1)
	broken := func(yield func(Fate, error) bool) { yield(Fate{}, errors.New("damaged")) }
	for name, sides := range map[string][2]iter.Seq2[Fate, error]{
		"shorter": {stream(one, two), stream(one)}, "longer": {stream(one), stream(one, two)}, "other": {stream(one), stream(two)},
		"broken base": {broken, stream(one)}, "broken head": {stream(one), broken},
	} {
		if _, err := Run(context.Background(), Side{Config: cfg, Fates: sides[0]}, Side{Config: cfg, Fates: sides[1]}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, Side{Config: cfg, Fates: stream(one)}, Side{Config: cfg, Fates: stream(one)}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Controls are compared by id, severity and parameters.
func TestControls(t *testing.T) {
	min := map[string]policy.Parameter{"n": {Type: "number", Direction: "higher"}}
	side := func(all ...policy.Description) Side { return Side{Config: &schema.Configuration{}, Controls: all} }
	one := policy.Description{ID: "A-1", Title: "A", Severity: policy.Mandatory, Parameters: min, Values: map[string]any{"n": 3.0, "undeclared": 1}}
	less := policy.Description{ID: "A-1", Title: "A", Severity: policy.Advisory, Parameters: min, Values: map[string]any{"n": 2.0, "undeclared": 2}}
	r, err := Run(context.Background(), side(one, policy.Description{ID: "B-1"}), side(less, policy.Description{ID: "C-1"}))
	if err != nil {
		t.Fatal(err)
	}
	want := `weakened policy_removed B-1 -
    B-1 () is no longer asked.
weakened severity_lowered A-1 -
    A-1 "A" goes from mandatory to advisory.
weakened parameter_loosened A-1 -
    Parameter n of A-1 "A" goes from 3 to 2.
unknown parameter_loosened A-1 -
    Parameter undeclared of A-1 "A" goes from 1 to 2.
strengthened block_added C-1 -
    C-1 is asked now.
`
	if got := lines(r.Changes); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
