package retention

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/schema"
)

var update = flag.Bool("update", false, "rewrite the golden answers")

// history is one file of testdata: rules, an instant, the versions of one
// object at one destination, and below a line of dashes the answer.
//
//	rule NAME key=value ...     a claim with its retention block
//	event NAME DATE             the anchor of that claim was reported
//	now DATE
//	gone                        the object is not live
//	version key=value ...       by rising number; claims=NAME,NAME (default: all rules)
type history struct {
	rules    map[string]*Rule
	order    []string
	events   map[string]int64
	now      time.Time
	live     bool
	versions []Version
}

func TestHistories(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d histories, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			question, answer, _ := bytes.Cut(text, []byte("----\n"))
			got := parseHistory(t, string(question)).answer()
			if *update {
				if err := os.WriteFile(file, append(append(question, "----\n"...), got...), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(answer) {
				t.Errorf("got\n%swant\n%s", got, answer)
			}
		})
	}
}

func (h *history) answer() string {
	var b strings.Builder
	for i, d := range Judge(h.versions, h.live, h.now) {
		v := &h.versions[i]
		word := "keep"
		switch {
		case d.Over && v.RetiredAt == 0:
			word = "retire"
		case d.Over && QuarantineEnd(v).Passed(h.now):
			word = "expire"
		case d.Over:
			word = "wait for " + QuarantineEnd(v).String()
		}
		fmt.Fprintf(&b, "%d %s: %s\n    term %s: %s\n", v.Seq, word, d.Reason, d.Until, d.Term)
	}
	return b.String()
}

func parseHistory(t *testing.T, text string) *history {
	t.Helper()
	h := &history{rules: map[string]*Rule{}, events: map[string]int64{}, live: true}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		switch words[0] {
		case "rule":
			h.rules[words[1]] = Compile("backup."+words[1]+"/vault", parseRule(t, words[2:]))
			h.order = append(h.order, words[1])
		case "event":
			h.events[words[1]] = date(t, words[2]).UnixMilli()
		case "now":
			h.now = date(t, words[1])
		case "gone":
			h.live = false
		case "version":
			h.versions = append(h.versions, h.version(t, words[1:]))
		default:
			t.Fatalf("what is %q?", words[0])
		}
	}
	return h
}

func parseRule(t *testing.T, words []string) *schema.Retention {
	t.Helper()
	r := &schema.Retention{
		KeepLast: 1, KeepSuperseded: schema.Term{Count: 90, Unit: schema.Days},
		Quarantine: schema.Term{Count: 30, Unit: schema.Days},
	}
	counts := map[string]*int{"keep_last": &r.KeepLast, "keep_daily": &r.KeepDaily, "keep_weekly": &r.KeepWeekly, "keep_monthly": &r.KeepMonthly, "keep_yearly": &r.KeepYearly}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		if n, ok := counts[key]; ok {
			*n, _ = strconv.Atoi(value)
			continue
		}
		if key == "anchor" {
			r.Anchor = value
			continue
		}
		term, err := schema.ParseTerm(value)
		if err != nil {
			t.Fatal(err)
		}
		switch key {
		case "keep":
			r.Keep = &term
		case "keep_max":
			r.KeepMax = &term
		case "keep_superseded":
			r.KeepSuperseded = term
		case "quarantine":
			r.Quarantine = term
		default:
			t.Fatalf("what is %q?", w)
		}
	}
	return r
}

func (h *history) version(t *testing.T, words []string) Version {
	t.Helper()
	v := Version{Seq: len(h.versions) + 1, Verified: true}
	claims := h.order
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "created":
			v.Created = date(t, value).UnixNano()
		case "copied":
			v.CopiedAt = date(t, value).UnixMilli()
		case "superseded":
			v.SupersededAt = date(t, value).UnixMilli()
		case "gone":
			v.GoneAt = date(t, value).UnixMilli()
		case "retired":
			v.RetiredAt = date(t, value).UnixMilli()
		case "stored":
			if err := v.Stored.UnmarshalText([]byte(value)); err != nil {
				v.Stored = schema.UntilAt(date(t, value))
			}
			v.StoredReason = "stored before"
		case "locked":
			v.LockedUntil = schema.UntilAt(date(t, value))
		case "held":
			v.Held = strings.Split(value, ",")
		case "claims":
			claims = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
		case "current":
			v.Current = true
		case "unverified":
			v.Verified = false
		case "shortened":
			v.Shortened = true
		case "given_up":
			v.GivenUp = true
		default:
			t.Fatalf("what is %q?", w)
		}
	}
	for _, name := range claims {
		v.Claims = append(v.Claims, Claim{Rule: h.rules[name], Event: h.events[name]})
	}
	return v
}

func date(t *testing.T, s string) time.Time {
	t.Helper()
	for _, layout := range []string{"2006-01-02", time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	t.Fatalf("%q is not a date", s)
	return time.Time{}
}
