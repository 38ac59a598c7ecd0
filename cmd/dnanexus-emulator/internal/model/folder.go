package model

import (
	"strings"
	"unicode/utf8"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// Folder is one folder of a project.
type Folder struct {
	Path   string
	kids   map[string]bool // full paths
	copies Index
}

// Copies is the index of the objects that lie in this very folder.
func (f *Folder) Copies() *Index { return &f.copies }

// Kids lists the full paths of the folders below, in order.
func (f *Folder) Kids() []string { return Sorted(f.kids) }

// CleanFolder reads a path as clients write it: absolute, repeated and trailing
// slashes dropped.
func CleanFolder(key, path string) (string, error) {
	if !strings.HasPrefix(path, "/") {
		return "", wire.InvalidInput("Expected key %q of input to be an absolute path to a folder (start with '/')", key)
	}
	var b strings.Builder
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		if name == "." || name == ".." || !utf8.ValidString(name) || strings.IndexFunc(name, control) >= 0 {
			return "", wire.InvalidInput("Expected key %q of input to be a path without '.', '..' and control characters", key)
		}
		b.WriteString("/" + name)
	}
	if b.Len() == 0 {
		return "/", nil
	}
	return b.String(), nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// Parent is the folder above; the root is its own.
func Parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// Base is a path's last name.
func Base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// Join is the path of a name in a folder.
func Join(folder, name string) string { return strings.TrimSuffix(folder, "/") + "/" + name }

// Within tells whether a folder is another one or below it.
func Within(folder, above string) bool {
	return above == "/" || folder == above || strings.HasPrefix(folder, above) && folder[len(above)] == '/'
}

// Folder finds a folder.
func (p *Project) Folder(path string) (*Folder, error) {
	if f := p.folders[path]; f != nil {
		return f, nil
	}
	return nil, wire.NotFound("Folder %q does not exist in project %q", path, p.ID)
}

// HasFolder tells whether a folder is there.
func (p *Project) HasFolder(path string) bool { return p.folders[path] != nil }

// Folders lists the paths of all folders in order.
func (p *Project) Folders() []string { return Sorted(p.folders) }

// Below lists the paths of a folder and all folders in it, deepest last.
func (p *Project) Below(path string) []string {
	paths := []string{path}
	for i := 0; i < len(paths); i++ {
		paths = append(paths, p.folders[paths[i]].Kids()...)
	}
	return paths
}

// MakeFolder makes a folder and whatever of its parents is missing.
func (w *World) MakeFolder(p *Project, path string) *Folder {
	if f := p.folders[path]; f != nil {
		return f
	}
	parent := w.MakeFolder(p, Parent(path))
	if parent.kids == nil {
		parent.kids = map[string]bool{}
	}
	parent.kids[path] = true
	f := &Folder{Path: path}
	p.folders[path] = f
	w.touch("folder", p.ID+path, struct{}{})
	return f
}

// dropFolder forgets an empty folder.
func (w *World) dropFolder(p *Project, path string) {
	delete(p.folders[Parent(path)].kids, path)
	delete(p.folders, path)
	w.forget("folder", p.ID+path)
}

// MoveFolder gives a folder, with all below it, a new path.
func (w *World) MoveFolder(p *Project, from, to string, now int64) {
	paths := p.Below(from)
	for _, path := range paths {
		target := to + path[len(from):]
		w.MakeFolder(p, target)
		for _, c := range append([]*Copy(nil), p.folders[path].copies.all...) {
			w.unplace(c)
			c.Folder = target
			w.place(c)
			w.TouchObject(c.Object)
		}
	}
	for i := len(paths) - 1; i >= 0; i-- {
		w.dropFolder(p, paths[i])
	}
	w.Stamp(p, now)
}
