package record

import (
	"errors"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/schema"
)

var update = flag.Bool("update", false, "rewrite golden files")

func whole() *Copy {
	return &Copy{
		Destination: "vault", Source: "home", Path: "a/\xff\"b\n.txt", Seq: 2, Kind: "file", Status: Retired,
		Key: "home/a/%FF.txt.~2~", ID: "8120", Size: 12, Digest: "sha256:00ff", MTime: 1790000000123456789,
		CTime: -5, Inode: math.MaxUint64, SourceID: "v1", Mode: 0o100644, UID: 1000, GID: 100, Nlink: 2,
		HardLink: "a/\xfe", Target: "../x\xfd", Xattrs: map[string]string{"user.b": "\x00\xff", "user.\xff": "2"},
		Class: "raw", Claims: []string{"backup.a/vault", "backup.b/vault"}, CopiedAt: 1790000000001,
		VerifiedAt: 1790000000002, VerifyMethod: "read-back", SupersededAt: 1790000000003, GoneAt: 1790000000004,
		RetainUntil: schema.UntilForever, TermReason: "keep 7y", RetiredAt: 1790000000005, RetiredFrom: Verified,
		LockMode: "governance", LockedUntil: 1790000000006, Holds: []string{"trial"}, Tier: "archived", TieredAt: 1790000000007, Run: "r1",
	}
}

func events() []Event {
	at := time.UnixMilli(1790000000999).UTC()
	return []Event{
		{Op: OpCopy, At: at, Run: "r1", Copy: whole()},
		{Op: OpTag, At: at, Run: "r1", Copy: &Copy{
			Destination: "vault", Source: "home", Path: "a/", Seq: 1, Kind: "directory", Status: Entry, RetainUntil: schema.UntilOpen,
		}},
		{Op: OpHold, At: at, Run: "r1", Hold: &Hold{
			Name: "trial", Reason: "litigation <&>", Owner: "qa", Selector: `{"paths":["/a/**"]}`,
			Targets: []string{"backup.a"}, SetAt: 5, ReleasedAt: 6, ReleasedBy: "me",
		}},
		{Op: OpExpire, At: at, Tombstone: &Tombstone{
			Destination: "vault", Source: "home", NameHash: "00ff", Seq: 3, Size: 4, Digest: "sha256:1", ExpiredAt: 7, Run: "r0",
		}},
		{Op: OpEvidence, At: at, Evidence: &Evidence{
			Kind: "restore_test", At: 8, Run: "r1", Destination: "vault", Backup: "backup.a", Method: "command",
			Objects: 1, Bytes: 2, Failed: 3, Outcome: "fail", Detail: "exit 1",
		}},
	}
}

func TestLinesAreTheGoldenOnes(t *testing.T) {
	var got []byte
	for _, e := range events() {
		got = append(AppendEvent(got, &e), '\n')
	}
	golden := filepath.Join("testdata", "events.jsonl")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("lines differ from %s:\n%s", golden, got)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, e := range events() {
		line := AppendEvent(nil, &e)
		back, err := ParseEvent(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !reflect.DeepEqual(back, e) {
			t.Errorf("%s\ngave %+v", line, back)
		}
	}
}

// Every field of a copy must survive: a field that somebody adds to Copy and
// forgets in the codec would be lost with the state.
func TestNoFieldOfACopyIsForgotten(t *testing.T) {
	c := whole()
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("field %s is zero in the test's copy", v.Type().Field(i).Name)
		}
	}
	back, err := ParseCopy(AppendCopy(nil, c))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, c) {
		t.Errorf("got %+v, want %+v", back, c)
	}
}

func TestExtraRoundTrip(t *testing.T) {
	c := whole()
	got := Copy{Path: "kept"}
	if err := ParseExtra(AppendExtra(nil, c), &got); err != nil {
		t.Fatal(err)
	}
	want := Copy{Path: "kept", HardLink: c.HardLink, Target: c.Target, Xattrs: c.Xattrs}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if b := AppendExtra(nil, &Copy{Path: "p"}); b != nil {
		t.Errorf("a plain copy has extra %s", b)
	}
}

func TestUnknownMembersAreIgnored(t *testing.T) {
	line := `{"op":"tag","later":{"x":1},"copy":{"destination":"d","source":"s","path":"p","seq":1,"kind":"file","status":"written","shape":"round"}}`
	if _, err := ParseEvent([]byte(line)); err != nil {
		t.Error(err)
	}
}

func TestBadTextBecomesReplacementCharacter(t *testing.T) {
	e := Event{Op: OpHold, Hold: &Hold{Name: "a\xffb"}}
	back, err := ParseEvent(AppendEvent(nil, &e))
	if err != nil || back.Hold.Name != "a\uFFFDb" {
		t.Errorf("got %+v, %v", back.Hold, err)
	}
}

