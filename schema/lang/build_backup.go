package lang

import (
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

func buildBackup(a addr.Resource, n *node) *schema.Backup {
	b := &schema.Backup{
		Addr: a, Origin: n.origin(),
		Source:      n.ref("source"),
		Owner:       n.str("owner"),
		Reviewed:    n.str("reviewed"),
		Regimes:     n.strings("regimes"),
		Every:       n.term("every"),
		Personal:    n.tri("personal"),
		Scope:       buildScope(n.child("scope")),
		Retention:   buildRetention(n.child("retention")),
		Objective:   schema.Objective{Origin: schema.Origin{Block: n.header}},
		Verify:      schema.Verify{Origin: schema.Origin{Block: n.header}, Algorithm: "sha256"},
		RestoreTest: buildRestoreTest(n.child("restore_test")),
		Limits:      buildLimits(n.child("limits")),
	}
	for _, c := range n.children("copy") {
		b.Copies = append(b.Copies, buildCopy(c))
	}
	if o := n.child("objective"); o != nil {
		b.Objective = schema.Objective{Origin: o.origin(), RPO: o.term("rpo"), RTO: o.term("rto")}
	}
	if v := n.child("verify"); v != nil {
		b.Verify = schema.Verify{Origin: v.origin(), Present: true, Algorithm: v.str("algorithm"), Scrub: v.term("scrub")}
	}
	buildDuties(b, n)
	return b
}

// buildDuties adds the blocks that are absent unless written.
func buildDuties(b *schema.Backup, n *node) {
	if c := n.child("approvals"); c != nil {
		b.Approvals = &schema.Approvals{Origin: c.origin(), Delete: int(c.count("delete", 0))}
	}
	if c := n.child("budget"); c != nil {
		b.Budget = &schema.Budget{Origin: c.origin(), Month: c.float("month", -1), Egress: c.float("egress", -1), Retrieval: c.float("retrieval", -1)}
	}
	if c := n.child("alert"); c != nil {
		b.Alert = &schema.Alert{Origin: c.origin(), To: c.strings("to")}
	}
	if c := n.child("erasure"); c != nil {
		b.Erasure = &schema.Erasure{Origin: c.origin(), MaxLag: c.term("max_lag"), List: c.str("list")}
	}
}

func buildScope(n *node) schema.Scope {
	s := schema.Scope{Origin: n.origin(), Shared: n.str("shared")}
	for _, c := range n.children("include") {
		s.Includes = append(s.Includes, buildSelector(c))
	}
	for _, c := range n.children("exclude") {
		s.Excludes = append(s.Excludes, buildSelector(c))
	}
	return s
}

func buildSelector(n *node) *schema.Selector {
	return &schema.Selector{
		Origin: n.origin(),
		Paths:  n.strings("paths"), Names: n.strings("names"), Kinds: n.strings("kinds"),
		Types: n.strings("types"), Tags: n.strings("tags"), Properties: n.strmap("properties"), IDs: n.strings("ids"),
		LargerThan: n.count("larger_than", -1), SmallerThan: n.count("smaller_than", -1),
		OlderThan: n.term("older_than"), NewerThan: n.term("newer_than"),
		Class: n.str("class"), Reason: n.str("reason"), Owner: n.str("owner"),
		Method: n.str("method"), Inputs: n.strings("inputs"),
	}
}

func buildCopy(n *node) *schema.Copy {
	c := &schema.Copy{
		Name: n.labels[0], Origin: n.origin(),
		To: n.ref("to"), Purpose: n.str("purpose"), Tier: n.str("tier"), ArchiveAfter: n.term("archive_after"),
		Deep: n.boolean("deep"), Metadata: n.boolean("metadata"),
	}
	if k := n.child("lock"); k != nil {
		c.Lock = &schema.Lock{Origin: k.origin(), Mode: k.str("mode"), For: k.mustTerm("for")}
	}
	return c
}

func buildRetention(n *node) schema.Retention {
	return schema.Retention{
		Origin: n.origin(),
		Keep:   n.term("keep"), KeepMax: n.term("keep_max"),
		KeepLast:    int(n.count("keep_last", 0)),
		KeepDaily:   int(n.count("keep_daily", 0)),
		KeepWeekly:  int(n.count("keep_weekly", 0)),
		KeepMonthly: int(n.count("keep_monthly", 0)),
		KeepYearly:  int(n.count("keep_yearly", 0)),

		KeepSuperseded: n.mustTerm("keep_superseded"), Quarantine: n.mustTerm("quarantine"),
		Anchor: n.str("anchor"),
	}
}

func buildRestoreTest(n *node) *schema.RestoreTest {
	if n == nil {
		return nil
	}
	return &schema.RestoreTest{
		Origin: n.origin(), Every: n.mustTerm("every"), Sample: int(n.count("sample", 0)),
		Command: n.strings("command"), Target: n.str("target"),
	}
}

func buildLimits(n *node) schema.Limits {
	return schema.Limits{
		Origin:        n.origin(),
		RetireRatio:   n.float("retire_ratio", 0),
		RetireObjects: n.count("retire_objects", 0),
		RetireBytes:   n.count("retire_bytes", 0),
		SourceLoss:    n.float("source_loss", 0),
		SourceChange:  n.float("source_change", 0),
	}
}
