//go:build race

package dnanexus

// The race detector makes the largest listing ten times as slow and finds
// nothing in it that the smaller ones do not show.
const mostListed = 10_000
