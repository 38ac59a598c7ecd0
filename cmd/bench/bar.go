package main

import (
	"fmt"
	"time"
)

// bar is what figures of a section are held to. What could not be measured is
// not met.
type bar interface {
	hold(s section) (line string, met bool)
}

// ratio bounds one program's time by another's.
type ratio struct {
	of, beside string
	most       float64
	cpu        bool // CPU time; else wall time
}

func wallOf(of, beside string, most float64) bar { return ratio{of, beside, most, false} }
func cpuOf(of, beside string, most float64) bar  { return ratio{of, beside, most, true} }

func (b ratio) hold(s section) (string, bool) {
	ours, theirs := s.named(b.of), s.named(b.beside)
	if ours == nil || theirs == nil {
		return fmt.Sprintf("%s / %s: not measured", b.of, b.beside), false
	}
	what, got := "wall", quotient(ours.wall, theirs.wall)
	if b.cpu {
		what, got = "CPU", quotient(ours.cpu, theirs.cpu)
	}
	return fmt.Sprintf("%s of %s / %s: %.2f, at most %.2f: %s", what, b.of, b.beside, got, b.most, verdict(got <= b.most)), got <= b.most
}

// memory bounds a program's peak, in megabytes.
type memory struct {
	of   string
	most int64
}

func memoryOf(of string, most int64) bar { return memory{of, most} }

func (b memory) hold(s section) (string, bool) {
	ours := s.named(b.of)
	if ours == nil {
		return fmt.Sprintf("%s: not measured", b.of), false
	}
	got := ours.peak >> 20
	return fmt.Sprintf("%s: %d MB, at most %d: %s", b.of, got, b.most, verdict(got < b.most)), got < b.most
}

// budget bounds CPU time for so many things, whatever number was measured.
type budget struct {
	of   string
	most time.Duration
	per  int64
}

func (b budget) hold(s section) (string, bool) {
	ours := s.named(b.of)
	if ours == nil || ours.count == 0 {
		return fmt.Sprintf("%s: not measured", b.of), false
	}
	got := time.Duration(float64(ours.cpu) / float64(ours.count) * float64(b.per))
	return fmt.Sprintf("CPU of %s: %.2f s for %d, at most %.2f: %s", b.of, got.Seconds(), b.per, b.most.Seconds(), verdict(got <= b.most)), got <= b.most
}

// growth compares what another program needs for the work with what ours does.
// The other one is measured twice, at less work: what lies between is its cost
// for each thing, as it is linear.
type growth struct {
	of, small, large string
	least            float64
	memory           bool // peak memory; else CPU time
}

func (b growth) hold(s section) (string, bool) {
	ours, small, large := s.named(b.of), s.named(b.small), s.named(b.large)
	if ours == nil || small == nil || large == nil || large.count <= small.count {
		return fmt.Sprintf("%s beside %s: not measured", b.of, b.large), false
	}
	what, got := "CPU", projected(small, large, ours.count, cpuSeconds)/cpuSeconds(ours)
	if b.memory {
		what, got = "memory", projected(small, large, ours.count, peakBytes)/peakBytes(ours)
	}
	return fmt.Sprintf("%s for %d: %s needs %.1f times that of %s, at least %g: %s",
		what, ours.count, b.large, got, b.of, b.least, verdict(got >= b.least)), got >= b.least
}

// projected is a figure for count things, on the line through two measures.
func projected(small, large *measure, count int64, figure func(*measure) float64) float64 {
	each := (figure(large) - figure(small)) / float64(large.count-small.count)
	return figure(large) + each*float64(count-large.count)
}

func cpuSeconds(m *measure) float64 { return m.cpu.Seconds() }
func peakBytes(m *measure) float64  { return float64(m.peak) }
