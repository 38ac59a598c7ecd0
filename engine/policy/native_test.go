package policy

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// dice makes changes of all kinds, sensible and not.
type dice struct{ *rand.Rand }

func pick[T any](d dice, from ...T) T { return from[d.Intn(len(from))] }

func (d dice) until() schema.Until {
	return pick(d, schema.UntilNone, schema.UntilOpen, schema.UntilForever, schema.UntilAt(testNow.AddDate(0, 0, d.Intn(20)-10)), schema.UntilAt(testNow))
}

func (d dice) instant() time.Time {
	return pick(d, time.Time{}, testNow.AddDate(0, 0, -d.Intn(20)), testNow)
}

func (d dice) facts() *plan.CopyFacts {
	if d.Intn(4) == 0 {
		return nil
	}
	return &plan.CopyFacts{
		Key: pick(d, "", "docs/a", "docs/\xff"), Seq: d.Intn(3), Status: pick(d, "", "written", "verified", "damaged", "missing", "retired"),
		Size: int64(d.Intn(5)), Digest: pick(d, "", "sha256:00"), CopiedAt: d.instant(), VerifiedAt: d.instant(),
		RetainUntil: d.until(), TermReason: pick(d, "", "keep"), RetiredAt: d.instant(),
		Held: pick(d, nil, []string{"a"}, []string{"a", "b"}), Claims: pick(d, nil, []string{"backup.docs/far"}), LockedUntil: d.until(),
	}
}

func (d dice) change() *plan.Change {
	reasons := strings.Split(inputShape().props["change"].props["reason"].enum[0]+",term_over,given_up,quarantine_over,term_raised", ",")
	return &plan.Change{
		Address: pick(d, `backup.docs.copy.far["a"]`, "backup.docs.copy.near[\"\xfe\"]", `backup.gone.copy.x["a"]`),
		Backup:  pick(d, "", "backup.docs", "backup.gone"), Copy: pick(d, "", "far", "near"),
		Destination: pick(d, "destination.s3.far", "destination.filesystem.near", "destination.s3.old"),
		Action:      pick(d, plan.Actions...), Reason: plan.Reason(pick(d, reasons...)),
		Object: plan.Object{
			Source: "docs", Path: pick(d, "a", "b\xff", "x/y.txt"), Kind: pick(d, plan.File, plan.Directory, plan.Symlink),
			Size: int64(d.Intn(20)), ID: pick(d, "", "file-1"), Class: pick(d, "", "raw", "metadata"), Live: d.Intn(2) == 0,
		},
		Before: d.facts(), After: d.facts(), Remaining: d.Intn(3), CopiesBefore: d.Intn(4), CopiesAfter: d.Intn(4),
	}
}

// TestChangeFields holds the two ways to read a change to one answer: for every
// member that the schema names, the native field is what the rule would see.
func TestChangeFields(t *testing.T) {
	d := dice{rand.New(rand.NewSource(1))}
	for range 300 {
		c := d.change()
		native := &changeFacts{c, testNow}
		doc := encode(ChangeInput(c, testNow))
		for id, f := range changeFields {
			if got, want := asTerm(native.field(id)), lookup(doc, f.path); !sameTerm(got, want) {
				t.Fatalf("%s: native %v, input %v", f.path, got, want)
			}
			if k := native.field(id).kind; k != undefined && k != f.kind {
				t.Fatalf("%s is of kind %d, declared %d", f.path, k, f.kind)
			}
		}
	}
	for _, path := range leaves(inputShape().props["change"], "") {
		if _, ok := changeTable.ids[path]; !ok && path != "object.path_b64" {
			t.Errorf("input.change.%s has no native field", path)
		}
	}
}

func leaves(s *shape, path string) []string {
	var out []string
	for _, name := range s.order {
		p := strings.TrimPrefix(path+"."+name, ".")
		if out = append(out, p); s.props[name].props != nil {
			out = append(out, leaves(s.props[name], p)...)
		}
	}
	return out
}

