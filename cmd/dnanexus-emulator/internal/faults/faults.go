// Package faults makes calls go wrong on purpose: a rule names a route, how
// many calls to let pass, how many to spoil, and how. In go rules and requests,
// out come refusals, lost connections and damaged or slow bodies. Without a rule
// it changes nothing.
package faults

import (
	"fmt"
	"path"
	"slices"
	"sync"
)

// The ways of going wrong.
const (
	Status   = "status"   // refuse with Status, and Retry-After if set; nothing is done
	Drop     = "drop"     // break the connection before anything is done
	Lose     = "lose"     // do it, then break the connection instead of answering
	Truncate = "truncate" // break the connection after AfterBytes of the body
	Corrupt  = "corrupt"  // flip a bit of the body's byte number AfterBytes
	Slow     = "slow"     // wait DelayMillis before each piece of a body, up or down
)

var actions = []string{Status, Drop, Lose, Truncate, Corrupt, Slow}

// Rule spoils calls. Route is a pattern as path.Match has it, over names such as
// "file/new", "file-xxxx/describe", "upload" and "download".
type Rule struct {
	Route       string `json:"route"`
	Action      string `json:"action"`
	Skip        int    `json:"skip"`  // calls to let pass first
	Times       int    `json:"times"` // calls to spoil; 0 is all
	Status      int    `json:"status,omitempty"`
	RetryAfter  int    `json:"retryAfter,omitempty"`
	AfterBytes  int64  `json:"afterBytes,omitempty"`
	DelayMillis int    `json:"delayMillis,omitempty"`
	Hits        int    `json:"hits"` // calls spoilt so far
}

// Check refuses a rule that could never work.
func (r Rule) Check() error {
	if !slices.Contains(actions, r.Action) {
		return fmt.Errorf("action %q is none of %q", r.Action, actions)
	}
	if _, err := path.Match(r.Route, ""); err != nil || r.Route == "" {
		return fmt.Errorf("route %q is not a pattern", r.Route)
	}
	if r.Action == Status && (r.Status < 400 || r.Status > 599) {
		return fmt.Errorf("status %d is not a refusal", r.Status)
	}
	return nil
}

// Set is the rules in force; it may be used by many goroutines at once.
type Set struct {
	mu    sync.Mutex
	rules []*Rule
}

// Replace puts other rules in force.
func (s *Set) Replace(rules []Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
	for _, r := range rules {
		s.rules = append(s.rules, &r)
	}
}

// Rules tells what is in force, with how often each rule has struck.
func (s *Set) Rules() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	rules := make([]Rule, 0, len(s.rules))
	for _, r := range s.rules {
		rules = append(rules, *r)
	}
	return rules
}

// Strike counts a call and gives the first rule that spoils it.
func (s *Set) Strike(route string) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		// A slash is part of the name here: "*" alone means every route.
		if fits, _ := path.Match(r.Route, route); !fits && r.Route != "*" {
			continue
		}
		if r.Skip > 0 {
			r.Skip--
			continue
		}
		if r.Times > 0 && r.Hits >= r.Times {
			continue
		}
		r.Hits++
		return *r, true
	}
	return Rule{}, false
}
