package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/internal/atomicfile"
	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

// FormatRequest asks for files in canonical style.
type FormatRequest struct {
	Paths     []string // files or folders; none: the configuration's folder
	Recursive bool     // folders with all below them
	Write     bool     // false: only say what would change
}

// FormattedFile is a file that is not, or was not, in canonical style.
type FormattedFile struct {
	Path          string
	Before, After []byte
}

// FormatResult names the files that differ, in order of their paths.
type FormatResult struct {
	Looked  int // files
	Changed []FormattedFile
}

// Format puts configuration files into canonical style. JSON files are left as
// they are.
func (e *Engine) Format(ctx context.Context, r FormatRequest) (*FormatResult, diag.List) {
	res := &FormatResult{}
	paths, err := e.formattable(r)
	if err != nil {
		return res, diag.List{problem(err, "unreadable_file", "File cannot be read", readAgain)}
	}
	var ds diag.List
	for _, path := range paths {
		if ctx.Err() != nil {
			break
		}
		res.Looked++
		changed, more := e.format(path, r.Write)
		ds = append(ds, more...)
		if changed != nil {
			res.Changed = append(res.Changed, *changed)
		}
	}
	return res, ds
}

func (e *Engine) format(path string, write bool) (*FormattedFile, diag.List) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, diag.List{problem(err, "unreadable_file", "File cannot be read", readAgain)}
	}
	out, ds := lang.Format(src, path)
	if ds.HasErrors() || bytes.Equal(src, out) {
		return nil, ds
	}
	if write {
		if err := rewrite(path, out); err != nil {
			ds = append(ds, problem(err, "unwritable_file", "File cannot be written", readAgain))
		}
	}
	return &FormattedFile{Path: path, Before: src, After: out}, ds
}

// rewrite keeps the file's mode.
func rewrite(path string, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, info.Mode().Perm(), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// FormatText formats one text, such as standard input.
func (e *Engine) FormatText(src []byte, name string) ([]byte, diag.List) {
	return lang.Format(src, name)
}

// formattable lists the files to look at, sorted, each once.
func (e *Engine) formattable(r FormatRequest) (files []string, err error) {
	paths := r.Paths
	if len(paths) == 0 {
		paths = []string{e.o.Dir}
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", p, err)
		}
		if info.Mode().IsRegular() {
			files = append(files, p)
			continue
		}
		if !info.IsDir() { // a pipe would wait for its writer for ever
			return nil, fmt.Errorf("%s is no regular file", p)
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != p && (!r.Recursive || strings.HasPrefix(d.Name(), ".")):
				return fs.SkipDir
			case strings.HasSuffix(path, ".backstay.hcl") || strings.HasSuffix(path, ".backstayvars"):
				if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
					files = append(files, path)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}
