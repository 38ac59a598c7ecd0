package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// measure is what one program took.
type measure struct {
	name   string
	absent bool // the program is not installed
	wall   time.Duration
	cpu    time.Duration
	peak   int64 // bytes
	count  int64 // how many things it did, where that is told; 0
}

// report prints each section as it is measured, and at the end what was missed.
type report struct {
	out     io.Writer
	missing []string // peers that are not installed
	missed  []string // bars
}

type section struct {
	title, note string
	measures    []measure
}

// add prints a section.
func (r *report) add(title, note string, measures []measure, bars []bar) error {
	s := section{title, note, measures}
	out := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	s.table(out)
	for _, b := range bars {
		line, met := b.hold(s)
		_, _ = fmt.Fprintf(out, "bar: %s\n", line)
		if !met {
			r.missed = append(r.missed, s.title+": "+line)
		}
	}
	return out.Flush()
}

// end names the bars that were missed.
func (r *report) end() error {
	lines := append([]string{""}, r.missed...)
	if len(r.missed) == 0 {
		lines = append(lines, "no bar was missed")
	}
	if len(r.missing) > 0 {
		lines = append(lines, "to measure beside all: apt-get install "+strings.Join(r.missing, " "))
	}
	_, err := io.WriteString(r.out, strings.Join(lines, "\n")+"\n")
	return err
}

// header prints what the figures depend on.
func (b *bench) header(ctx context.Context, out io.Writer) (*report, error) {
	r := &report{out: out}
	for name, there := range b.peers {
		if !there {
			r.missing = append(r.missing, peerPackages[name])
		}
	}
	slices.Sort(r.missing)
	cache := "warm: every tree was just written, and is read in turns"
	if b.cold {
		cache = "cold: dropped before each turn"
	}
	lines := []string{
		fmt.Sprintf("%s/%s, %d cores, %d rounds in turns, the median counts", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.rounds),
		"page cache " + cache + "; what was written before is synced first",
		"peak memory of a child is never less than the few MB of this program",
	}
	for _, args := range [][]string{{b.backstay, "-version"}, {"rsync", "--version"}, {"rclone", "--version"}, {"find", "--version"}} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).Output(); err == nil {
			first, _, _ := strings.Cut(string(out), "\n")
			lines = append(lines, strings.TrimSpace(first))
		}
	}
	_, err := io.WriteString(out, strings.Join(lines, "\n")+"\n")
	return r, err
}

func (s section) table(w io.Writer) {
	last := "backstay's wall / its"
	if s.counted() {
		last = "CPU us each"
	}
	_, _ = fmt.Fprintf(w, "\n%s\n(%s)\n\twall s\tCPU s\tpeak MB\t%s\n", s.title, s.note, last)
	for _, m := range s.measures {
		if m.absent {
			_, _ = fmt.Fprintf(w, "%s\tnot installed\t\t\t\n", m.name)
			continue
		}
		_, _ = fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%d\t%s\n", m.name, m.wall.Seconds(), m.cpu.Seconds(), m.peak>>20, s.last(m))
	}
}

// counted tells whether the section's figures are of many equal things.
func (s section) counted() bool {
	return slices.ContainsFunc(s.measures, func(m measure) bool { return m.count > 0 })
}

// last is what stands in the last column of a line.
func (s section) last(m measure) string {
	if s.counted() {
		return fmt.Sprintf("%.2f", m.cpu.Seconds()*1e6/float64(max(m.count, 1)))
	}
	ours := s.named("backstay")
	if ours == nil || m.name == "backstay" {
		return ""
	}
	return fmt.Sprintf("%.2f", quotient(ours.wall, m.wall))
}

func (s section) named(name string) *measure {
	for i := range s.measures {
		if s.measures[i].name == name && !s.measures[i].absent {
			return &s.measures[i]
		}
	}
	return nil
}

func quotient(a, b time.Duration) float64 {
	if b <= 0 {
		return math.Inf(1)
	}
	return float64(a) / float64(b)
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}