func lookup(doc *ast.Term, path string) *ast.Term {
	for step := range strings.SplitSeq(path, ".") {
		if doc = doc.Get(ast.StringTerm(step)); doc == nil {
			return nil
		}
	}
	return doc
}

func asTerm(v value) *ast.Term {
	switch v.kind {
	case boolValue:
		return ast.BooleanTerm(v.b)
	case numberValue:
		return intTerm(v.n)
	case stringValue:
		return ast.StringTerm(v.s)
	case listValue:
		return encode(v.list)
	case objectValue:
		return ast.ObjectTerm()
	}
	return nil
}

func sameTerm(got, want *ast.Term) bool {
	if got == nil || want == nil {
		return got == want
	}
	if _, isObject := got.Value.(ast.Object); isObject {
		_, ok := want.Value.(ast.Object)
		return ok
	}
	return got.Equal(want)
}

func TestStructFieldsEqualTheInput(t *testing.T) {
	d := dice{rand.New(rand.NewSource(2))}
	for range 200 {
		c, o := d.copySubject(), d.objectSubject()
		for _, x := range []struct {
			facts structFacts
			doc   *ast.Term
		}{
			{structFacts{reflect.ValueOf(c).Elem(), copyTable()}, encode(c)},
			{structFacts{reflect.ValueOf(o).Elem(), objectTable()}, encode(o)},
		} {
			for name, id := range x.facts.table.ids {
				if got, want := asTerm(x.facts.field(id)), lookup(x.doc, name); !sameTerm(got, want) {
					t.Fatalf("%s: native %v, input %v", name, got, want)
				}
			}
		}
	}
}

func (d dice) number() *int64 {
	n := int64(d.Intn(200))
	return pick(d, nil, &n)
}

func (d dice) copySubject() *CopySubject {
	return &CopySubject{
		Address: "c", Backups: pick(d, nil, []string{"backup.docs"}), Destination: "destination.s3.far", Source: "docs", Path: "a",
		Kind: pick(d, "file", "directory"), Class: pick(d, "", "metadata"), Status: pick(d, "written", "verified", "damaged", "missing", "retired", "entry"),
		Digest: pick(d, "", "sha256:00"), SourceID: pick(d, "", "file-1"), ID: pick(d, "", "file-1", "file-2"),
		Current: d.Intn(2) == 0, Live: d.Intn(2) == 0, Replaced: d.Intn(2) == 0, Removed: d.Intn(2) == 0, RemovedEarly: d.Intn(2) == 0,
		VerifiedDays: d.number(), CopiedDays: d.number(), RetainDays: d.number(), RetainUntil: pick(d, "", "open", "2030-01-01T00:00:00.000Z"),
		VerifiedAt: pick(d, "", "2026-01-01T00:00:00.000Z"),
	}
}

func (d dice) objectSubject() *ObjectSubject {
	return &ObjectSubject{
		Address: "o", Backup: "backup.docs", Source: "docs", Path: "a", Live: d.Intn(2) == 0, Verified: d.Intn(3), Written: d.Intn(2),
		Copies: d.Intn(4), Destinations: pick(d, nil, []string{"destination.s3.far"}, []string{"destination.s3.far", "destination.filesystem.near"}),
		NewestHours: d.number(), WaitingHours: d.number(),
	}
}

