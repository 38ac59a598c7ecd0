package dnanexus

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/storage"
)

// TestSeedSentences names each sentence of the customer's two documents that
// states a rule which a driver can keep, and the test that proves it through the
// driver. The emulator has a table of the same kind for its own side. What the
// documents say of money is proved where prices are, and what they say of folder
// calls and allCopies is not relied on: the driver names files, and its copies
// are objects of their own.
func TestSeedSentences(t *testing.T) {
	for _, c := range []struct {
		rule  string
		proof func(*testing.T)
	}{
		{"backups: data files, results, own applications and pipelines are in scope", TestExports},
		{"backups: what is deleted cannot be undeleted; its backup remains", testDeletedSource},
		{"backups: files shared with you are told apart", TestListingRemarks},
		{"backups, way 1: a deep copy is a new object, a pointer is not", testDeepCopy},
		{"backups, way 1: nobody who could delete it has access to the backup project", TestLockdown},
		{"backups, way 1: the data may lie under a separate org", testOtherAccount},
		{"backups, way 1: archive these items; unarchive, and run your tests", TestTiers},
		{"backups, way 2: full replicas in another cloud", testOtherAccount},
		{"backups, way 2: egress is charged to the source", testEgress},
		{"backups, way 2: archiving needs the licence", testNoLicence},
		{"backups, way 3: download the files, with all that is known of them", TestSourceKnowsObjectsByID},
		{"backups, way 4: what lies locally is known by the platform's checksums", testFingerprint},
		{"backups, way 4: download pipelines and output files", TestExports},
		{"backups: metadata in the target file points back to the source", TestProvenanceGoesIntoPropertiesAndDetails},
		{"backups: a copied file's record refers to the job that made it", testMakers},
		{"archiving: what each of the four states allows", testStates},
		{"archiving: live, archival, then archived with all copies of the billTo", testStates},
		{"archiving: unarchiving, then live when the restore is done", testStates},
		{"archiving: unarchiving an archival file cancels", testStates},
		{"archiving: CONTRIBUTE or ADMINISTER permissions", testViewer},
		{"archiving: a list of up to 1000 files a call", testManyFiles},
		{"archiving: files in a state that does not fit are skipped", TestTiers},
		{"archiving: not in sponsored projects until the sponsorship ends", testSponsored},
	} {
		t.Run(c.rule, c.proof)
	}
}

// deepCopy copies an entry of a source to a destination, as apply does.
func (x *trial) deepCopy(s *Source, e storage.Entry) storage.Object {
	x.Helper()
	return x.put(e.Path, string(read(x, s, e)))
}

func testDeletedSource(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	id := x.seed("source", map[string]string{"a": "one"})
	s := x.source(SourceOptions{Project: id})
	e := listed(t, s)["a"]
	x.deepCopy(s, e)
	x.must(id, "removeObjects", map[string]any{"objects": []string{e.ID}}, nil)
	if len(listed(t, s)) != 0 {
		t.Error("a deleted file is listed")
	}
	if _, err := s.Open(t.Context(), e); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("a deleted file is read: %v", err)
	}
	x.holds("a", "one")
}

func testDeepCopy(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	id := x.seed("source", map[string]string{"a": "one", "b": "two"})
	s := x.source(SourceOptions{Project: id})
	entries := listed(t, s)
	if o := x.deepCopy(s, entries["a"]); o.ID == entries["a"].ID || o.ID == "" {
		t.Errorf("the copy is %s, the original %s", o.ID, entries["a"].ID)
	}
	// A shallow copy in the destination is the same object: only a pointer.
	x.must(id, "clone", map[string]any{"objects": []string{entries["b"].ID}, "project": x.d.project}, nil)
	if o, err := x.d.Stat(t.Context(), "b"); err != nil || o.ID != entries["b"].ID {
		t.Errorf("the clone is %+v, %v", o, err)
	}
}

func testOtherAccount(t *testing.T) {
	r := emulator(t, "seed")
	d := r.open(t, DestinationOptions{Project: "replica", BillTo: "org-vault", Region: "azure:westeurope", Create: true})
	place, err := Locate(t.Context(), r.client(), d.project)
	if err != nil || place.BillTo != "org-vault" || place.Region != "azure:westeurope" || place.Provider != "azure" {
		t.Errorf("%+v %v", place, err)
	}
}

