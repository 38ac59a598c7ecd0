package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	var out strings.Builder
	r := &report{out: &out, missing: []string{"rclone"}}
	err := r.add("first backup", "a note", []measure{
		{name: "backstay", wall: 3 * time.Second, cpu: 2 * time.Second, peak: 151 << 20},
		{name: "rsync -a", wall: 2 * time.Second, cpu: time.Second, peak: 5 << 20},
		{name: "rclone copy", absent: true},
	}, []bar{
		wallOf("backstay", "rsync -a", 1.5),
		cpuOf("backstay", "rsync -a", 1.9),
		wallOf("backstay", "rclone copy", 0.8),
		memoryOf("backstay", 150),
	})
	if err := errors.Join(err, r.end()); err != nil {
		t.Fatal(err)
	}
	want := `
first backup
(a note)
             wall s         CPU s  peak MB  backstay's wall / its
backstay     3.00           2.00   151      
rsync -a     2.00           1.00   5        1.50
rclone copy  not installed                  
bar: wall of backstay / rsync -a: 1.50, at most 1.50: met
bar: CPU of backstay / rsync -a: 2.00, at most 1.90: MISSED
bar: backstay / rclone copy: not measured
bar: backstay: 151 MB, at most 150: MISSED

first backup: CPU of backstay / rsync -a: 2.00, at most 1.90: MISSED
first backup: backstay / rclone copy: not measured
first backup: backstay: 151 MB, at most 150: MISSED
to measure beside all: apt-get install rclone
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestNoBarMissed(t *testing.T) {
	var out strings.Builder
	r := &report{out: &out}
	err := r.add("plan", "", []measure{{name: "backstay", peak: 149 << 20}}, []bar{memoryOf("backstay", 150)})
	if err := errors.Join(err, r.end()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), "no bar was missed\n") {
		t.Errorf("got %s", out.String())
	}
}

func TestMedian(t *testing.T) {
	got := median("x", []measure{{wall: 9, peak: 1}, {wall: 1, peak: 7}, {wall: 5, peak: 2}})
	if got.wall != 5 || got.peak != 7 || got.name != "x" {
		t.Errorf("got %+v, want the wall time in the middle and the highest peak", got)
	}
	if !median("x", nil).absent {
		t.Error("who took no turn is absent")
	}
}
