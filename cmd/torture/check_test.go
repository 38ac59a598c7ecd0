package torture

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/backstay/backstay/cmd/internal/program"
)

func newContext() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt)
}

// row is what the tests read of a copy's record.
type row struct {
	Destination, Source, Path, Kind, Status, Key, Digest string

	PathB64  string `json:"path_b64"`
	KeyB64   string `json:"key_b64"`
	Seq      int
	Size     int64
	Replaced any `json:"superseded_at"`
	Gone     any `json:"gone_at"`
}

// whole compares all that must agree once a run is over.
func (w *world) whole() {
	w.Helper()
	rows := w.rows()
	for _, destination := range []string{"one", "two"} {
		w.noLeftovers(destination)
		w.agree(destination, rows)
	}
	w.protected(rows)
	w.rebuilt()
	w.restored()
	w.expect(0, "audit", "verify")
	r := w.expect(0, "plan", "-detailed-exitcode")
	if !strings.Contains(strings.ToLower(r.Stdout), "no changes") {
		w.Fatalf("a plan after all was done is not empty:\n%s", r.Stdout)
	}
}

func (w *world) rows(args ...string) []row {
	w.Helper()
	var document struct{ Copies []row }
	w.parse(w.expect(0, append([]string{"state", "list", "-json"}, args...)...).Stdout, &document)
	for i := range document.Copies {
		r := &document.Copies[i]
		r.Path, r.Key = w.raw(r.Path, r.PathB64), w.raw(r.Key, r.KeyB64)
	}
	return document.Copies
}

func (w *world) parse(text string, into any) {
	w.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		w.Fatalf("%v in:\n%.2000s", err, text)
	}
}

func (w *world) raw(text, b64 string) string {
	w.Helper()
	if b64 == "" {
		return text
	}
	bytes, err := base64.StdEncoding.DecodeString(b64)
	w.must(err)
	return string(bytes)
}

// noLeftovers insists that nothing temporary is left at a destination.
func (w *world) noLeftovers(destination string) {
	w.Helper()
	left, err := filepath.Glob(w.at(destination + "/.backstay/tmp/*"))
	w.must(err)
	if len(left) > 0 {
		w.Fatalf("temporary files are left: %q", left)
	}
}

// agree compares a destination's files with its rows, both ways: each row has
// its file, whole, and each file has one row.
func (w *world) agree(destination string, rows []row) {
	w.Helper()
	files := w.digests(destination)
	versions := map[string]string{}
	for _, r := range rows {
		if r.Destination != destination || r.Key == "" {
			continue
		}
		digest, there := files[r.Key]
		if !there {
			w.Errorf("%s: the row of %q says %s, and no file has the key %q", destination, r.Path, r.Status, r.Key)
		} else if digest != r.Digest {
			w.Errorf("%s: %q has digest %s, its row says %s", destination, r.Key, digest, r.Digest)
		}
		delete(files, r.Key)
		// Every content is made once, so one digest twice is one version twice.
		version := r.Source + "\x00" + r.Path + "\x00" + r.Digest
		if other := versions[version]; other != "" {
			w.Errorf("%s: one version is there twice: %q and %q", destination, other, r.Key)
		}
		versions[version] = r.Key
	}
	for key := range files {
		w.Errorf("%s: no row says what the file %q is", destination, key)
	}
	if w.Failed() {
		w.FailNow()
	}
}

// protected insists that every file of the tree has a verified copy of its very
// content at each destination.
func (w *world) protected(rows []row) {
	w.Helper()
	copies := map[string]string{}
	for _, r := range rows {
		if r.Status == "verified" && r.Replaced == nil && r.Gone == nil {
			copies[r.Destination+":"+r.Path] = r.Digest
		}
	}
	for path, digest := range w.digests("tree") {
		for _, destination := range []string{"one", "two"} {
			if got := copies[destination+":"+path]; got != digest {
				w.Errorf("%q is %s, and its verified copy at %s is %q", path, digest, destination, got)
			}
		}
	}
	if w.Failed() {
		w.FailNow()
	}
}