func testEgress(t *testing.T) {
	r := emulator(t, "seed")
	id := r.seed("source", map[string]string{"a": strings.Repeat("x", 100_000)})
	s := r.source(SourceOptions{Project: id})
	read(t, s, listed(t, s)["a"])
	var bill struct {
		Lines []struct {
			BillTo, For string
			GB          float64
		}
	}
	r.control("bill", nil, &bill)
	for _, line := range bill.Lines {
		if line.For == "egress" && line.BillTo == "org-lab" && line.GB > 0 {
			return
		}
	}
	t.Errorf("nobody pays for the egress: %+v", bill)
}

func testNoLicence(t *testing.T) {
	x := emulator(t, "seed").trial(DestinationOptions{})
	a := x.put("a", "1")
	x.control("orgs", map[string]any{"id": "org-lab", "licence": false, "members": map[string]any{"user-alice": map[string]any{"admin": true}}}, nil)
	if err := x.d.Archive(t.Context(), []storage.Object{a}); !errors.Is(err, storage.ErrPermission) {
		t.Errorf("archived without a licence: %v", err)
	}
	x.tiers([]storage.Object{a}, storage.TierLive)
}

func testFingerprint(t *testing.T) {
	r := emulator(t, "seed")
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<20+1) // one part and a little more
	id := r.seed("trial", map[string]string{"a": string(content), "empty": ""})
	s := r.source(SourceOptions{Project: id})
	entries := listed(t, s)
	r.Calls()
	for path, want := range map[string][]byte{"a": content, "empty": nil} {
		parts, err := s.Fingerprint(t.Context(), entries[path])
		if err != nil || len(parts) == 0 {
			t.Fatalf("%s: %v %v", path, parts, err)
		}
		for _, p := range parts {
			sum := md5.Sum(want[:p.Size])
			if hex.EncodeToString(sum[:]) != p.MD5 {
				t.Errorf("%s: a part of %d bytes has md5 %s", path, p.Size, p.MD5)
			}
			want = want[p.Size:]
		}
		if len(want) > 0 {
			t.Errorf("%s: %d bytes are in no part", path, len(want))
		}
	}
	if n := r.Calls()["file-xxxx/download"]; n != 0 {
		t.Errorf("%d downloads", n)
	}
	record := r.put("record", id, map[string]any{"name": "x"})
	if parts, err := s.Fingerprint(t.Context(), listed(t, s)["x.record.json"]); err != nil || parts != nil {
		t.Errorf("%s has parts %v, %v", record, parts, err)
	}
	older := entries["a"]
	older.MTime--
	if _, err := s.Fingerprint(t.Context(), older); !errors.Is(err, storage.ErrChanged) {
		t.Errorf("another object's parts: %v", err)
	}
}

func testMakers(t *testing.T) {
	r := emulator(t, "seed")
	id := r.seed("trial", map[string]string{"refs/genome.fa": ">1\n"})
	_, applet, _, _ := r.pipeline(id)
	r.control("settings", map[string]any{"jobDelay": time.Hour.Milliseconds()}, nil)
	var job struct{ ID string }
	r.must(applet, "run", map[string]any{"project": id, "input": map[string]any{}}, &job)
	r.control("clock", map[string]any{"advance": (10 * time.Minute).Milliseconds()}, nil)
	var jobs []struct{ Token string }
	r.control("jobs", nil, &jobs)
	inside := r.conn
	inside.Token = jobs[0].Token
	r.as(t, inside).put("record", id, map[string]any{"name": "made"})
	s := r.source(SourceOptions{Project: id})
	e := listed(t, s)["made.record.json"]
	d, err := s.Details(t.Context(), e)
	if err != nil || e.Facts.CreatedBy != "user-alice "+job.ID || d.Xattrs["user.dnanexus.job"] != job.ID || d.Xattrs["user.dnanexus.executable"] != applet {
		t.Errorf("made by %q, details %v %v", e.Facts.CreatedBy, d.Xattrs, err)
	}
}

