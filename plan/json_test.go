package plan

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/backstay/backstay/schema"
)

func sample() *Change {
	at := time.Date(2026, 3, 1, 12, 0, 0, 7e6, time.UTC)
	return &Change{
		Address: Address("backup.docs", "vault", "a/b.txt"), Backup: "backup.docs", Copy: "vault",
		Destination: "destination.filesystem.vault", Action: Recopy, Reason: CopyDamaged,
		Detail: "size 3, recorded as 4",
		Object: Object{
			Source: "docs", Path: "a/b.txt", Kind: File, Size: 3, MTime: 1767225600123456789,
			CTime: -1, Inode: 1<<63 + 1, Dev: 7, Mode: 0o100644, UID: 1000, GID: 1000, Nlink: 2,
			ID: "x", Class: "raw", Live: true,
		},
		Before: &CopyFacts{
			Key: "docs/a/b.txt", Seq: 1, Status: "damaged", Size: 4, Digest: "sha256:00",
			CopiedAt: at, VerifiedAt: at, RetiredAt: at, SupersededAt: at, GoneAt: at,
			RetainUntil: schema.UntilAt(at), TermReason: "keep 7y after it was created",
			Claims: []string{"backup.docs/vault"}, Held: []string{"case-1"}, LockedUntil: schema.UntilForever, Tier: "unarchiving", TieredAt: at,
		},
		After:      &CopyFacts{Seq: 2, Status: "verified", Size: 3, RetainUntil: schema.UntilOpen},
		Superseded: &CopyFacts{Seq: 1, Status: "damaged", Size: 4},
		Remaining:  1, CopiesBefore: 1, CopiesAfter: 2,
		Cost: &Cost{
			Currency: "EUR", Known: true, StorageMonth: -1.5e-9, StorageBefore: 2, Egress: 0.1, Requests: 4e-7, Retrieval: 1e21,
			EarlyDeletion: 7, Exposure: 12.000001, ExposureUntil: "2026-04-01", Missing: []string{"a", "b"}, ListedOn: "2025-10-28",
		},
	}
}

func TestChangeReadsBack(t *testing.T) {
	for name, c := range map[string]*Change{
		"full":  sample(),
		"right": {Address: AccessAddress("destination.dnanexus.vault", "user-a"), Destination: "destination.dnanexus.vault", Action: Revoke, Reason: AccessDrift, Object: Object{Path: "user-a", Kind: Access}},
		"bytes": {Address: `x["\xff"]`, Action: Tag, Object: Object{Source: "s", Path: "\xff\"\\\n\t\x01/é\u2028/", Kind: Directory}, Before: &CopyFacts{Seq: 1, Key: "s/\xfe"}},
	} {
		line := c.AppendJSON(nil)
		if !json.Valid(line) {
			t.Fatalf("%s: not JSON: %s", name, line)
		}
		var back Change
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, line)
		}
		if !reflect.DeepEqual(&back, c) {
			t.Errorf("%s: read back as\n%s\nwritten as\n%s", name, back.AppendJSON(nil), line)
		}
	}
}

// The names of members are fixed: users' scripts and policies read them.
func TestChangeMembers(t *testing.T) {
	var m map[string]any
	if err := json.Unmarshal(sample().AppendJSON(nil), &m); err != nil {
		t.Fatal(err)
	}
	object := m["object"].(map[string]any)
	before := m["before"].(map[string]any)
	for _, c := range []struct {
		in   map[string]any
		name string
		want any
	}{
		{m, "address", `backup.docs.copy.vault["a/b.txt"]`},
		{m, "backup", "backup.docs"},
		{m, "copy", "vault"},
		{m, "action", "recopy"},
		{m, "reason", "copy_damaged"},
		{object, "mtime", "2026-01-01T00:00:00.123456789Z"},
		{object, "inode", "9223372036854775809"},
		{object, "class", "raw"},
		{before, "retain_until", "2026-03-01T12:00:00.007Z"},
		{before, "copied_at", "2026-03-01T12:00:00.007Z"},
		{before, "locked_until", "forever"},
	} {
		if c.in[c.name] != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.in[c.name], c.want)
		}
	}
}

func TestDecoderRefuses(t *testing.T) {
	good := string(sample().AppendJSON(nil))
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the sample lacks %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, line := range map[string]string{
		"dots":             swap(`"path":"a/b.txt"`, `"path":"a/../b.txt"`),
		"absolute":         swap(`"path":"a/b.txt"`, `"path":"/b.txt"`),
		"dots in base64":   swap(`"path":"a/b.txt"`, `"path":"a","path_b64":"Li4vYQ=="`),
		"key":              swap(`"key":"docs/a/b.txt"`, `"key":"../a"`),
		"action":           swap(`"action":"recopy"`, `"action":"delete"`),
		"kind":             swap(`"kind":"file"`, `"kind":"directory"`),
		"twice":            swap(`"copy":"vault"`, `"copy":"vault","copy":"other"`),
		"nested twice":     swap(`"seq":1`, `"seq":1,"seq":1`),
		"negative size":    swap(`"size":3`, `"size":-3`),
		"fraction":         swap(`"size":3`, `"size":3.0`),
		"wrong type":       swap(`"remaining":1`, `"remaining":"1"`),
		"no version":       swap(`"seq":2`, `"seq":0`),
		"far time":         swap(`"mtime":"2026`, `"mtime":"9026`),
		"trailing":         good + "{}",
		"truncated":        good[:len(good)-1],
		"not UTF-8":        swap("a/b.txt", "a/\xff.txt"),
		"missing comma":    swap(`"remaining":1,`, `"remaining":1`),
		"nested opening":   swap(`"remaining":1,`, `"remaining":1{`),
		"revoke of a copy": swap(`"action":"recopy"`, `"action":"revoke"`),
		"copy of a right":  swap(`"kind":"file"`, `"kind":"access"`),
		"array":            "[]",
		"empty":            "",
		"mode too large":   swap(`"mode":33188`, `"mode":4294967296`),
		"cost twice":       swap(`"cost":{`, `"cost":{},"cost":{`),
		"egress twice":     swap(`"egress":0.1`, `"egress":0.1,"egress":0.1`),
		"amount of words":  swap(`"egress":0.1`, `"egress":"0.1"`),
		"amount too large": swap(`"egress":0.1`, `"egress":1e999`),
		"no source":        swap(`"source":"docs"`, `"source":""`),
		"claims an array":  swap(`"claims":["backup.docs/vault"]`, `"claims":{}`),
	} {
		var d Decoder
		if c, err := d.Change([]byte(line)); err == nil {
			t.Errorf("%s: accepted as %s", name, c.AppendJSON(nil))
		}
	}
}