func TestRefused(t *testing.T) {
	good := `{"op":"copy","copy":{"destination":"d","source":"s","path":"p","key":"s/p","seq":1,"kind":"file","status":"written"}}`
	if _, err := ParseEvent([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, swap := range map[string][2]string{
		"cut off":            {`"}}`, `"`},
		"bytes after it":     {`"}}`, `"}} x`},
		"unknown operation":  {`"op":"copy"`, `"op":"grant"`},
		"about nothing":      {`"copy":{`, `"other":{`},
		"no destination":     {`"destination":"d"`, `"destination":""`},
		"no source":          {`"source":"s"`, `"source":""`},
		"path up":            {`"path":"p"`, `"path":"../p"`},
		"path absolute":      {`"path":"p"`, `"path":"/p"`},
		"path up in base64":  {`"path":"p"`, `"path":"p","path_b64":"Li4vcA=="`},
		"base64 broken":      {`"path":"p"`, `"path":"p","path_b64":"?"`},
		"key up":             {`"key":"s/p"`, `"key":"s/../../p"`},
		"key is a folder":    {`"key":"s/p"`, `"key":"s/p/"`},
		"key reserved":       {`"key":"s/p"`, `"key":".backstay/heads/9"`},
		"no version":         {`"seq":1`, `"seq":0`},
		"huge version":       {`"seq":1`, `"seq":4294967296`},
		"negative size":      {`"seq":1`, `"seq":1,"size":-1`},
		"unknown kind":       {`"kind":"file"`, `"kind":"socket"`},
		"unknown status":     {`"status":"written"`, `"status":"fine"`},
		"unknown old status": {`"seq":1`, `"seq":1,"retired_from":"fine"`},
		"unknown tier":       {`"seq":1`, `"seq":1,"tier":"tepid"`},
		"bad instant":        {`"seq":1`, `"seq":1,"copied_at":"yesterday"`},
		"bad term":           {`"seq":1`, `"seq":1,"retain_until":"never"`},
	} {
		line := strings.Replace(good, swap[0], swap[1], 1)
		if line == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if _, err := ParseEvent([]byte(line)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestInstantsOutOfRangeAreClamped(t *testing.T) {
	c := whole()
	c.CopiedAt, c.RetainUntil = math.MinInt64, schema.UntilOpen-1
	back, err := ParseCopy(AppendCopy(nil, c))
	if err != nil {
		t.Fatal(err)
	}
	if back.CopiedAt != firstInstant || int64(back.RetainUntil) != lastInstant {
		t.Errorf("got %d and %d", back.CopiedAt, back.RetainUntil)
	}
}

func FuzzInstant(f *testing.F) {
	for _, ms := range []int64{0, 1, -1, 1790000000001, firstInstant, lastInstant, 951782400000} {
		f.Add(ms)
	}
	f.Fuzz(func(t *testing.T, ms int64) {
		ms = min(max(ms, firstInstant), lastInstant)
		want := time.UnixMilli(ms).UTC().Format(`"2006-01-02T15:04:05.000Z"`)
		if got := string(appendInstant(nil, ms)); got != want {
			t.Errorf("%d: got %s, want %s", ms, got, want)
		}
	})
}

// What is parsed prints back as what parses to the same: no text of a line is
// ever lost or changed on its way through the state into the next catalogue.
func FuzzParseEvent(f *testing.F) {
	for _, e := range events() {
		f.Add(AppendEvent(nil, &e))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseEvent(line)
		if err != nil {
			return
		}
		again, err := ParseEvent(AppendEvent(nil, &e))
		if err != nil {
			t.Fatalf("%q does not parse its own line: %v", line, err)
		}
		if third := AppendEvent(nil, &again); string(third) != string(AppendEvent(nil, &e)) {
			t.Errorf("%q\n%+v\n%+v", line, e, again)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("a/b", "k", "t", "user.x", "v", int64(1), uint64(2), "c", int64(3))
	f.Fuzz(func(t *testing.T, path, key, target, name, value string, n int64, u uint64, text string, until int64) {
		c := Copy{
			Destination: "d", Source: "s", Path: path, Seq: 1, Kind: "file", Status: Written, Key: key, Target: target,
			HardLink: key, Xattrs: map[string]string{name: value}, Size: n & math.MaxInt64, MTime: n, CTime: -n, Inode: u,
			Mode: uint32(u), Claims: []string{strings.ToValidUTF8(text, "?")}, CopiedAt: min(max(n, firstInstant), lastInstant),
			RetainUntil: schema.Until(min(max(until, firstInstant), lastInstant)),
		}
		if c.Validate() != nil {
			return
		}
		back, err := ParseCopy(AppendCopy(nil, &c))
		if err != nil || !reflect.DeepEqual(*back, c) {
			t.Errorf("%+v\ngave %+v, %v", c, back, err)
		}
	})
}

func BenchmarkAppendEvent(b *testing.B) {
	e := events()[0]
	var buf []byte
	for b.Loop() {
		buf = AppendEvent(buf[:0], &e)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkParseEvent(b *testing.B) {
	line := AppendEvent(nil, &events()[0])
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		if _, err := ParseEvent(line); err != nil {
			b.Fatal(err)
		}
	}
}
