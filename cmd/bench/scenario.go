package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/backstay/backstay/cmd/internal/program"
)

// scenarios are measured in this order.
var scenarios = []struct {
	name    string
	measure func(*bench, context.Context, *report) error
}{
	{"small", (*bench).small},
	{"large", (*bench).large},
	{"unchanged", (*bench).unchanged},
	{"flat", (*bench).flat},
	{"double", (*bench).double},
	{"policy", (*bench).policy},
	{"dnanexus", (*bench).dnanexus},
}

// small is a first backup of many small files.
func (b *bench) small(ctx context.Context, r *report) error {
	title := fmt.Sprintf("first backup of %d small files", b.files)
	b.say("%s: building the tree", title)
	source := b.fresh("source")
	if err := (shape{files: b.files, branches: branches(b.files), most: 8 << 10}).build(source); err != nil {
		return err
	}
	return b.first(ctx, r, title, source, []bar{
		wallOf("backstay", "rsync -a", 1.5),
		wallOf("backstay", "rclone copy", 0.8),
	})
}

// large is a first backup of a few large files.
func (b *bench) large(ctx context.Context, r *report) error {
	size := int64(b.files) * 5369 // 1 GiB for 200,000
	if b.files == 200_000 {
		size = 1 << 30
	}
	title := fmt.Sprintf("first backup of 4 x %d MiB", size>>20)
	b.say("%s: building the tree", title)
	b.heavy = true
	defer func() { b.heavy = false }()
	source := b.fresh("source")
	if err := large(source, 4, size); err != nil {
		return err
	}
	return b.first(ctx, r, title, source, []bar{wallOf("backstay", "rclone copy", 0.75)})
}

func (b *bench) first(ctx context.Context, r *report, title, source string, bars []bar) error {
	into := func(args ...string) func(string) ([]program.Command, error) {
		return func(dir string) ([]program.Command, error) {
			return []program.Command{peer(append(args, dir+"/")...)}, os.Mkdir(dir, 0o755)
		}
	}
	ours := func(dir string) ([]program.Command, error) {
		s := setup{bench: b, dir: dir, source: source}
		return []program.Command{s.command("plan", "-out=p"), s.command("apply", "p")}, s.write()
	}
	medians, err := b.turns(ctx, []contender{
		{"backstay", "", ours},
		{"rsync -a", "rsync", into("rsync", "-a", source+"/")},
		{"cp -a", "cp", into("cp", "-a", source)},
		{"rclone copy", "rclone", into("rclone", "copy", source)},
	})
	if err != nil {
		return err
	}
	return r.add(title, "backstay: plan -out and apply, read back and compared", medians, bars)
}

// unchanged is the second plan of a tree in which nothing moved.
func (b *bench) unchanged(ctx context.Context, r *report) error {
	files := 5 * b.files
	s := shape{files: files, branches: branches(files), most: 64}
	return b.again(ctx, r, fmt.Sprintf("unchanged plan of %d files in %d folders", files, 1+s.branches+s.branches*s.branches), s)
}

// flat is the same with all files in one folder.
func (b *bench) flat(ctx context.Context, r *report) error {
	files := 5 * b.files
	return b.again(ctx, r, fmt.Sprintf("unchanged plan of %d files in one folder", files), shape{files: files, most: 64})
}

func (b *bench) again(ctx context.Context, r *report, title string, tree shape) error {
	b.say("%s: building the tree", title)
	s := setup{bench: b, dir: b.fresh("backstay"), source: b.fresh("source")}
	if err := tree.build(s.source); err != nil {
		return err
	}
	if err := s.write(); err != nil {
		return err
	}
	b.say("%s: the first backup", title)
	for _, args := range [][]string{{"plan", "-out=p"}, {"apply", "p"}} {
		result, err := b.do(ctx, s.command(args...))
		if err != nil {
			return err
		}
		b.say("  backstay %s: %s, %d MB", args[0], result.Wall.Round(time.Millisecond), result.Peak>>20)
	}
	copies := filepath.Join(s.dir, "there", "tree")
	medians, err := b.turns(ctx, []contender{
		// The exit code says that the plan is empty: 2 would fail the step.
		always("backstay", "", s.command("plan", "-detailed-exitcode")),
		always("find -printf", "find", peer("find", s.source, "-printf", `%p %s %T@\n`)),
		always("rsync -an", "rsync", peer("rsync", "-an", "--size-only", s.source+"/", copies+"/")),
	})
	if err != nil {
		return err
	}
	return r.add(title, "scope and pack core included; rsync -an by size alone, against Backstay's copies", medians, []bar{
		wallOf("backstay", "find -printf", 1.5),
		memoryOf("backstay", 150),
	})
}

// phases are what double measures, in order, each in the state that the one
// before left.
var phases = []struct {
	name string
	args []string
}{
	{"first plan", []string{"plan", "-out=p"}},
	{"apply", []string{"apply", "p"}},
	{"unchanged plan", []string{"plan", "-detailed-exitcode"}},
	{"verify", []string{"verify"}},
	{"restore", []string{"restore", "-to=back"}},
}

// double compares the CPU time of each phase at N and at 2N files.
func (b *bench) double(ctx context.Context, r *report) error {
	small := b.files / 4
	title := fmt.Sprintf("twice the work: %d and %d files", small, 2*small)
	single, err := b.phases(ctx, title, small)
	if err != nil {
		return err
	}
	twice, err := b.phases(ctx, title, 2*small)
	if err != nil {
		return err
	}
	var medians []measure
	var bars []bar
	for i, phase := range phases {
		one, two := single[i], twice[i]
		one.name, two.name = phase.name+", N", phase.name+", 2N"
		medians = append(medians, one, two)
		bars = append(bars, cpuOf(two.name, one.name, 2.2))
	}
	return r.add(title, "CPU(2N)/CPU(N) of each phase", medians, bars)
}

func (b *bench) phases(ctx context.Context, title string, files int) ([]measure, error) {
	b.say("%s: building %d files", title, files)
	source := b.fresh("source")
	if err := (shape{files: files, branches: branches(files), most: 2 << 10}).build(source); err != nil {
		return nil, err
	}
	best := make([]measure, len(phases))
	for round := range b.rounds {
		s := setup{bench: b, dir: b.fresh("backstay"), source: source}
		if err := s.write(); err != nil {
			return nil, err
		}
		for i, phase := range phases {
			m, err := b.turn(ctx, always(phase.name, "", s.command(phase.args...)))
			if err != nil {
				return nil, err
			}
			b.say("  round %d, %s: %s CPU", round+1, phase.name, m.cpu.Round(time.Millisecond))
			// Of CPU times the least is the one that others disturbed least.
			if round == 0 || m.cpu < best[i].cpu {
				best[i] = m
			}
		}
	}
	return best, nil
}

// branches gives each leaf about a hundred files: a million lie in 10,101
// folders.
func branches(files int) int {
	n := 1
	for (n+1)*(n+1)*100 <= files {
		n++
	}
	return n
}

// peer is a command of another program. rclone must not read the user's own
// configuration.
func peer(args ...string) program.Command {
	return program.Command{Args: args, Env: []string{"RCLONE_CONFIG=/dev/null"}, Discard: true}
}
