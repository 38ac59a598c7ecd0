//go:build !race

package dnanexus

// mostListed is how many objects the largest listing of the tests has.
const mostListed = 100_000