// testStates walks one file through the states, at its source: what the driver
// then reads, and asks for, is what both editions of the rules allow.
func testStates(t *testing.T) {
	bothRules(t, func(t *testing.T, r rig) {
		id := r.seed("source", map[string]string{"a": "one"})
		other := r.project("other") // of the same account
		s := r.source(SourceOptions{Project: id})
		e := listed(t, s)["a"]
		o := []storage.Object{{Key: "a", ID: e.ID}}
		r.must(id, "clone", map[string]any{"objects": []string{e.ID}, "project": other}, nil)
		elsewhere := r.source(SourceOptions{Project: other})
		is := func(want storage.Tier) {
			t.Helper()
			got, err := s.Tiers(t.Context(), o)
			if err != nil || got[0] != want {
				t.Fatalf("the file is %v, %v; want %s", got, err, want)
			}
			_, err = s.Open(t.Context(), e)
			if (err == nil) != (want == storage.TierLive) || err != nil && !errors.Is(err, storage.ErrCold) {
				t.Errorf("%s: opened with %v", want, err)
			}
		}
		do := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		is(storage.TierLive)
		do(s.Archive(t.Context(), o))
		is(storage.TierArchival) // the other copy is live
		do(s.Unarchive(t.Context(), o, ""))
		is(storage.TierLive) // cancelled
		do(s.Archive(t.Context(), o))
		do(elsewhere.Archive(t.Context(), o))
		is(storage.TierArchived)
		do(s.Unarchive(t.Context(), o, ""))
		is(storage.TierUnarchiving)
		do(s.Archive(t.Context(), o)) // nothing fits, nothing is done
		is(storage.TierUnarchiving)
		r.control("clock", map[string]any{"advance": (6 * time.Hour).Milliseconds()}, nil)
		is(storage.TierLive)
		if got := listed(t, s)["a"]; got.MTime != e.MTime || got.Size != e.Size || got.ID != e.ID {
			t.Errorf("the way there and back made %+v of %+v", got, e)
		}
	})
}

func testViewer(t *testing.T) {
	r := emulator(t, "seed")
	id := r.seed("source", map[string]string{"a": "one"})
	r.must(id, "invite", map[string]any{"invitee": "user-carol", "level": "VIEW"}, nil)
	r.control("users", map[string]any{"id": "user-carol", "token": "token-of-carol"}, nil)
	carol := r.conn
	carol.Token = "token-of-carol"
	s := r.as(t, carol).source(SourceOptions{Project: id})
	e := listed(t, s)["a"]
	if string(read(t, s, e)) != "one" { // VIEW suffices to read
		t.Error("a viewer reads something else")
	}
	if err := s.Archive(t.Context(), []storage.Object{{Key: "a", ID: e.ID}}); !errors.Is(err, storage.ErrPermission) {
		t.Errorf("a viewer archives: %v", err)
	}
}

func testManyFiles(t *testing.T) {
	r := emulator(t, "seed")
	var made struct{ Project string }
	r.control("generate", map[string]any{"files": 2100, "size": 1, "name": "trial", "user": "user-alice"}, &made)
	s := r.source(SourceOptions{Project: made.Project})
	var all []storage.Object
	for _, e := range listed(t, s) {
		if e.Kind == storage.File {
			all = append(all, storage.Object{Key: e.Path, ID: e.ID})
		}
	}
	r.Calls()
	if err := s.Archive(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if n := r.Calls()["project-xxxx/archive"]; n != 3 {
		t.Errorf("%d files in %d calls", len(all), n)
	}
}

func testSponsored(t *testing.T) {
	r := emulator(t, "seed")
	id := r.seed("source", map[string]string{"a": "one"})
	s := r.source(SourceOptions{Project: id})
	o := []storage.Object{{Key: "a", ID: listed(t, s)["a"].ID}}
	until := time.Now().Add(24 * time.Hour).UnixMilli()
	r.must(id, "updateSponsorship", map[string]any{"sponsor": "org-vault", "sponsoredUntil": until}, nil)
	if err := s.Archive(t.Context(), o); err == nil || !strings.Contains(err.Error(), "sponsored") {
		t.Errorf("archived in a sponsored project: %v", err)
	}
	r.must(id, "updateSponsorship", map[string]any{"sponsoredUntil": nil}, nil)
	if err := s.Archive(t.Context(), o); err != nil {
		t.Error(err)
	}
}
