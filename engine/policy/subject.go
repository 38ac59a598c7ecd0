package policy

import (
	"context"
	"fmt"
)

// subject asks all rules of one scope about one subject. facts answers the
// native predicates; describe makes the OPA value, and is called only if Rego
// has to be asked.
func (t *tally) subject(ctx context.Context, n *native, facts facts, describe func() subject) ([]Finding, error) {
	var sub *subject
	var out []Finding
	for _, h := range n.matching(facts) {
		if sub == nil {
			d := describe()
			sub = &d
		}
		found, err := t.judge(ctx, h, *sub)
		if err != nil {
			return nil, fmt.Errorf("ask %s about %s: %w", h.control.id, sub.address, err)
		}
		out = append(out, found...)
	}
	return out, nil
}

// judge asks the rules of one control that a subject has hit.
func (t *tally) judge(ctx context.Context, h hit, sub subject) ([]Finding, error) {
	input := t.input(h.control, sub.member)
	met := h.met
	var out []Finding
	for _, r := range h.rules {
		answers, err := t.ask(ctx, r, input)
		if err != nil {
			return nil, err
		}
		if r.kind == subjectsRule {
			met = met || len(answers) > 0
			continue
		}
		found, err := t.findingsOf(ctx, r, answers, input, sub)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	t.settleSubject(h.control, met, out)
	return out, nil
}

// settleSubject counts one subject of a stream.
func (t *tally) settleSubject(c *control, met bool, found []Finding) {
	open := false
	for _, f := range found {
		open = open || f.Result != Warn
		t.keep(c, f)
	}
	switch count := t.counts[c]; {
	case open:
		count.Subjects++
	case met:
		count.Subjects++
		count.Pass++
	}
}