// everyOperator is Rego that takes the translator through everything that it
// knows, and much that it does not.
const everyOperator = `package backstay.own

deny contains "eq" if input.change.action == "copy"
deny contains "order" if { input.change.object.size > 10; input.change.remaining <= 1; input.change.copies_after >= 2; input.change.bytes < 15; input.change.object.size != 12 }
deny contains "compare members" if input.change.copies_after < input.change.copies_before
deny contains "order of strings" if input.change.before.retain_until < input.now
deny contains "absent" if { not input.change.before; input.change.after }
deny contains "not a value" if not input.change.object.live == true
deny contains "negated comparison" if { not input.change.remaining > 1; input.change.removes }
deny contains "set" if input.change.object.kind in {"directory", "symlink"}
deny contains "not in set" if not input.change.action in {"copy", "retire", "expire"}
deny contains "in list of the change" if "b" in input.change.before.held
deny contains "in its own list" if input.change.object.class in input.change.before.claims
deny contains "count" if count(input.change.before.held) > 1
deny contains "count of text" if count(input.change.object.path) == 2
deny contains "prefix" if startswith(input.change.object.path, "x/")
deny contains "suffix" if endswith(input.change.object.path, ".txt")
deny contains "inside" if contains(input.change.address, "copy.near")
deny contains "joined with the configuration" if { some d in input.config.destinations; d.address == input.change.destination; d.media == "disk" }
deny contains "not joined" if { some b in input.config.backups; not b.address == input.change.backup }
deny contains "helper" if { risky; input.change.remaining == 0 }
deny contains "no helper" if { not risky; input.change.removes }
risky if count(input.change.before.held) == 0
risky if input.change.before.status == "damaged"
deny contains msg if { x := input.change.object.size; x > 5; y := x * 2; y > 20; msg := sprintf("arithmetic %d", [y]) }
deny contains "comprehension" if count([h | some h in input.change.before.held; h != "a"]) > 0
deny contains "every" if { input.change.before; every h in input.change.before.held { h == "a" } }
deny contains "iteration" if { some h in input.change.before.held; h == "b" }
deny contains "pattern" if regex.match("^b", input.change.object.path)
deny contains "else" if graded == "b"
graded := "a" if input.change.object.size > 15
else := "b" if input.change.object.size > 10
deny contains sprintf("object %s", [input.change.object.path]) if { input.change.object; input.change.before.held == ["a"] }
deny contains "false" if input.change.object.live == false
deny contains "types differ" if input.change.object.size != 3.5
deny contains "empty" if input.change.before.claims == []
deny contains "data" if input.change.object.class in data.own.classes
deny contains "not in set, where it is" if not input.change.before.status in {"verified", "missing"}
deny contains "absent behind not" if not known
known if not input.change.before.status in {"verified", "missing"}
deny contains "absent in a variable behind not" if not chosen
chosen if { y := input.change.before.status; not y == "written" }
deny contains "absent argument" if not accepted(input.change.before.status)
deny contains "absent argument behind not" if not passed
passed if not accepted(input.change.before.status)
accepted(x) if x == "written"
deny contains "itself by arguments" if not alike(input.change.before.status, input.change.before.status)
deny contains "itself by arguments behind not" if not likewise
likewise if alike(input.change.before.status, input.change.before.status)
alike(a, b) if a == b
deny contains "absent count" if not many
many if not count(input.change.before.held) == 1
warn contains "partial" if { input.change.object.size > data.own.limit; input.change.action != "tag" }
subjects contains input.change.address if input.change.object.kind == "file"
unknown contains "unknown" if { input.change.removes; not input.change.before.digest }
`

