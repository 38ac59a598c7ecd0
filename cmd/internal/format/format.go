// Package format writes what policies found in the languages of other tools:
// markdown for a pull request, SARIF, JUnit, annotations of GitHub, GitLab's
// code quality report, OSCAL assessment results, and a page to read and print.
//
// In goes one Document, which a command makes of the engine's answer; out goes
// text on a writer. Equal documents give equal bytes, and what points into the
// configuration points at its lines, in paths as the caller of the program sees
// them. The package decides nothing, reads no file and no clock, and knows
// neither the terminal nor Backstay's own JSON: package view has those.
package format

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// Document is one answer of the program.
type Document struct {
	Command  string    // "validate", "plan", "check" or "review"
	Version  string    // of the program
	At       time.Time // when it was asked
	Folder   string    // from the caller's folder to the configuration: -chdir, or ""
	Exit     int       // the exit code that the program ends with
	Failed   bool      // there is no answer: the diagnostics say why
	Headline string    // one sentence: how it ended
	Summary  []string  // facts in one line each, what matters most first
	Items    []Item    // in the order in which they are to be read
	Controls []policy.ControlCount
}

// Format writes a document. It may be called again with another one.
type Format interface {
	Write(w io.Writer, d *Document) error
}

var formats = map[string]Format{
	"markdown": markdown{},
	"sarif":    sarif{},
	"junit":    junit{},
	"github":   github{},
	"gitlab":   gitlab{},
	"oscal":    oscal{},
	"html":     html{},
}

// Find gives the format of a name; nil if there is none.
func Find(name string) Format { return formats[name] }

// Names are the formats that Find knows, sorted.
func Names() []string {
	names := make([]string, 0, len(formats))
	for name := range formats {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// file is the path of a range's file, with slashes, from the folder that the
// caller works in; "" where the range is absent.
func (d *Document) file(r *diag.Range) string {
	if r == nil || r.Filename == "" {
		return ""
	}
	name := filepath.ToSlash(r.Filename)
	if path.IsAbs(name) || d.Folder == "" {
		return name
	}
	return path.Join(filepath.ToSlash(d.Folder), name)
}

// anchor is a file for what points nowhere, since readers drop, or refuse, what
// has no place: the first file that anything points at, else the configuration's
// folder.
func (d *Document) anchor() string {
	for i := range d.Items {
		if name := d.file(d.Items[i].Range); name != "" && !path.IsAbs(name) {
			return name
		}
	}
	if d.Folder != "" {
		return filepath.ToSlash(d.Folder)
	}
	return "."
}

// position is FILE:LINE:COLUMN, or what there is of it.
func (d *Document) position(r *diag.Range) string {
	name := d.file(r)
	if name == "" || r.Start.Line == 0 {
		return name
	}
	return fmt.Sprintf("%s:%d:%d", name, r.Start.Line, r.Start.Column)
}

// line is the text of an item in one paragraph; never empty if there is a title.
func (i *Item) line() string {
	if text := strings.TrimSpace(i.Message + " " + i.Consequence); text != "" {
		return text
	}
	return i.Title
}
