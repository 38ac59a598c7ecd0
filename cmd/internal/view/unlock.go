package view

import "github.com/backstay/backstay/schema/diag"

// Unlock shows whose lease was ended.
type Unlock interface {
	// Holder is the sentence before the question.
	Holder(lease string) string
	// Result is the last word; holder is "" where nobody held the state.
	Result(holder string, ds diag.List) error
}

// NewUnlock gives the view that the output asks for.
func NewUnlock(o *Output) Unlock {
	if o.JSON {
		return &unlockJSON{unlockText{o}}
	}
	return &unlockText{o}
}

type unlockText struct{ o *Output }

func (v *unlockText) Holder(lease string) string { return clean(lease) }

func (v *unlockText) Result(holder string, ds diag.List) error {
	if ds.HasErrors() {
		return nil
	}
	t := &text{s: &v.o.Out}
	if holder == "" {
		t.printf("Nobody holds the state.\n")
	} else {
		t.printf("Unlocked: %s is shut out.\n", clean(holder))
	}
	return v.o.flush(t)
}

type unlockJSON struct{ unlockText }

func (v *unlockJSON) Result(holder string, ds diag.List) error {
	d := newDocument(v.o)
	d.member("holder", holder)
	items(d, "diagnostics", ds.Sorted())
	return d.close(true)
}
