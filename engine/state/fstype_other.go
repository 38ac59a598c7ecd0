//go:build !linux && !darwin

package state

// networkFilesystem cannot tell on this system.
func networkFilesystem(string) string { return "" }
