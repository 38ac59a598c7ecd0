package torture

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// TestTortureSteps kills an apply at one step of the journal after the other,
// until one comes to its end, and lets the next run carry on. As the days pass,
// copies retire and expire among the changes, so that removals are killed too.
func TestTortureSteps(t *testing.T) {
	w := newWorld(t)
	w.steps(*every, "apply", "-auto-approve")
}

// TestTortureVerify does the same to a verify, which records what it read.
func TestTortureVerify(t *testing.T) {
	w := newWorld(t)
	w.carryOn(false)
	w.steps(max(1, *every/3), "verify")
}

// steps kills a command at every nth step until it comes to its end.
func (w *world) steps(nth int, args ...string) {
	w.Helper()
	killed := 0
	for step := 1; ; step += nth {
		r := w.struck("*:"+strconv.Itoa(step)+"=kill", args...)
		if !r.Killed {
			w.insist(0, r, args...)
			break
		}
		killed++
		w.Logf("killed at step %d", step)
		w.carryOn(step%2 == 0)
		w.whole()
		w.change()
		w.pass(5)
	}
	w.carryOn(false)
	w.whole()
	if killed < 2 {
		w.Errorf("%v was killed %d times: its fault points are gone", args, killed)
	}
}

// TestTortureRandom kills whatever command is under way at moments that nobody
// chose, sometimes the recovery too.
func TestTortureRandom(t *testing.T) {
	w := newWorld(t)
	usual := map[string]time.Duration{}
	for _, c := range commands {
		usual[c.name] = w.time(c)
	}
	killed := 0
	for turn := 1; killed < *kills && turn < 3**kills; turn++ {
		w.change()
		w.pass(w.random.IntN(6))
		c := commands[w.random.IntN(len(commands))]
		after := time.Duration(rand.Int64N(int64(usual[c.name]))) + time.Millisecond
		t.Logf("turn %d: %s, killed after %s", turn, c.name, after)
		if w.run(after, "", c.args...).Killed {
			killed++
		}
		if w.random.IntN(3) == 0 {
			if w.run(after/2, "", "apply", "-auto-approve").Killed {
				killed++
			}
		}
		w.carryOn(turn%2 == 0)
		w.whole()
		w.discardIfThere("half")
	}
	t.Logf("killed %d times", killed)
	if killed < *kills {
		t.Errorf("killed %d times of %d: the moments were late", killed, *kills)
	}
}

type command struct {
	name string
	args []string
}

// commands are what may be under way; most of them apply.
var commands = []command{
	{"apply", []string{"apply", "-auto-approve"}},
	{"apply", []string{"apply", "-auto-approve"}},
	{"apply", []string{"apply", "-auto-approve"}},
	{"plan", []string{"plan", "-out=p"}},
	{"verify", []string{"verify"}},
	{"restore", []string{"restore", "-to=half", "-overwrite"}},
}

// time runs a command undisturbed, after a change.
func (w *world) time(c command) time.Duration {
	w.Helper()
	if c.name != "apply" {
		w.expect(0, "apply", "-auto-approve")
	}
	w.change()
	r := w.expect(0, c.args...)
	w.discardIfThere("half")
	return r.Wall
}

// carryOn brings a killed run to its end: by -resume and then a plain apply, or
// by a plain apply, which settles what it finds. Another one follows: old
// versions of an object leave only once its newest one is copied.
func (w *world) carryOn(resume bool) {
	w.Helper()
	if resume {
		w.expect(0, "apply", "-resume")
	}
	w.expect(0, "apply", "-auto-approve")
	w.expect(0, "apply", "-auto-approve")
}
