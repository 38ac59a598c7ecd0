package lang

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// validate looks for what no single attribute can show: blocks that contradict
// themselves or each other. Blocks that could not be decoded are not in the
// configuration, so no mistake is reported twice.
func (l *loader) validate(cfg *schema.Configuration) {
	l.validateState(cfg.Settings.State)
	for _, s := range cfg.Sources {
		l.validatePlace(s.Addr, s.Origin, s.Place)
	}
	for _, d := range cfg.Destinations {
		l.validatePlace(d.Addr, d.Origin, d.Place)
	}
	for _, b := range cfg.Backups {
		l.validateBackup(b)
	}
	l.validatePaths(cfg)
	for _, h := range cfg.Holds {
		if len(h.Targets) == 0 && h.Match == nil {
			l.failAt(h.Addr.String(), h.Origin.Block, "missing_attribute", "Missing attribute",
				"A hold block must have the attribute \"targets\", or a match block, or both: it has to say what it covers.")
		}
		l.validateMatch(h.Addr, h.Match)
	}
	for _, r := range cfg.Retires {
		l.validateMatch(r.Addr, r.Match)
	}
	for _, a := range cfg.Attests {
		l.validateMatch(a.Addr, a.Match)
	}
	for _, a := range cfg.Archives {
		l.validateMatch(a.Addr, a.Match)
	}
	for _, m := range cfg.Moves {
		l.validateMoved(m)
	}
	for _, p := range cfg.Policies {
		l.validatePolicy(p)
	}
	l.validatePrices(cfg.Prices)
}

func (l *loader) validateState(s schema.StateBackend) {
	if s.Origin.Attrs == nil {
		return // not written
	}
	takes, other := "path", "dsn"
	switch s.Type {
	case "sqlite":
	case "postgres":
		takes, other = other, takes
	default:
		l.fail(s.Origin.Block, "unknown_type", "Unknown type",
			fmt.Sprintf("There is no type %q of state.%s", s.Type, didYouMean(s.Type, []string{"sqlite", "postgres"})))
		return
	}
	if s.Origin.Has(other) {
		l.fail(s.Origin.At(other), "unknown_attribute", "Unknown attribute",
			fmt.Sprintf("A state of type %q takes the attribute %q, not %q.", s.Type, takes, other))
	}
}

// validatePlace keeps countries in the form that policies compare: "cn" would
// slip through a list of "CN".
func (l *loader) validatePlace(a addr.Resource, o schema.Origin, p schema.Place) {
	if c := p.Country; c != "" && (len(c) != 2 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		l.failAt(a.String(), o.At("country"), "invalid_value", "Invalid value",
			fmt.Sprintf("The attribute \"country\" must be two capital letters as in ISO 3166-1, for example \"CH\", not %q: policies compare it with such codes.", c))
	}
}

func (l *loader) validateBackup(b *schema.Backup) {
	a := b.Addr.String()
	if len(b.Copies) == 0 {
		l.failAt(a, b.Origin.Block, "no_copies", "Backup plan without copies",
			"A backup block must have at least one copy block: without one, nothing is protected.")
	}
	names, destinations := map[string]diag.Range{}, map[addr.Resource]*schema.Copy{}
	for _, c := range b.Copies {
		if first, ok := names[c.Name]; ok {
			l.failAt(a, c.Origin.Block, "duplicate_name", "Name used twice",
				fmt.Sprintf("There is a copy %q in line %d of %s already. Rename one.", c.Name, first.Start.Line, first.Filename))
		}
		names[c.Name] = c.Origin.Block
		if first, ok := destinations[c.To]; ok {
			l.failAt(a, c.Origin.At("to"), "duplicate_destination", "Two copies at one destination",
				fmt.Sprintf("The copy %q goes to %s as well. A second copy in the same place would protect from nothing; name another destination.", first.Name, c.To))
		} else {
			destinations[c.To] = c
		}
		l.validateLock(a, c)
	}
	l.validateRetention(a, b.Retention)
	for _, s := range b.Scope.Excludes {
		l.validateSelector(a, "exclude", s)
	}
	for _, s := range b.Scope.Includes {
		l.validateSizes(a, "include", s)
	}
}

func (l *loader) validateLock(a string, c *schema.Copy) {
	if c.Lock == nil {
		return
	}
	if t, ok := storeByName(c.To.Type); ok && !t.locks {
		l.failAt(a, c.Lock.Origin.Block, "no_locks", "Destination cannot lock",
			fmt.Sprintf("The copy %q asks for an object lock, but a destination of type %q has none, so the promise could not be kept. Send the copy to a store with object locks, or remove the block.", c.Name, c.To.Type))
	}
}

func (l *loader) validateRetention(a string, r schema.Retention) {
	if r.Keep != nil && r.KeepMax != nil && r.KeepMax.Compare(*r.Keep) < 0 {
		l.failAt(a, r.Origin.At("keep_max"), "contradiction", "Attributes contradict each other",
			fmt.Sprintf("Copies are kept for at least %s (keep) and at most %s (keep_max), which cannot both be done.", r.Keep, r.KeepMax))
	}
}