// digests reads every file below a folder, Backstay's own apart.
func (w *world) digests(folder string) map[string]string {
	w.Helper()
	found := map[string]string{}
	root := w.at(folder)
	w.must(filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative := strings.TrimPrefix(strings.TrimPrefix(name, root), "/")
		if relative == ".backstay" {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(name)
		sum := sha256.Sum256(content)
		found[relative] = "sha256:" + hex.EncodeToString(sum[:])
		return err
	}))
	return found
}

// rebuilt makes a state from the catalogues alone, which must hold the same. It
// does so beside a copy of the destinations: a rebuild joins their log of runs.
func (w *world) rebuilt() {
	w.Helper()
	w.must(os.Mkdir(w.at("second"), 0o755))
	for _, name := range []string{"main.backstay.hcl", "one", "two"} {
		r, err := program.Run(w.Context(), program.Command{Args: []string{"cp", "-a", w.at(name), w.at("second")}})
		w.must(err)
		w.insist(0, r, "cp")
	}
	second := *w
	second.dir = w.at("second")
	second.expect(0, "state", "rebuild")
	var one, two struct{ Copies []map[string]any }
	w.parse(w.expect(0, "state", "list", "-json").Stdout, &one)
	w.parse(second.expect(0, "state", "list", "-json").Stdout, &two)
	w.must(os.RemoveAll(w.at("second")))
	w.same("the state and the catalogues", lines(one.Copies), lines(two.Copies))
}

// lines makes text of rows, without when they were last verified: a verify that
// finds all well is no news for the catalogue.
func lines(copies []map[string]any) []string {
	var all []string
	for _, c := range copies {
		delete(c, "verified_at")
		text, err := json.Marshal(c)
		if err != nil {
			panic(err) // it was just parsed
		}
		all = append(all, string(text))
	}
	return all
}

// restored brings everything back and compares it with the tree.
func (w *world) restored() {
	w.Helper()
	w.spare++
	to := fmt.Sprintf("back%d", w.spare)
	w.expect(0, "restore", "-to="+to)
	w.same("the tree and its restore", w.facts("tree"), w.facts(to+"/tree"))
	w.discard(to)
}

// discard removes a folder with whatever rights it has.
func (w *world) discard(folder string) {
	w.Helper()
	w.must(filepath.WalkDir(w.at(folder), func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(name, 0o755)
		}
		return err
	}))
	w.must(os.RemoveAll(w.at(folder)))
}

// facts describes everything below a folder: kind, rights, time, content, and
// which names are one file.
func (w *world) facts(folder string) []string {
	w.Helper()
	var all []string
	root := w.at(folder)
	firsts := map[uint64]string{}
	w.must(filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		relative := strings.TrimPrefix(name, root+"/")
		fact := fmt.Sprintf("%q %s %d", relative, info.Mode(), info.ModTime().UnixNano())
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			fact = fmt.Sprintf("%q -> %q", relative, target)
		case info.Mode().IsRegular():
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			stat := info.Sys().(*syscall.Stat_t)
			if firsts[stat.Ino] == "" {
				firsts[stat.Ino] = relative
			}
			fact += fmt.Sprintf(" %x is %q", sha256.Sum256(content), firsts[stat.Ino])
		}
		all = append(all, fact)
		return nil
	}))
	slices.Sort(all)
	return all
}

// same compares two lists and names what only one of them holds.
func (w *world) same(what string, one, two []string) {
	w.Helper()
	if slices.Equal(one, two) {
		return
	}
	missing := func(from, in []string) []string {
		only := slices.DeleteFunc(slices.Clone(from), func(line string) bool { return slices.Contains(in, line) })
		return only[:min(len(only), 3)]
	}
	w.Fatalf("%s differ\nonly in the first:\n  %s\nonly in the second:\n  %s", what,
		strings.Join(missing(one, two), "\n  "), strings.Join(missing(two, one), "\n  "))
}

func (w *world) discardIfThere(folder string) {
	w.Helper()
	if _, err := os.Lstat(w.at(folder)); err == nil {
		w.discard(folder)
	}
}
