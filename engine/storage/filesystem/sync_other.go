//go:build !linux && !darwin

package filesystem

// syncFolder does nothing: these systems have no such call, or order it
// themselves.
func (r *root) syncFolder(string) error { return nil }
