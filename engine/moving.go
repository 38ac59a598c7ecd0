package engine

import (
	"fmt"
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// movable refuses moved blocks that nothing would follow. Labels of backup plans
// and copies move by themselves; a destination's records follow in a rebuild,
// since a catalogue tells of its own place, whatever that is called. A source's
// label is part of the names of its records and copies.
func movable(cfg *schema.Configuration) (ds diag.List) {
	for _, m := range cfg.Moves {
		if !strings.HasPrefix(m.From, string(addr.Source)+".") {
			continue
		}
		r := m.Origin.At("from")
		ds = append(ds, diag.Diagnostic{
			Severity: diag.Error, Code: "source_not_movable", Summary: "Source cannot be renamed",
			Detail: fmt.Sprintf("The label of a source is part of the names of its copies and of its records, and these stay under %s. Keep that label. Without the moved block %s is a new source: its objects are copied anew, and the copies under the old label are kept as orphans.",
				m.From, m.To),
			Address: m.To, Range: &r,
		})
	}
	return ds
}

// renamedFrom is what a destination was called before, or "".
func renamedFrom(cfg *schema.Configuration, d *schema.Destination) string {
	for _, m := range cfg.Moves {
		if m.To == d.Addr.String() {
			return m.From
		}
	}
	return ""
}
