// Package archival is the life of a file in storage as a table: four states,
// five operations, and what each rule set says of them. In go a rule set, a
// state and an operation, out comes whether it is allowed. It holds no file and
// never changes anything.
package archival

import "strings"

// State is where a copy of a file stands.
type State string

// The four states of a copy.
const (
	Live        State = "live"
	Archival    State = "archival"
	Archived    State = "archived"
	Unarchiving State = "unarchiving"
)

// States lists all of them, in the order of a file's life.
var States = []State{Live, Archival, Archived, Unarchiving}

// Operation is what somebody wants of a copy.
type Operation string

// The five operations that a state allows or refuses.
const (
	Download  Operation = "download"
	Clone     Operation = "clone"
	Compute   Operation = "compute"
	Archive   Operation = "archive"
	Unarchive Operation = "unarchive"
)

// Operations lists all of them.
var Operations = []Operation{Download, Clone, Compute, Archive, Unarchive}

// Rules is an edition of the platform's description.
type Rules string

// Seed is the edition that the customer holds; Current is the newer page.
const (
	Seed    Rules = "seed"
	Current Rules = "current"
)

// Known tells whether there is such a rule set.
func (r Rules) Known() bool { return r == Seed || r == Current }

// Allows reads the table. Unarchiving an archival copy cancels its archiving.
func (r Rules) Allows(s State, o Operation) bool {
	switch o {
	case Archive:
		return s == Live
	case Unarchive:
		return s == Archived || s == Archival
	case Compute:
		return s == Live
	case Download:
		return s == Live || s == Archival && r == Seed
	case Clone:
		return s == Live || (s == Archival || s == Archived) && r == Current
	}
	return false
}

// Offered tells whether the service runs in a region: the older edition knows
// it on AWS alone.
func (r Rules) Offered(region string) bool {
	return Cloud(region) == "aws" || Cloud(region) == "azure" && r == Current
}

// Cloud is the part of a region's name before the colon.
func Cloud(region string) string {
	cloud, _, _ := strings.Cut(region, ":")
	return cloud
}

// MinimumDays is how long data must stay archived before they come back without
// the early retrieval fee.
func MinimumDays(region string) int {
	if Cloud(region) == "azure" {
		return 180
	}
	return 90
}

// Rates lists the speeds of retrieval that a region's cloud knows, the default
// first.
func Rates(region string) []string {
	if Cloud(region) == "azure" {
		return []string{"Standard", "Expedited"}
	}
	return []string{"Standard", "Bulk"}
}
