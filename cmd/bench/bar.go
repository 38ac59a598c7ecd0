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

// budget bounds CPU time for so many things, whatever number was measured: what
// it takes lies on the line through two measures of ours.
type budget struct {
	of, double string
	most       time.Duration
	per        int64
}

func (b budget) hold(s section) (string, bool) {
	got, ok := s.projected(b.of, b.double, b.per, cpuSeconds)
	if !ok {
		return fmt.Sprintf("%s: not measured", b.of), false
	}
	met := got <= b.most.Seconds()
	return fmt.Sprintf("CPU of %s: %.2f s for %d, at most %.2f: %s", b.of, got, b.per, b.most.Seconds(), verdict(met)), met
}

// growth compares what another program needs for so many things with what ours
// does. Either is on the line through two measures, the other one's of less
// work: both costs are linear.
type growth struct {
	of, double, small, large string
	per                      int64
	least                    float64
	memory                   bool // peak memory; else CPU time
}

func (b growth) hold(s section) (string, bool) {
	what, figure := "CPU", cpuSeconds
	if b.memory {
		what, figure = "memory", peakBytes
	}
	ours, known := s.projected(b.of, b.double, b.per, figure)
	theirs, there := s.projected(b.small, b.large, b.per, figure)
	if !known || !there {
		return fmt.Sprintf("%s beside %s: not measured", b.of, b.large), false
	}
	got := theirs / ours
	return fmt.Sprintf("%s for %d: %s needs %.1f times that of %s, at least %g: %s",
		what, b.per, b.large, got, b.of, b.least, verdict(got >= b.least)), got >= b.least
}

// projected is a figure for count things, on the line through two measures.
func (s section) projected(first, second string, count int64, figure func(*measure) float64) (float64, bool) {
	a, b := s.named(first), s.named(second)
	if a == nil || b == nil || a.count >= b.count {
		return 0, false
	}
	each := (figure(b) - figure(a)) / float64(b.count-a.count)
	return figure(a) + each*float64(count-a.count), true
}

func cpuSeconds(m *measure) float64 { return m.cpu.Seconds() }
func peakBytes(m *measure) float64  { return float64(m.peak) }