// everyWay are sessions that must agree: with native predicates and without,
// where Rego uses its index of rules and where it tries each.
func everyWay(t testing.TB) (on, off, unindexed *PlanSession) {
	set := func(nativeOff, unindexed bool) *PlanSession {
		cfg := withPack(t, fileTree(t), "core")
		cfg.Backups[0].Regimes = []string{"clia", "pci"}
		s := withRego(t, cfg, map[string]string{"own.rego": everyOperator, "own.json": `{"own": {"classes": ["raw"], "limit": 7}}`})
		s.NativeOff = nativeOff
		e := compileSet(t, s)
		e.unindexed = unindexed
		p, err := e.NewPlan(t.Context(), planFacts())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	return set(false, false), set(true, false), set(true, true)
}

func compareFindings(t testing.TB, a, b []Finding, about any) {
	t.Helper()
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	if err1 != nil || err2 != nil || string(x) != string(y) {
		doc, _ := json.MarshalIndent(about, "", " ")
		t.Fatalf("native:\n%s\nRego:\n%s\nabout %s", x, y, doc)
	}
}

// TestNativeEqualsRego asks both ways about the same random changes.
func TestNativeEqualsRego(t *testing.T) {
	on, off, unindexed := everyWay(t)
	d := dice{rand.New(rand.NewSource(3))}
	for range 150 {
		judgeAll(t, d.change(), on, off, unindexed)
	}
	a, err1 := on.End(t.Context(), &plan.Summary{}, nil)
	b, err2 := off.End(t.Context(), &plan.Summary{}, nil)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if x, y := fmt.Sprint(a.Controls), fmt.Sprint(b.Controls); x != y {
		t.Errorf("counts differ:\n%s\n%s", x, y)
	}
	if a.Counters.Native == 0 || a.Counters.Rego >= b.Counters.Rego/2 || b.Counters.Native != 0 {
		t.Errorf("counters: native %+v, off %+v", a.Counters, b.Counters)
	}
}

func judgeAll(t testing.TB, c *plan.Change, sessions ...*PlanSession) {
	t.Helper()
	var first []Finding
	for i, s := range sessions {
		got, err := s.Change(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = got
			continue
		}
		compareFindings(t, first, got, c)
	}
}

func FuzzNativeEqualsRego(f *testing.F) {
	on, off, unindexed := everyWay(f)
	f.Add(int64(1))
	f.Fuzz(func(t *testing.T, seed int64) {
		judgeAll(t, dice{rand.New(rand.NewSource(seed))}.change(), on, off, unindexed)
	})
}

func TestNativeEqualsRegoInState(t *testing.T) {
	session := func(off bool) *StateSession {
		cfg := withPack(t, fileTree(t), "core")
		cfg.Backups[0].Regimes = []string{"pci"}
		s, err := compileSet(t, Set{Config: cfg, NativeOff: off}).NewState(t.Context(), testNow)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	on, off := session(false), session(true)
	d := dice{rand.New(rand.NewSource(4))}
	for range 150 {
		c, o := d.copySubject(), d.objectSubject()
		x, err1 := on.Copy(t.Context(), c)
		y, err2 := off.Copy(t.Context(), c)
		v, err3 := on.Object(t.Context(), o)
		w, err4 := off.Object(t.Context(), o)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			t.Fatal(err1, err2, err3, err4)
		}
		compareFindings(t, x, y, c)
		compareFindings(t, v, w, o)
	}
	a, err1 := on.End(t.Context(), &StateTotals{})
	b, err2 := off.End(t.Context(), &StateTotals{})
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if x, y := fmt.Sprint(a.Controls), fmt.Sprint(b.Controls); x != y {
		t.Errorf("counts differ:\n%s\n%s", x, y)
	}
}

// TestShippedRulesTranslate holds the library to its speed: no rule of packs
// safety and core needs Rego to say that a first copy is none of its business,
// and the subjects of each are counted without it.
func TestShippedRulesTranslate(t *testing.T) {
	s, err := compileSet(t, Set{Config: withPack(t, fileTree(t), "core")}).NewPlan(t.Context(), planFacts())
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range plan.Actions {
		c := copyChange()
		c.Action = action
		part := s.native.part(&changeFacts{c, testNow})
		for _, nc := range part.controls {
			if !nc.exact {
				t.Errorf("%s: subjects of %s are not counted natively", action, nc.control.id)
			}
			if action.Removes() {
				continue
			}
			for _, r := range nc.rules {
				if slices.ContainsFunc(r.when.any, func(x conjunction) bool { return len(x.all) == 0 && !x.exact }) && !slices.Contains([]plan.Action{plan.Release, plan.Adopt, plan.Archive, plan.Lock}, action) {
					t.Errorf("%s: %s asks Rego every time, at %v", action, nc.control.id, r.rule.location)
				}
			}
		}
	}
}
