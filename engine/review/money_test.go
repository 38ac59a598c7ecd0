package review

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// priced gives a configuration destinations, and disks a price: a copy of 10
// bytes costs 1.00 a month, and 0.50 to send.
func priced(cfg *schema.Configuration, provider string) *schema.Configuration {
	for _, name := range []string{"disk", "tape"} {
		cfg.Destinations = append(cfg.Destinations, &schema.Destination{Addr: addr.Resource{Kind: addr.Destination, Type: "filesystem", Name: name}})
	}
	cfg.Sources = append(cfg.Sources, &schema.Source{Addr: addr.Resource{Kind: addr.Source, Type: "filesystem", Name: "docs"}})
	cfg.Prices = append(cfg.Prices, &schema.Price{Provider: provider, Options: map[string]any{"storage": 107374182.4, "egress": 53687091.2}})
	return cfg
}

// charged are the changes that have money, a line each.
func charged(r *Result) string {
	var b strings.Builder
	for _, c := range r.Changes {
		if m := c.Money; m != nil {
			fmt.Fprintf(&b, "%s %s %.2f a month, %.2f once, known %t %s\n", c.Kind, c.Address, m.Month, m.Once, m.Known, strings.Join(m.Missing, ", "))
		}
	}
	return b.String()
}

func TestMoney(t *testing.T) {
	disk, tape := "backup.docs/disk", "backup.docs/tape"
	soon := schema.UntilAt(noon.AddDate(0, 1, 0))
	there := func(path, destination string, until schema.Until, wanted ...string) Fate {
		f := fate(path, destination, until, wanted...)
		f.Stored = true
		return f
	}
	missing := there("c", "tape", schema.UntilOpen, tape)
	missing.Stored = false
	gone := there("d", "disk", schema.UntilOpen)
	gone.Live = false
	for name, c := range map[string]struct {
		base, head   *schema.Configuration
		fates, after []Fate
		want         string
	}{
		"a copy is lost": { // what is missing costs nothing, and what can go earlier is counted once
			plans("1y", nil, "disk", "tape"), plans("1y", nil, "disk"),
			[]Fate{there("a", "disk", schema.UntilOpen, disk), there("a", "tape", schema.UntilOpen, tape), there("b", "tape", schema.UntilOpen, tape), missing},
			[]Fate{there("a", "disk", schema.UntilOpen, disk), there("a", "tape", soon), there("b", "tape", schema.UntilOpen), missing},
			"copy_lost backup.docs.copy.tape 2.00 a month, 0.00 once, known true \n",
		},
		"a copy is added": { // for two living objects, each sent once
			plans("1y", nil, "disk"), plans("1y", nil, "disk", "tape"),
			[]Fate{there("a", "disk", schema.UntilOpen, disk), there("b", "disk", schema.UntilOpen, disk), gone},
			[]Fate{there("a", "disk", schema.UntilOpen, disk), there("b", "disk", schema.UntilOpen, disk), gone},
			"block_added backup.docs.copy.tape 2.00 a month, 1.00 once, known true \n",
		},
		"nothing changes": {
			plans("1y", nil, "disk"), plans("1y", nil, "disk"),
			[]Fate{there("a", "disk", schema.UntilOpen, disk)},
			[]Fate{there("a", "disk", schema.UntilOpen, disk)},
			"",
		},
	} {
		run := func(provider string) *Result {
			r, err := Run(context.Background(), Side{Config: priced(c.base, provider), Fates: stream(c.fates...)}, Side{Config: priced(c.head, provider), Fates: stream(c.after...)})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if got := charged(run("filesystem")); got != c.want {
			t.Errorf("%s:\ngot\n%swant\n%s", name, got, c.want)
		}
	}
	// Disks that nobody prices cost nothing, and that is not worth a word.
	base, head := plans("1y", nil, "disk", "tape"), plans("1y", nil, "disk")
	r, err := Run(context.Background(), Side{Config: priced(base, "other"), Fates: stream(there("a", "tape", schema.UntilOpen, tape))},
		Side{Config: priced(head, "other"), Fates: stream(there("a", "tape", soon))})
	if err != nil || charged(r) != "" {
		t.Errorf("free copies cost %q, %v", charged(r), err)
	}
	// A destination that the base does not have any more has no price: unknown.
	r, err = Run(context.Background(), Side{Config: base, Fates: stream(there("a", "attic", schema.UntilOpen, tape))},
		Side{Config: head, Fates: stream(there("a", "attic", soon))})
	if want := "copy_lost backup.docs.copy.tape 0.00 a month, 0.00 once, known false storage at attic, which is not configured\n"; err != nil || charged(r) != want {
		t.Errorf("unpriced copies cost %q, %v", charged(r), err)
	}
}
