//go:build !linux

package filesystem

// mover gives files exclusive names.
type mover struct{ root *root }

func (m *mover) moveNew(from, to string) error { return m.root.moveNew(from, to) }

func (m *mover) close() error { return nil }
