package main

import (
	"strings"
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	s := section{measures: []measure{{name: "ours", cpu: 3 * time.Second, count: 2_000_000}}}
	for most, want := range map[time.Duration]string{
		1500 * time.Millisecond: "CPU of ours: 1.50 s for 1000000, at most 1.50: met",
		time.Second:             "CPU of ours: 1.50 s for 1000000, at most 1.00: MISSED",
	} {
		if line, met := (budget{"ours", most, 1_000_000}).hold(s); line != want || met != strings.HasSuffix(want, ": met") {
			t.Errorf("got %q, %t", line, met)
		}
	}
	if line, met := (budget{"theirs", time.Hour, 1}).hold(s); met || line != "theirs: not measured" {
		t.Errorf("got %q, %t", line, met)
	}
}

// TestGrowth holds that the fixed cost of a program is not taken for the cost
// of each thing.
func TestGrowth(t *testing.T) {
	s := section{measures: []measure{
		{name: "ours", cpu: 10 * time.Second, peak: 100 << 20, count: 1000},
		{name: "M", cpu: 11 * time.Second, peak: 300 << 20, count: 100},
		{name: "2M", cpu: 21 * time.Second, peak: 500 << 20, count: 200},
	}}
	cpu := growth{of: "ours", small: "M", large: "2M", least: 10}
	if line, met := cpu.hold(s); !met || line != "CPU for 1000: 2M needs 10.1 times that of ours, at least 10: met" {
		t.Errorf("got %q, %t", line, met)
	}
	memory := growth{of: "ours", small: "M", large: "2M", least: 22, memory: true}
	if line, met := memory.hold(s); met || line != "memory for 1000: 2M needs 21.0 times that of ours, at least 22: MISSED" {
		t.Errorf("got %q, %t", line, met)
	}
	if line, met := (growth{of: "ours", small: "M", large: "M", least: 1}).hold(s); met || !strings.Contains(line, "not measured") {
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
