package server

import (
	"maps"
	"sync"
)

// tally counts calls by route.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *tally) add(route string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[route]++
}

// read gives the counts; reset starts them anew.
func (t *tally) read(reset bool) map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	counts := maps.Clone(t.counts)
	if reset {
		t.counts = nil
	}
	if counts == nil {
		counts = map[string]int{}
	}
	return counts
}
