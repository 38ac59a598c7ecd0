package engine

import (
	"slices"
	"testing"

	"github.com/backstay/backstay/engine/audit"
)

// TestTrend keeps what changed, and takes neither a warning nor a waiver for a
// failure.
func TestTrend(t *testing.T) {
	var trend Trend
	trend.compare([]audit.Decision{
		{Control: "COPY-1", Result: "fail", Count: 3},
		{Control: "RPO-2", Result: "unknown", Count: 1},
		{Control: "VER-2", Result: "fail", Count: 2},
		{Control: "AUD-2", Result: "warn", Count: 9},
		{Control: "COPY-2", Result: "fail", Count: 1},
	}, []audit.Decision{
		{Control: "COPY-1", Result: "fail", Count: 1},
		{Control: "COPY-1", Result: "unknown", Count: 2},
		{Control: "VER-2", Result: "fail", Count: 2},
		{Control: "COPY-2", Result: "waived", Count: 1},
		{Control: "TEST-2", Result: "unknown", Count: 4},
	})
	want := []ControlTrend{
		{Control: "COPY-1", Fail: 1, FailBefore: 3, Unknown: 2},
		{Control: "COPY-2", FailBefore: 1},
		{Control: "RPO-2", UnknownBefore: 1},
		{Control: "TEST-2", Unknown: 4},
	}
	if !slices.Equal(trend.Controls, want) {
		t.Errorf("got %+v", trend.Controls)
	}
}