func (l *loader) validateMatch(a addr.Resource, s *schema.Selector) {
	if s != nil {
		l.validateSelector(a.String(), "match", s)
	}
}

// validateSelector refuses a selector that says nothing: it would select all
// objects, which an exclude or a match can hardly mean.
func (l *loader) validateSelector(a, what string, s *schema.Selector) {
	for _, sel := range selectorAttrs {
		if s.Origin.Has(sel.name) {
			l.validateSizes(a, what, s)
			return
		}
	}
	l.failAt(a, s.Origin.Block, "empty_selector", "Selector selects nothing in particular",
		fmt.Sprintf("Without an attribute such as paths or tags, this %s block would select every object. To mean that, write paths = [\"/**\"].", what))
}

func (l *loader) validateSizes(a, what string, s *schema.Selector) {
	if s.LargerThan >= 0 && s.SmallerThan >= 0 && s.SmallerThan <= s.LargerThan+1 {
		l.failAt(a, s.Origin.At("smaller_than"), "contradiction", "Attributes contradict each other",
			fmt.Sprintf("Nothing is larger than %d and smaller than %d bytes, so this %s block never matches.", s.LargerThan, s.SmallerThan, what))
	}
	if s.OlderThan != nil && s.NewerThan != nil && s.NewerThan.Compare(*s.OlderThan) <= 0 {
		l.failAt(a, s.Origin.At("newer_than"), "contradiction", "Attributes contradict each other",
			fmt.Sprintf("Nothing is older than %s and newer than %s, so this %s block never matches.", s.OlderThan, s.NewerThan, what))
	}
}

func (l *loader) validateMoved(m *schema.Moved) {
	from, _ := addr.ParseResource(m.From)
	to, _ := addr.ParseResource(m.To)
	switch {
	case from.Kind != to.Kind:
		l.fail(m.Origin.At("to"), "contradiction", "Attributes contradict each other",
			fmt.Sprintf("%s is a %s and %s is a %s; a label moves within one kind of block.", m.From, from.Kind, m.To, to.Kind))
	case !l.exists(to):
		l.fail(m.Origin.At("to"), "unknown_reference", "Unknown reference",
			fmt.Sprintf("The attribute \"to\" names %s, which is not in this configuration.%s", m.To, suffix(nearest(m.To, l.addresses(to.Kind)))))
	case l.exists(from):
		l.fail(m.Origin.At("from"), "contradiction", "Attributes contradict each other",
			fmt.Sprintf("%s is still in this configuration, so nothing has moved. Remove the old block, or this one.", m.From))
	}
}

func (l *loader) validatePolicy(p *schema.Policy) {
	n := 0
	for _, name := range []string{"pack", "path", "bundle"} {
		if p.Origin.Has(name) {
			n++
		}
	}
	if n != 1 {
		l.failAt(p.Addr.String(), p.Origin.Block, "policy_source", "Policy needs one source",
			"A policy block must have exactly one of the attributes \"pack\", \"path\" and \"bundle\".")
	}
	if p.Origin.Has("params") && p.Params == nil {
		l.failAt(p.Addr.String(), p.Origin.At("params"), "invalid_type", "Wrong type",
			"The attribute \"params\" must be an object, such as { min_copies = 3 }.")
	}
}

// validatePaths compares the folders of file systems, by their names alone: the
// engine looks at the real ones later. A copy inside its source would be copied
// again by the next run, and lost with the source.
func (l *loader) validatePaths(cfg *schema.Configuration) {
	roots := map[string]addr.Resource{}
	for _, s := range cfg.Sources {
		if root, ok := s.Options["path"].(string); ok && s.Addr.Type == fileStore.name {
			roots[root] = s.Addr
		}
	}
	first := map[string]*schema.Destination{}
	for _, d := range cfg.Destinations {
		path, ok := d.Options["path"].(string)
		if !ok || d.Addr.Type != fileStore.name {
			continue
		}
		if root, ok := enclosing(roots, path); ok {
			l.failAt(d.Addr.String(), d.Origin.At("path"), "destination_in_source", "Destination inside a source",
				fmt.Sprintf("The folder %q of this destination lies in %q, the folder of %s. Its copies would be lost with the source, and copied again by every run. Choose a folder outside.", path, root, roots[root]))
		}
		prefix, _ := d.Options["prefix"].(string)
		place := path + "\x00" + strings.Trim(prefix, "/")
		if other, ok := first[place]; ok {
			l.failAt(d.Addr.String(), d.Origin.At("path"), "duplicate_place", "Two destinations in one place",
				fmt.Sprintf("%s has the same folder %q. Two copies in one place are one copy; choose another folder.", other.Addr, path))
			continue
		}
		first[place] = d
	}
}

// enclosing finds the root that a path is, or lies in; all are clean and
// absolute.
func enclosing(roots map[string]addr.Resource, path string) (string, bool) {
	for {
		if _, ok := roots[path]; ok {
			return path, true
		}
		parent := filepath.Dir(path)
		if parent == path {
			return "", false
		}
		path = parent
	}
}
