package main

import (
	"strings"
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	s := section{measures: []measure{{name: "N", cpu: 2 * time.Second, count: 500_000}, {name: "2N", cpu: 3 * time.Second, count: 1_000_000}}}
	for most, want := range map[time.Duration]string{
		5 * time.Second: "CPU of N: 5.00 s for 2000000, at most 5.00: met",
		time.Second:     "CPU of N: 5.00 s for 2000000, at most 1.00: MISSED",
	} {
		if line, met := (budget{"N", "2N", most, 2_000_000}).hold(s); line != want || met != strings.HasSuffix(want, ": met") {
			t.Errorf("got %q, %t", line, met)
		}
	}
	if line, met := (budget{"theirs", "2N", time.Hour, 1}).hold(s); met || line != "theirs: not measured" {
		t.Errorf("got %q, %t", line, met)
	}
}

// TestGrowth holds that the fixed cost of a program is not taken for the cost
// of each thing.
func TestGrowth(t *testing.T) {
	s := section{measures: []measure{
		{name: "N", cpu: 10 * time.Second, peak: 100 << 20, count: 1000},
		{name: "2N", cpu: 20 * time.Second, peak: 100 << 20, count: 2000},
		{name: "M", cpu: 11 * time.Second, peak: 300 << 20, count: 100},
		{name: "2M", cpu: 21 * time.Second, peak: 500 << 20, count: 200},
	}}
	cpu := growth{of: "N", double: "2N", small: "M", large: "2M", per: 1000, least: 10}
	if line, met := cpu.hold(s); !met || line != "CPU for 1000: 2M needs 10.1 times that of N, at least 10: met" {
		t.Errorf("got %q, %t", line, met)
	}
	memory := growth{of: "N", double: "2N", small: "M", large: "2M", per: 1000, least: 22, memory: true}
	if line, met := memory.hold(s); met || line != "memory for 1000: 2M needs 21.0 times that of N, at least 22: MISSED" {
		t.Errorf("got %q, %t", line, met)
	}
	if line, met := (growth{of: "N", double: "2N", small: "M", large: "M", per: 1, least: 1}).hold(s); met || !strings.Contains(line, "not measured") {
		t.Errorf("got %q, %t", line, met)
	}
}

func TestDenials(t *testing.T) {
	n, err := denials(`[{"filename": "a", "successes": 3, "failures": [{"msg": "x"}, {"msg": "y"}]}, {"filename": "b", "successes": 1}]`)
	if n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := denials("Error: no policies"); err == nil {
		t.Error("an answer that is no JSON was read")
	}
}

// TestRulesText holds that both forms are the same rules.
func TestRulesText(t *testing.T) {
	one, all := rulesText(110, false), rulesText(110, true)
	if n := strings.Count(one, "deny contains msg"); n != 110 {
		t.Errorf("%d rules", n)
	}
	same := strings.ReplaceAll(strings.ReplaceAll(all, "\tsome change in input.changes\n", ""), "change.", "input.change.")
	if same != one || strings.Contains(one, "CHANGE") || strings.Contains(one, "NUMBER") {
		t.Error("the two forms of the rules differ")
	}
}

func TestPlatformBars(t *testing.T) {
	made := calls{"system/findDataObjects": 2, "project-xxxx/describe": 3}
	if line, met := (asked{"plan", made, "", 5}).hold(section{}); !met || !strings.HasPrefix(line, "plan: 5 calls in all, at most 5: met") {
		t.Errorf("got %q, %t", line, met)
	}
	if line, met := (asked{"plan", made, "system/findDataObjects", 1}).hold(section{}); met || !strings.Contains(line, "2 calls of system/findDataObjects, at most 1: MISSED") {
		t.Errorf("got %q, %t", line, met)
	}
	s := section{measures: []measure{{name: "plan", peak: 150 << 20, count: 1000}}}
	if line, met := (level{"plan", measure{peak: 100 << 20, count: 100}, 1.3}).hold(s); met || line != "memory of plan for 1000 / 100: 1.50, at most 1.30: MISSED" {
		t.Errorf("got %q, %t", line, met)
	}
	if _, met := (level{"other", measure{peak: 1}, 1.3}).hold(s); met {
		t.Error("what was not measured is met")
	}
}
