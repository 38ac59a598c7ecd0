package view

import "github.com/backstay/backstay/plan"

// actionWords is what a summary line says of each action, and the sign that
// its changes carry: + protects something new, - takes away, ~ is the rest.
var actionWords = map[plan.Action]struct{ todo, done, sign string }{
	plan.Copy:      {"to copy", "copied", "+"},
	plan.Recopy:    {"to copy again", "copied again", "+"},
	plan.Recheck:   {"to recheck", "rechecked", "~"},
	plan.Adopt:     {"to adopt", "adopted", "~"},
	plan.Archive:   {"to archive", "archived", "~"},
	plan.Unarchive: {"to bring back", "brought back", "~"},
	plan.Lock:      {"to lock", "locked", "~"},
	plan.Hold:      {"to hold", "held", "~"},
	plan.Release:   {"to release", "released", "~"},
	plan.Tag:       {"to tag", "tagged", "~"},
	plan.Verify:    {"to verify", "verified", "~"},
	plan.Revoke:    {"to revoke", "revoked", "~"},
	plan.Retire:    {"to retire", "retired", "-"},
	plan.Expire:    {"to remove", "removed", "-"},
}

// reasonWords says why a change is in the plan.
var reasonWords = map[plan.Reason]string{
	plan.NewObject:       "new",
	plan.ContentChanged:  "changed: another size or time",
	plan.InodeChanged:    "same size and time, but another inode or change time: its digest decides",
	plan.DigestAsked:     "-checksum: its digest decides",
	plan.OutOfScope:      "no include matches it any more; the copy is kept through its term",
	plan.MetadataChanged: "mode, owner or times changed",
	plan.NewEntry:        "new folder or link",
	plan.SourceGone:      "gone from the source; the copy is kept through its term",
	plan.SourceBack:      "back at the source",
	plan.TermRaised:      "kept longer",
	plan.TermLowered:     "kept less long",
	plan.Orphaned:        "no backup plan claims the copy any more; it is kept",
	plan.Claimed:         "another backup plan claims the copy too",
	plan.CopyMissing:     "the copy is missing",
	plan.CopyDamaged:     "the copy is damaged",
	plan.NotVerified:     "never verified",
	plan.ScrubDue:        "not read again for longer than verify.scrub",
	plan.EqualCopyThere:  "an equal copy is already there",
	plan.LabelMoved:      "renamed by a moved block",
	plan.SourceMoved:     "moved at its source, its copy stays where it is",
	plan.HoldSet:         "a hold is set",
	plan.HoldReleased:    "the hold is released",
	plan.TermOver:        "the term is over: into quarantine",
	plan.GivenUp:         "given up by a retire block",
	plan.QuarantineOver:  "the quarantine is over: removed for good",
	plan.ArchiveDue:      "as old as archive_after says",
	plan.TierAsked:       "its copy block asks for this tier",
	plan.CostMeasure:     "in place at its source, to save cost; no copy",
	plan.AccessDrift:     "nobody but the operator keeps access here",
	plan.SettingDrift:    "a locked-down destination is set otherwise",
}

// why is a change's reason in words. A reason that this table does not know
// yet, from a newer plan file, stands as its code.
func why(c *plan.Change) string {
	text := reasonWords[c.Reason]
	if text == "" {
		text = string(c.Reason)
	}
	if c.From != "" {
		text += "; it was " + clean(c.From)
	}
	if c.Detail != "" {
		text += "; " + clean(c.Detail)
	}
	return text
}

// displayOrder lists removals first: what would be lost is what a reader must
// not miss.
var displayOrder = func() []plan.Action {
	order := []plan.Action{plan.Expire, plan.Retire}
	for _, a := range plan.Actions {
		if !a.Removes() {
			order = append(order, a)
		}
	}
	return order
}()
