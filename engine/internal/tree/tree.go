// Package tree holds the rules that keep the module in shape: who may import
// whom, where time and the environment come in, how long things may grow, what
// no file may say. Its tests apply them to the whole module.
//
// In goes the module's root folder, out come problems with a position and a
// reason. The package reads source text and syntax alone: it never builds or
// type-checks anything, so that its tests take a second, and nothing but tests
// ever imports it.
package tree

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// ModulePath is the path that the module's own imports begin with.
const ModulePath = "github.com/backstay/backstay"

// Module is the source of a module, parsed.
type Module struct {
	Files    []string // every file that is or would be tracked, relative, sorted
	Packages []*Package
	read     func(name string) ([]byte, error)
}

// Package is one folder with Go files outside testdata.
type Package struct {
	Dir   string // relative to the root, with "/"
	Files []*File
}

// File is one Go file.
type File struct {
	Name  string // relative to the root, with "/"
	Test  bool
	Lines int
	Set   *token.FileSet
	AST   *ast.File
}

// Load reads the module below root: what git tracks or would track there, or
// every file where there is no repository (a released archive).
func Load(root string) (*Module, error) {
	names, err := tracked(root)
	if err != nil {
		return nil, err
	}
	return parse(names, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	})
}

// Root finds the module's root folder at or above dir.
func Root(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the module's root: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("find the module's root: no go.mod here or above")
		}
		dir = parent
	}
}

func tracked(root string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		return walked(root)
	}
	list := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list tracked files: %w", err)
	}
	var names []string
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		// A file that is tracked and deleted is on its way out.
		if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(name))); err == nil {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

func walked(root string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil || entry.IsDir() {
			if relative == "bin" {
				return filepath.SkipDir
			}
			return err
		}
		names = append(names, filepath.ToSlash(relative))
		return nil
	})
	sort.Strings(names)
	return names, err
}

func parse(names []string, read func(string) ([]byte, error)) (*Module, error) {
	m := &Module{Files: names, read: read}
	byDir := map[string]*Package{}
	for _, name := range names {
		if path.Ext(name) != ".go" || inTestdata(name) {
			continue
		}
		file, err := parseFile(name, read)
		if err != nil {
			return nil, err
		}
		dir := path.Dir(name)
		if byDir[dir] == nil {
			byDir[dir] = &Package{Dir: dir}
			m.Packages = append(m.Packages, byDir[dir])
		}
		byDir[dir].Files = append(byDir[dir].Files, file)
	}
	sort.Slice(m.Packages, func(i, j int) bool { return m.Packages[i].Dir < m.Packages[j].Dir })
	return m, nil
}

func parseFile(name string, read func(string) ([]byte, error)) (*File, error) {
	source, err := read(name)
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	return &File{
		Name: name, Test: strings.HasSuffix(name, "_test.go"),
		Lines: bytes.Count(source, []byte("\n")), Set: set, AST: tree,
	}, nil
}

func inTestdata(name string) bool {
	return strings.HasPrefix(name, "testdata/") || strings.Contains(name, "/testdata/")
}
