package erasure

import (
	"strings"
	"testing"
	"time"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestFind(t *testing.T) {
	l, err := Parse(strings.NewReader("# subjects\n\nS-001 2026-01-02\nS-0012\t2025-05-05\nMüller 2024-01-01\nS-001 2026-03-03\nX\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"runs/S-001/reads.fastq.gz":    "2026-01-02",
		"S-001_R1.fastq.gz":            "2026-01-02",
		"runs/S-001":                   "2026-01-02",
		"S-0012.bam":                   "2025-05-05",
		"S-001/S-0012.bam":             "2025-05-05",
		"briefe/Müller, A.pdf":         "2024-01-01",
		"runs/X.txt":                   "0001-01-01",
		"runs/S-00123.bam":             "",
		"runs/TS-001.bam":              "",
		"runs/S-001é.bam":              "",
		"":                             "",
		"S-00":                         "",
		"runs/\xffS-001\xff/reads.bam": "2026-01-02",
	} {
		since, found := l.Find(path)
		if found != (want != "") || found && since.Format(time.DateOnly) != want {
			t.Errorf("%q: %v, %t, want %q", path, since, found, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"S-1 yesterday", "S-1 2026-01-01 again", "a\nS-1 2026-13-01"} {
		if _, err := Parse(strings.NewReader(text)); err == nil || strings.Contains(err.Error(), "S-1") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzFind holds that an id is found between any neighbours that are no part of
// a word, and nowhere in a text without it.
func FuzzFind(f *testing.F) {
	l, err := Parse(strings.NewReader("S-001 2026-01-02"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a/", ".b")
	f.Fuzz(func(t *testing.T, before, after string) {
		if _, found := l.Find(before + "/S-001/" + after); !found {
			t.Fatalf("not found between %q and %q", before, after)
		}
		text := before + after
		if since, found := l.Find(text); found && (!strings.Contains(text, "S-001") || !since.Equal(day("2026-01-02"))) {
			t.Fatalf("found in %q", text)
		}
	})
}
