package dnanexus

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

func TestAProjectIsMadeOnce(t *testing.T) {
	for _, action := range []string{"none", "lose", "drop", "status"} {
		t.Run(action, func(t *testing.T) {
			r := emulator(t, "seed")
			r.hand()
			if _, err := r.tryOpen(t.Context(), DestinationOptions{Project: "vault"}); !errors.Is(err, storage.ErrNotExist) {
				t.Fatalf("without being told to make it: %v", err)
			}
			if action != "none" {
				r.Spoil(fault{Route: "project/new", Action: action, Status: 503, Times: 1})
			}
			o := DestinationOptions{Project: "vault", BillTo: "org-vault", Region: "azure:westus", Create: true}
			d := r.open(t, o)
			if place, err := d.Place(t.Context()); err != nil || place.Region != "azure:westus" || place.BillTo != "org-vault" || place.Provider != "azure" {
				t.Errorf("%+v, %v", place, err)
			}
			again := r.open(t, o)
			if !d.Created() || again.Created() || d.project != again.project {
				t.Errorf("made %v in %s, then %v in %s", d.Created(), d.project, again.Created(), again.project)
			}
			var page struct{ Results []wire.Found }
			r.must("system", "findProjects", map[string]any{"name": "vault"}, &page)
			if len(page.Results) != 1 {
				t.Errorf("%d projects", len(page.Results))
			}
		})
	}
}

