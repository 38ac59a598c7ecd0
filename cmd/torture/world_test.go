package torture

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backstay/backstay/cmd/internal/program"
	"github.com/backstay/backstay/engine/storage/dnanexus/platformtest"
)

var (
	kills = flag.Int("kills", 8, "random moments at which the program is killed")
	every = flag.Int("every", 9, "kill at every Nth step of the journal; 1 leaves none out")
	given = flag.String("program", "", "a program built with the tag testclock; built now if not given")
	seed  = flag.Uint64("seed", 1, "of all that is random here but the moments themselves")
)

var build = sync.OnceValues(func() (string, error) {
	if *given != "" {
		return *given, nil
	}
	dir, err := os.MkdirTemp("", "backstay-torture-")
	if err != nil {
		return "", err
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		return "", err
	}
	built = dir
	ctx, stop := newContext()
	defer stop()
	return program.Build(ctx, root, "cmd/backstay", dir, "testclock")
})

var built string

func TestMain(m *testing.M) {
	flag.Parse()
	code := platformtest.Main(m)
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// world is a tree, its backup plan and two destinations, with a clock of their
// own.
type world struct {
	*testing.T
	binary string
	dir    string
	now    time.Time
	random *rand.Rand
	made   int // contents made so far: no two are equal
	spare  int // folders made so far
	env    []string
}

const configuration = `
source "filesystem" "tree" {
  path = "tree"
}

destination "filesystem" "one" {
  path = "one"
}

destination "filesystem" "two" {
  path = "two"
}

backup "tree" {
  source = source.filesystem.tree

  copy "one" {
    to = destination.filesystem.one
  }
  copy "two" {
    to = destination.filesystem.two
  }

  retention {
    keep            = "1d"
    keep_last       = 1
    keep_superseded = "1d"
    quarantine      = "7d"
  }
  limits {
    retire_ratio = 0.9
  }
}
`

func newWorld(t *testing.T) *world {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		T: t, binary: binary, dir: t.TempDir(), now: time.Now().UTC().Truncate(time.Second),
		random: rand.New(rand.NewPCG(*seed, 0)),
	}
	w.write("main.backstay.hcl", configuration)
	w.grow()
	return w
}

// grow plants the tree: sizes around block and buffer borders, names that are
// no text, links of both kinds, an empty folder and one that is read-only.
func (w *world) grow() {
	for i, size := range []int{0, 1, 511, 4096, 4097, 65536, 300_000, 3 << 20} {
		w.file(fmt.Sprintf("tree/sizes/%d-%d", i, size), size)
	}
	for i := range 30 {
		w.file(fmt.Sprintf("tree/many/%c/file %02d.txt", 'a'+i%3, i), 100)
	}
	w.file("tree/odd/caf\xe9", 10)
	w.file("tree/odd/line\nbreak", 10)
	w.file("tree/odd/name.~2~", 10)
	w.file("tree/locked/inside", 10)
	w.must(os.Chmod(w.at("tree/locked"), 0o555))
	w.must(os.Link(w.at("tree/sizes/3-4096"), w.at("tree/odd/linked")))
	w.must(os.Symlink("../many", w.at("tree/odd/link")))
	w.must(os.Symlink("/nowhere", w.at("tree/odd/dangling")))
	w.must(os.Mkdir(w.at("tree/empty"), 0o700))
	w.Cleanup(func() { _ = os.Chmod(w.at("tree/locked"), 0o755) })
}

// change makes a handful of changes: few enough for every brake.
func (w *world) change() {
	for range 2 {
		w.file(fmt.Sprintf("tree/many/%c/file %02d.txt", 'a'+w.random.IntN(3), w.random.IntN(30)), 50+w.random.IntN(200))
	}
	w.file(fmt.Sprintf("tree/new/%d.txt", w.made%5), w.random.IntN(9000))
	w.file("tree/sizes/4-4097", 4097)
	from := fmt.Sprintf("tree/many/%c/file %02d.txt", 'a'+w.random.IntN(3), w.random.IntN(30))
	_ = os.Rename(w.at(from), w.at(fmt.Sprintf("tree/many/renamed %d.txt", w.made%4)))
	_ = os.Remove(w.at(fmt.Sprintf("tree/new/%d.txt", w.random.IntN(5))))
	w.must(os.Chmod(w.at("tree/sizes/1-1"), os.FileMode(0o600+w.random.IntN(2)*0o44)))
}

// file writes content that no other file ever had, unless it is empty.
func (w *world) file(name string, size int) {
	w.made++
	content := strings.Repeat(fmt.Sprintf("%08d\n", w.made), size/9+1)[:size]
	w.write(name, content)
}

func (w *world) write(name, content string) {
	w.Helper()
	w.must(os.MkdirAll(filepath.Dir(w.at(name)), 0o755))
	w.must(os.WriteFile(w.at(name), []byte(content), 0o644))
}

func (w *world) at(name string) string { return filepath.Join(w.dir, name) }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// backstay runs the program in the world, at the world's time.
func (w *world) backstay(args ...string) program.Result { return w.run(0, "", args...) }

// struck runs it with faults armed.
func (w *world) struck(fault string, args ...string) program.Result { return w.run(0, fault, args...) }

func (w *world) run(killAfter time.Duration, fault string, args ...string) program.Result {
	w.Helper()
	r, err := program.Run(w.Context(), program.Command{
		Args: append([]string{w.binary, "-chdir=" + w.dir}, args...), KillAfter: killAfter,
		Env: append([]string{"BACKSTAY_NOW=" + w.now.Format(time.RFC3339), "BACKSTAY_FAULT=" + fault}, w.env...),
	})
	w.must(err)
	return r
}

// expect runs it and insists on the exit code.
func (w *world) expect(code int, args ...string) program.Result {
	w.Helper()
	r := w.backstay(args...)
	w.insist(code, r, args...)
	return r
}

func (w *world) insist(code int, r program.Result, args ...string) {
	w.Helper()
	if r.Code != code {
		w.Fatalf("backstay %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.Code, code, r.Stdout, r.Stderr)
	}
}

// pass lets days go by, few enough for the brake on clocks that jump.
func (w *world) pass(days int) { w.now = w.now.AddDate(0, 0, days) }
