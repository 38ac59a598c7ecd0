// Package lang reads Backstay's configuration language: one directory of
// *.backstay.hcl and *.backstay.json files goes in, with the values of its
// variables; a schema.Configuration with a canonical digest comes out, or
// diagnostics that point into the files. spec.md beside this file is the
// language's specification.
//
// It is the only package that knows HCL and cty, and none of their types leave
// it. It reads files of the configuration's directory and the variable files
// that it is told of, nothing else; it never writes, never asks a network or a
// clock, and sees the environment only through Options.
package lang

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// VarAssignment is one value given on the command line, -var NAME=VALUE.
type VarAssignment struct {
	Name  string
	Value string // as typed: text for a string variable, else an expression
}

// Options are the inputs of a configuration beside its files.
type Options struct {
	Vars     []VarAssignment                   // -var, in order: the last one wins
	VarFiles []string                          // -var-file, in order: the last one wins
	Env      func(name string) (string, bool)  // the environment; nil is an empty one
	Version  string                            // of the program, for required_version; "" checks nothing
	ReadFile func(path string) ([]byte, error) // reads VarFiles; nil is os.ReadFile
	Lookup   Lookup                            // answers data blocks; nil defers what needs them
}

// Lookup answers a data block: the objects found, by key (for
// dnanexus_projects the project's name), each with its attributes ("id",
// "name", "region", "bill_to").
type Lookup func(q Query) (map[string]map[string]string, error)

// Query is a data block, decoded.
type Query struct {
	Type, Name string
	Options    map[string]any
}

// Load reads the configuration of a directory. The configuration is nil if the
// list has errors; the sources are there in any case.
func Load(dir string, opts Options) (*schema.Configuration, *Sources, diag.List) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, newSources(), diag.List{unreadable(fmt.Sprintf("The configuration directory cannot be opened: %v.", err))}
	}
	defer func() { _ = root.Close() }() // opened for reading: nothing to lose
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, newSources(), diag.List{unreadable(fmt.Sprintf("The configuration directory has no absolute path: %v.", err))}
	}
	return LoadFS(root.FS(), abs, opts)
}

// LoadFS is Load for files that need not lie on a disk, such as a tree of git.
// The configuration's files lie at the root of fsys; dir is the absolute
// directory that relative paths count from. Ranges name files as fsys does.
func LoadFS(fsys fs.FS, dir string, opts Options) (*schema.Configuration, *Sources, diag.List) {
	l := newLoader(fsys, dir, opts)
	cfg := l.load()
	diags := settled(l.diags)
	if diags.HasErrors() {
		return nil, l.sources, diags
	}
	return cfg, l.sources, diags
}

func newLoader(fsys fs.FS, dir string, opts Options) *loader {
	env := envLookup(opts.Env)
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	return &loader{fsys: fsys, dir: dir, opts: opts, sources: newSources(), secrets: functions(fsys, env)}
}

// loader is one run of LoadFS: what was read and what was found wrong so far.
type loader struct {
	fsys    fs.FS
	dir     string
	opts    Options
	sources *Sources
	diags   diag.List
	raw     []rawBlock
	scope   *evaluator
	left    []schema.Deferred
	digest  *digest
	broken  diag.List // what kept files from being read
	family  map[*hcl.Block]*family
	secrets map[string]function.Function // with env()
}

func (l *loader) load() *schema.Configuration {
	l.readFiles()
	if !l.checkVersion() {
		l.diags = slices.DeleteFunc(l.diags, func(d diag.Diagnostic) bool { return d.Code != "wrong_version" })
		return nil
	}
	if l.broken.HasErrors() {
		// Half a file would look like a row of other mistakes.
		l.diags = l.broken
		return nil
	}
	l.checkLabels()
	l.scope = newEvaluator(l)
	cfg := l.build()
	l.validate(cfg)
	return cfg
}

func unreadable(detail string) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Error, Code: "unreadable_file", Summary: "File cannot be read", Detail: detail}
}