func TestTheProjectThatIsMeant(t *testing.T) {
	r := emulator(t, "seed")
	mine := r.project("by hand")
	if d := r.open(t, DestinationOptions{Project: "by hand", Create: true}); d.project != mine || d.Created() {
		t.Errorf("opened %s, want %s", d.project, mine)
	}
	second := r.project("by hand")
	if d := r.open(t, DestinationOptions{Project: second}); d.project != second {
		t.Errorf("opened %s, want %s", d.project, second)
	}
	for want, o := range map[string]DestinationOptions{
		"2 projects are named": {Project: "by hand", Create: true},
		"lies in region aws":   {Project: mine, Region: "azure:westus"},
		"is billed to org-lab": {Project: mine, BillTo: "org-vault"},
		"ResourceNotFound":     {Project: "project-B00000000000000000000000", Create: true},
		`make project "x"`:     {Project: "x", BillTo: "org-nobody", Create: true},
		"no project that":      {Project: "y"},
	} {
		if _, err := r.tryOpen(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
}

func TestALoginIsNeeded(t *testing.T) {
	r := emulator(t, "seed")
	if _, err := (Connection{API: r.URL}).Client(); !errors.Is(err, storage.ErrPermission) || !strings.Contains(err.Error(), "dx login") {
		t.Errorf("without a token: %v", err)
	}
	c, err := Connection{API: r.URL, Token: "wrong"}.Client()
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenDestination(t.Context(), c, DestinationOptions{Project: "x"})
	if !errors.Is(err, storage.ErrPermission) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with a wrong token: %v", err)
	}
}

// A project that is made is locked down from its first moment; one that is there
// is not touched by opening it.
func TestLockdownOfNewProjects(t *testing.T) {
	r := emulator(t, "seed")
	made := r.open(t, DestinationOptions{Project: "made", Lockdown: true, Create: true})
	if left, err := made.Grants(t.Context()); len(left) != 0 || err != nil {
		t.Errorf("made with %v, %v", left, err)
	}
	there := r.project("there")
	d := r.open(t, DestinationOptions{Project: there, Lockdown: true, Create: true})
	grants, err := d.Grants(t.Context())
	if got := fmt.Sprint(grants); err != nil || got != "[{protected false true} {restricted false true}]" {
		t.Fatalf("%s, %v", got, err)
	}
	plain := r.open(t, DestinationOptions{Project: there, Create: true})
	if left, err := plain.Grants(t.Context()); len(left) != 0 || err != nil {
		t.Errorf("without lockdown: %v, %v", left, err)
	}
}

// Each setting that lockdown means is seen when it drifts, alone as well, and
// put right, only those that are asked for.
func TestSettingsDrift(t *testing.T) {
	r := emulator(t, "seed")
	r.control("orgs", map[string]any{"id": "org-vault", "members": map[string]any{"user-alice": map[string]any{"admin": true}}, "phi": true}, nil)
	d := r.open(t, DestinationOptions{Project: "vault", Lockdown: true, Create: true, BillTo: "org-vault", PHI: true})
	for name, c := range map[string]struct {
		set  map[string]any
		want string
	}{
		"protected":  {map[string]any{"protected": false}, "[{protected false true}]"},
		"restricted": {map[string]any{"restricted": false}, "[{restricted false true}]"},
		"phi":        {map[string]any{"containsPHI": false}, "[{containsPHI false true}]"},
		"payer":      {map[string]any{"billTo": "org-lab"}, "[{billTo org-lab org-vault}]"},
	} {
		r.must(d.project, "update", c.set, nil)
		grants, err := d.Grants(t.Context())
		if got := fmt.Sprint(grants); err != nil || got != c.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if err := d.Revoke(t.Context(), []storage.Grant{{Who: "user-bob"}}); err != nil {
			t.Error(err)
		}
		if left, err := d.Grants(t.Context()); len(left) != 1 || err != nil {
			t.Errorf("%s: a revoke that does not name it left %v, %v", name, left, err)
		}
		for range 2 {
			if err := d.Revoke(t.Context(), grants); err != nil {
				t.Error(err)
			}
		}
		if left, err := d.Grants(t.Context()); len(left) != 0 || err != nil {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
}

func TestLockdown(t *testing.T) {
	r := emulator(t, "seed")
	open := r.project("vault")
	d := r.open(t, DestinationOptions{Project: "vault", Lockdown: true, Create: true})
	var v vault
	for who, level := range map[string]string{"user-bob": "CONTRIBUTE", "org-lab": "VIEW", "user-carol": "ADMINISTER"} {
		r.must(open, "invite", map[string]any{"invitee": who, "level": level}, nil)
	}
	grants, err := d.Grants(t.Context())
	if got := fmt.Sprint(grants); err != nil || got != "[{org-lab VIEW } {protected false true} {restricted false true} {user-bob CONTRIBUTE } {user-carol ADMINISTER }]" {
		t.Fatalf("%s, %v", got, err)
	}
	for range 2 { // the second time nothing is left to take
		if err := d.Revoke(t.Context(), append(grants, storage.Grant{Who: "user-alice", Level: "ADMINISTER"})); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := d.Grants(t.Context()); len(left) != 0 || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
	r.must(open, "describe", wire.Fields("protected", "permissions"), &v)
	if !v.Protected || v.Permissions["user-alice"] != administer {
		t.Errorf("%+v", v)
	}
}

// An operator who has access through an organisation alone would be shut out.
func TestNobodyShutsThemselvesOut(t *testing.T) {
	r := emulator(t, "seed")
	r.control("users", map[string]any{"id": "user-dora", "token": "token-of-dora"}, nil)
	r.control("orgs", map[string]any{"id": "org-ops", "members": map[string]any{"user-dora": map[string]any{"admin": true}}}, nil)
	r.must(r.project("vault"), "invite", map[string]any{"invitee": "org-ops", "level": "ADMINISTER"}, nil)
	c, err := Connection{API: r.URL, Token: "token-of-dora"}.Client()
	if err != nil {
		t.Fatal(err)
	}
	d, err := OpenDestination(t.Context(), c, DestinationOptions{Project: "vault"})
	if err != nil {
		t.Fatal(err)
	}
	grants, err := d.Grants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Revoke(t.Context(), grants); !errors.Is(err, storage.ErrPermission) {
		t.Errorf("%v of %v", err, grants)
	}
}

func TestTiers(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		x := r.trial(DestinationOptions{})
		a, b := x.put("a", "1"), x.put("b", "22")
		open := x.stage(x.b, "open", "3")
		file, err := open.Ref.(*staged).up.File()
		x.ok(err)
		all := []storage.Object{a, b}
		x.tiers(all, storage.TierLive, storage.TierLive)
		gone := storage.Object{Key: "gone", ID: "file-B00000000000000000000000"}
		err = x.d.Archive(t.Context(), []storage.Object{gone, a, {Key: "open", ID: file}})
		if !errors.Is(err, storage.ErrNotExist) || !strings.Contains(err.Error(), `"open": the file is open`) {
			t.Errorf("misfits: %v", err)
		}
		x.ok(x.d.Archive(t.Context(), all)) // one of them is archived
		x.tiers(append(all, gone), storage.TierArchived, storage.TierArchived, "")
		if _, _, err := x.d.Open(t.Context(), "a"); !errors.Is(err, storage.ErrCold) {
			t.Errorf("reading what is archived: %v", err)
		}
		x.ok(x.d.Unarchive(t.Context(), all[:1], "Bulk"))
		x.ok(x.d.Unarchive(t.Context(), all[:1], ""))
		x.tiers(all, storage.TierUnarchiving, storage.TierArchived)
		x.control("clock", map[string]any{"advance": (13 * time.Hour).Milliseconds()}, nil)
		x.tiers(all, storage.TierLive, storage.TierArchived)
		x.holds("a", "1")
		if err := x.d.Unarchive(t.Context(), all[1:], "Soonest"); err == nil || !strings.Contains(err.Error(), "rate") {
			t.Errorf("a rate that is none: %v", err)
		}
	})
}

// A lost answer to the archiving of one file makes the second try a refusal.
func TestArchivingWithALostAnswer(t *testing.T) {
	r := emulator(t, "seed")
	r.hand()
	x := r.trial(DestinationOptions{})
	a := x.put("a", "1")
	x.Spoil(fault{Route: "project-xxxx/archive", Action: "lose", Times: 1})
	x.ok(x.d.Archive(t.Context(), []storage.Object{a}))
	x.tiers([]storage.Object{a}, storage.TierArchived)
}

func (x *trial) tiers(objects []storage.Object, want ...storage.Tier) {
	x.Helper()
	got, err := x.d.Tiers(x.Context(), objects)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		x.Fatalf("tiers %v, %v; want %v", got, err, want)
	}
}

func TestClocksAreCompared(t *testing.T) {
	r := emulator(t, "seed")
	d := r.open(t, DestinationOptions{Project: "vault", Create: true})
	for _, advanced := range []time.Duration{0, time.Hour} {
		r.control("clock", map[string]any{"advance": advanced.Milliseconds()}, nil)
		skew, err := d.Skew(t.Context())
		if err != nil || (skew-advanced).Abs() > 5*time.Second {
			t.Errorf("skew %v, %v after %v", skew, err, advanced)
		}
	}
}
