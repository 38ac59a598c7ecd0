package view

import (
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/policy"
)

// judged are the members that policies add to a line.
type judged struct {
	Findings []policy.Finding      `json:"findings"`
	Controls []policy.ControlCount `json:"controls"`
}

func judgedOf(j *engine.Judgement) judged {
	return judged{append([]policy.Finding{}, j.Findings...), append([]policy.ControlCount{}, j.Controls...)}
}

// judgement writes the members that policies add to a document.
func (d *document) judgement(j *engine.Judgement) {
	items(d, "findings", j.Findings)
	items(d, "controls", j.Controls)
}
