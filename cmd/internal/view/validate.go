package view

import (
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

// Validate shows what validate found. The result is nil where the operation
// failed before it had one.
type Validate interface {
	Result(r *engine.ValidateResult, ds diag.List) error
}

// NewValidate gives the view that the output asks for.
func NewValidate(o *Output) Validate {
	if o.JSON {
		return &validateJSON{o}
	}
	return &validateText{o}
}

type validateText struct{ o *Output }

func (v *validateText) Result(r *engine.ValidateResult, _ diag.List) error {
	if r == nil {
		return nil
	}
	t := &text{s: &v.o.Out}
	t.findings(&r.Judgement)
	switch {
	case r.Valid:
		t.printf("%s The configuration is valid.\n", t.s.paint(green, "Valid."))
	case r.Blocked:
		t.printf("%s Policies deny this configuration.\n", t.s.paint(red, "Not valid."))
	default:
		t.printf("%s The configuration has errors.\n", t.s.paint(red, "Not valid."))
	}
	return v.o.flush(t)
}

type validateJSON struct{ o *Output }

func (v *validateJSON) Result(r *engine.ValidateResult, ds diag.List) error {
	if r == nil {
		r = &engine.ValidateResult{Outcome: engine.Failed}
	}
	d := newDocument(v.o)
	d.member("valid", r.Valid)
	d.member("outcome", r.Outcome)
	d.member("config_digest", r.ConfigDigest)
	d.member("policy_digest", r.PolicyDigest)
	d.judgement(&r.Judgement)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