func TestDecoderSkipsNewMembers(t *testing.T) {
	line := sample().AppendJSON(nil)
	more := append([]byte(`{"later":{"a":[1,-2.5e3,{"seq":1},"}",null,true,[]],"address":"no"},`), line[1:]...)
	var d Decoder
	c, err := d.Change(more)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, sample()) {
		t.Errorf("read as %s", c.AppendJSON(nil))
	}
	deep := []byte(`{"later":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "," + string(line[1:]))
	if _, err := d.Change(deep); err == nil {
		t.Error("a hundred nested arrays were accepted")
	}
}

// What a decoder kept of one change is in no other.
func TestDecoderReadsChangesApart(t *testing.T) {
	var all [4]*Change
	for i := range all {
		c := sample()
		c.Address = strings.Repeat("\"", 5-i) + "a\\b"
		c.Object.MTime, c.Object.CTime = int64(i)*1e9+1, int64(i/2)*1e9
		c.After.CopiedAt = c.After.CopiedAt.AddDate(0, 0, i/2)
		all[i] = c
	}
	var d Decoder
	var got [4]*Change
	for i, c := range all {
		var err error
		if got[i], err = d.Change(c.AppendJSON(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, all) {
		t.Errorf("%+v\nare not\n%+v", got, all)
	}
}

// Strings are read as the standard library reads them; half a surrogate pair is
// refused where that replaces it.
func FuzzString(f *testing.F) {
	for _, s := range []string{`plain`, `a\"b\\\/`, `\u00e9\ud83d\ude00x`, `\ud83dx`, `\ud83d\u0041`, `\x`, `\u12`, `\`, "\x01", `\b\f\n\r\t`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, inner string) {
		line := []byte(`"` + inner + `"`)
		var s scanner
		s.start(line)
		got := string(s.str())
		s.finish()
		var want string
		err := json.Unmarshal(line, &want)
		if s.err == nil && (err != nil || got != want) {
			t.Errorf("%q is read as %q, the library reads %q, %v", inner, got, want, err)
		}
		if s.err != nil && err == nil && utf8.ValidString(inner) && !strings.Contains(want, "\uFFFD") {
			t.Errorf("%q is refused: %v", inner, s.err)
		}
	})
}

func FuzzDecoder(f *testing.F) {
	f.Add(sample().AppendJSON(nil))
	f.Add([]byte(`{"address":"\u0041","object":{"path":"a"},"x":[{}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var d Decoder
		c, err := d.Change(line)
		if err != nil {
			return
		}
		again, err := d.Change(c.AppendJSON(nil))
		if err != nil {
			t.Fatalf("what was read is not accepted when written: %v", err)
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("%s\nbecame\n%s", c.AppendJSON(nil), again.AppendJSON(nil))
		}
	})
}

func TestHeaderAndSummaryReadBack(t *testing.T) {
	h := Header{
		FormatVersion: "1.0", Program: "0.1", ConfigDigest: "c", PolicyDigest: "p", Lineage: "l", Serial: 4,
		AsOf: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), MaxAge: 24 * time.Hour, Refresh: "quick",
		Checksum: true, Targets: []string{"backup.docs"}, Allow: []string{"retire"},
	}
	s := Summary{
		Actions:      map[Action]Count{Copy: {2, 10}, Expire: {1, 3}},
		Unchanged:    Count{5, 50},
		Sources:      []SourceTotals{{Source: "docs", Live: Count{7, 60}, Special: 1, SpecialFirst: []Special{{"p\xff", "pipe"}}, Incremental: &Incremental{time.Unix(1, 0).UTC(), time.Unix(2, 0).UTC()}}},
		Backups:      []BackupTotals{{Backup: "backup.docs", ByClass: map[string]Count{"raw": {1, 1}}, ByInclude: []int64{1}}},
		Destinations: []DestinationTotals{{Destination: "destination.filesystem.vault", Copies: Count{5, 50}}},
	}
	var h2 Header
	var s2 Summary
	for _, c := range []struct{ in, out any }{{h, &h2}, {s, &s2}} {
		b, err := json.Marshal(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, c.out); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(reflect.ValueOf(c.out).Elem().Interface(), c.in) {
			t.Errorf("%s read back as %+v", b, c.out)
		}
	}
	b, _ := json.Marshal(s)
	if want := `"actions":{"copy":{"objects":2,"bytes":10},"recopy":{"objects":0,"bytes":0}`; !strings.Contains(string(b), want) {
		t.Errorf("summary %s lacks %s", b, want)
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	c, line := sample(), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		line = c.AppendJSON(line[:0])
	}
	b.SetBytes(int64(len(line)))
}

func BenchmarkDecode(b *testing.B) {
	line := sample().AppendJSON(nil)
	var d Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Change(line); err != nil {
			b.Fatal(err)
		}
	}
}
