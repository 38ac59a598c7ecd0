// Package fault marks the places where a run can be made to fail.
//
// A place calls Point with its name ("apply.batch.3.commit") and treats the
// error as if the step had failed. Tests arm points with Arm; a program built
// with the tag testclock arms them from BACKSTAY_FAULT and can so be killed at
// any step. Unarmed, a point costs one atomic load. The package never fails by
// itself.
package fault

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// ErrInjected is what the act "error" makes a point return.
var ErrInjected = errors.New("injected fault")

var (
	armed atomic.Bool
	mu    sync.Mutex
	rules []*rule
)

// rule is one armed point: a name, or a beginning if it ends in "*".
type rule struct {
	name string
	at   int // acts on this hit, counted from 1; 0 is every hit
	hits int
	act  string
}

// Point is the named place. It returns nil unless a fault is armed for it.
func Point(name string) error {
	if !armed.Load() {
		return nil
	}
	return hit(name)
}

// Arm sets faults and returns what removes them. spec is a comma-separated
// list of NAME[:N]=ACT: the act happens at the Nth time that the name is
// reached, or at every time without N. A name that ends in "*" stands for all
// that begin so, counted together: "*:17=kill" dies at the 17th point of a
// run, whichever it is. Acts: kill (the process ends as by SIGKILL), error
// (ErrInjected), enospc (disk full).
func Arm(spec string) (disarm func(), err error) {
	parsed, err := parse(spec)
	if err != nil {
		return nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	before := rules
	set := func(to []*rule) {
		rules = to
		armed.Store(len(to) > 0)
	}
	set(append(append([]*rule(nil), before...), parsed...))
	return func() {
		mu.Lock()
		defer mu.Unlock()
		set(before)
	}, nil
}

func parse(spec string) ([]*rule, error) {
	var out []*rule
	for part := range strings.SplitSeq(spec, ",") {
		name, act, ok := strings.Cut(part, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("fault %q: want NAME[:N]=ACT", part)
		}
		switch act {
		case "kill", "error", "enospc":
		default:
			return nil, fmt.Errorf("fault %q: the act is kill, error or enospc", part)
		}
		r := &rule{name: name, act: act}
		if head, n, ok := strings.Cut(name, ":"); ok {
			count, err := strconv.Atoi(n)
			if err != nil || count < 1 {
				return nil, fmt.Errorf("fault %q: %q is not a count", part, n)
			}
			r.name, r.at = head, count
		}
		out = append(out, r)
	}
	return out, nil
}

func hit(name string) error {
	mu.Lock()
	defer mu.Unlock()
	for _, r := range rules {
		if !r.matches(name) {
			continue
		}
		r.hits++
		if r.at == 0 || r.at == r.hits {
			return r.fire(name)
		}
	}
	return nil
}

func (r *rule) matches(name string) bool {
	if head, ok := strings.CutSuffix(r.name, "*"); ok {
		return strings.HasPrefix(name, head)
	}
	return r.name == name
}

func (r *rule) fire(name string) error {
	switch r.act {
	case "kill":
		die()
	case "enospc":
		return fmt.Errorf("%s: %w: %w", name, ErrInjected, syscall.ENOSPC)
	}
	return fmt.Errorf("%s: %w", name, ErrInjected)
}

// die ends the process with no chance to clean up, as a power cut would.
func die() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // the signal is on its way
}
