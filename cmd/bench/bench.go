package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/backstay/backstay/cmd/internal/program"
)

// bench is what every scenario needs.
type bench struct {
	home     string
	backstay string
	files    int
	rounds   int
	cold     bool
	heavy    bool // what a turn wrote is a few large files: deleted at once
	folders  int
	peers    map[string]bool
	conftest string // the program, none, or "" to find it
	progress io.Writer
}

// peerPackages are Debian's names of what may be missing.
var peerPackages = map[string]string{"find": "findutils", "rsync": "rsync", "cp": "coreutils", "rclone": "rclone"}

func findPeers() map[string]bool {
	found := map[string]bool{}
	for name := range peerPackages {
		_, err := exec.LookPath(name)
		found[name] = err == nil
	}
	return found
}

// contender is one program's way to do what a scenario measures.
type contender struct {
	name string
	peer string // the program it needs, "" for Backstay
	// prepare readies a turn, outside the measured time, in a folder that is not
	// there yet. Its steps are measured together: their times add up, the
	// highest peak counts.
	prepare func(dir string) ([]program.Command, error)
}

// always is a contender that needs nothing ready.
func always(name, peer string, steps ...program.Command) contender {
	return contender{name, peer, func(string) ([]program.Command, error) { return steps, nil }}
}

// fresh names a folder that no turn had. Nothing is deleted between turns: for
// minutes after many files went, ext4 looks long for an inode that was not
// deleted just now, and whoever comes next would pay for it.
func (b *bench) fresh(name string) string {
	b.folders++
	return filepath.Join(b.home, fmt.Sprintf("%s-%d", name, b.folders))
}

// turns lets every contender take as many turns as there are rounds, each
// round in another order, and returns the median of each.
func (b *bench) turns(ctx context.Context, contenders []contender) ([]measure, error) {
	taken := make([][]measure, len(contenders))
	for round := range b.rounds {
		for i := range contenders {
			n := (i + round) % len(contenders)
			c := contenders[n]
			if c.peer != "" && !b.peers[c.peer] {
				continue
			}
			m, err := b.turn(ctx, c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			_, _ = fmt.Fprintf(b.progress, "  round %d, %s: %s\n", round+1, c.name, m.wall.Round(time.Millisecond))
			taken[n] = append(taken[n], m)
		}
	}
	medians := make([]measure, len(contenders))
	for i := range contenders {
		medians[i] = median(contenders[i].name, taken[i])
	}
	return medians, nil
}

func (b *bench) turn(ctx context.Context, c contender) (measure, error) {
	dir := b.fresh("turn")
	steps, err := c.prepare(dir)
	if err != nil {
		return measure{}, err
	}
	if err := b.settle(); err != nil {
		return measure{}, err
	}
	var sum measure
	for _, step := range steps {
		r, err := b.do(ctx, step)
		if err != nil {
			return measure{}, err
		}
		sum.wall += r.Wall
		sum.cpu += r.CPU
		sum.peak = max(sum.peak, r.Peak)
	}
	if b.heavy {
		err = os.RemoveAll(dir)
	}
	return sum, err
}

// do runs one step, which must end with exit code 0.
func (b *bench) do(ctx context.Context, step program.Command) (program.Result, error) {
	r, err := program.Run(ctx, step)
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("%s: exit code %d\n%s", strings.Join(step.Args, " "), r.Code, tail(r.Stderr))
	}
	return r, err
}

// settle writes out what the turn before left in memory, so that nobody pays
// for another's writes, and drops the cache if asked to.
func (b *bench) settle() error {
	syscall.Sync()
	if !b.cold {
		return nil
	}
	return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0)
}

// say tells what is under way.
func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.progress, format+"\n", args...)
}

// setup is a configuration folder with its destination.
type setup struct {
	bench  *bench
	dir    string
	source string
}

// configuration protects everything but temporary files, once, under pack
// core: scope and policies are part of what is measured.
const configuration = `
source "filesystem" "tree" {
  path = %q
  site = "here"
}

destination "filesystem" "there" {
  path = %q
  site = "there"
}

backup "tree" {
  source = source.filesystem.tree
  owner  = "bench@example.org"

  scope {
    include {
      paths = ["/**"]
    }
    exclude {
      paths  = ["/**/*.tmp", "/**/cache/**"]
      reason = "made again by whoever made it"
      owner  = "bench@example.org"
    }
  }
  copy "there" {
    to = destination.filesystem.there
  }
  retention {
    keep = "1y"
  }
  objective {
    rpo = "24h"
  }
  verify {
    algorithm = "sha256"
    scrub     = "90d"
  }
  restore_test {
    every = "90d"
  }
}

policy "core" {
  pack = "core"
}

waiver "copies" {
  control     = "COPY-1"
  targets     = [backup.tree]
  reason      = "one copy is measured"
  approved_by = "bench@example.org"
  expires     = %q
}

waiver "media" {
  control     = "COPY-2"
  targets     = [backup.tree]
  reason      = "one copy is measured"
  approved_by = "bench@example.org"
  expires     = %[3]q
}
`

// write makes the configuration in a folder with no state and no destination
// yet.
func (s setup) write() error {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	expires := time.Now().AddDate(0, 0, 60).UTC().Format(time.DateOnly)
	text := fmt.Sprintf(configuration, s.source, filepath.Join(s.dir, "there"), expires)
	return os.WriteFile(filepath.Join(s.dir, "main.backstay.hcl"), []byte(text), 0o644)
}

// command is one of Backstay's, in this configuration.
func (s setup) command(args ...string) program.Command {
	return program.Command{Args: append([]string{s.bench.backstay, "-chdir=" + s.dir}, args...), Discard: true}
}

func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

func median(name string, taken []measure) measure {
	if len(taken) == 0 {
		return measure{name: name, absent: true}
	}
	slices.SortFunc(taken, func(a, b measure) int { return int(a.wall - b.wall) })
	middle := taken[len(taken)/2]
	middle.name = name
	for _, m := range taken {
		middle.peak = max(middle.peak, m.peak)
	}
	return middle
}
