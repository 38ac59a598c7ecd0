//go:build !linux

package filesystem

// nameless would make files without a name; these systems cannot.
type nameless struct {
	root *root
	off  bool
}

func (n *nameless) create(string) *file { return nil }

func (n *nameless) link(_ *file, m *mover, to string) error { return m.moveNew("", to) }

func (n *nameless) close() error { return nil }
