// Package filesystem keeps sources, destinations and restore targets in
// folders of a mounted file system.
//
// In go a folder and paths below it; out come entries in path order, contents,
// and copies under keys. Every path is resolved from the folder's descriptor,
// beneath it and through no symbolic link. The package never clobbers what it
// did not write, never follows a link, and never clones or links bytes: what
// is copied passes through memory, where it can be digested.
package filesystem

// What the package makes is for its owner alone; the umask does not matter.
const (
	fileMode   = 0o600
	folderMode = 0o700
)
