package dnanexus

import (
	"context"
	"fmt"
	"strconv"

	"github.com/backstay/backstay/engine/storage"
)

// lock is what a project that is locked down has set: only who administers it
// removes files, and nobody clones them out. Restrictions of download and upload
// are not among them: with these neither the destination's marker can be read nor
// its head be written, so that a plan or an apply ends with the platform's
// refusal, and an administrator decides.
var lock = map[string]bool{"protected": true, "restricted": true}

// billing is who pays, as a setting.
const billing = "billTo"

// phi is the switch of a project that holds health information of persons. The
// platform has no way back from it, so that it is only ever set.
const phi = "containsPHI"

// meant are the switches that a project is to have.
func (d *Destination) meant() map[string]bool {
	out := map[string]bool{}
	if !d.o.Lockdown {
		return out
	}
	for name, on := range lock {
		out[name] = on
	}
	if d.o.PHI {
		out[phi] = true
	}
	return out
}

// switches are the names of what meant tells of.
func (d *Destination) switches() (names []string) {
	for name := range d.meant() {
		names = append(names, name)
	}
	return names
}

// drift tells which settings of a project stand otherwise than they are meant
// to. One that the platform does not tell is off.
func (d *Destination) drift(v *vault) (out []storage.Grant) {
	have := map[string]bool{"protected": v.Protected, "restricted": v.Restricted, phi: v.ContainsPHI}
	for name, want := range d.meant() {
		if have[name] != want {
			out = append(out, storage.Grant{Who: name, Level: strconv.FormatBool(have[name]), Want: strconv.FormatBool(want)})
		}
	}
	if d.o.Lockdown && d.o.BillTo != "" && v.BillTo != d.o.BillTo {
		out = append(out, storage.Grant{Who: billing, Level: v.BillTo, Want: d.o.BillTo})
	}
	return out
}

// putRight sets those of the given settings that still stand otherwise, in one
// call.
func (d *Destination) putRight(ctx context.Context, given, have []storage.Grant) error {
	in := map[string]any{}
	for _, h := range have {
		for _, g := range given {
			if h.Want == "" || g.Who != h.Who {
				continue
			}
			if in[h.Who] = h.Want == "true"; h.Who == billing {
				in[billing] = d.o.BillTo
			}
		}
	}
	if len(in) == 0 {
		return nil
	}
	if err := d.c.Call(ctx, d.project, "update", in, nil); err != nil {
		return fmt.Errorf("lock project %s down: %w", d.project, err)
	}
	return nil
}
