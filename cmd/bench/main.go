// Command bench measures Backstay beside find, rsync, cp and rclone: the same
// trees, in turns, in one run, with wall time, CPU time and peak memory of each
// as the kernel counted them.
//
// Its policies are measured beside conftest: the same rules over the same
// changes. What it calls on DNAnexus is counted by the emulator.
//
// It builds its trees in a temporary folder, prints a table with the ratios and
// the bars that they are held to, and names the bars that were missed. A missed
// bar never fails it: time on a shared machine is a figure to read, not a
// verdict. Only a program that does not do its work fails it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	backstay := flags.String("backstay", "bin/backstay", "the program to measure")
	files := flags.Int("files", 200_000, "small files of a first backup; every other figure follows it: an unchanged plan takes five times as many, a large file 5 KiB for each")
	rounds := flags.Int("rounds", 3, "turns that each program takes; the median counts")
	dir := flags.String("dir", "", "where to build the trees: some 40 GB and eight million files at full size (default: the temporary folder)")
	only := flags.String("only", "", "run one scenario: small, large, unchanged, flat, double, policy or dnanexus")
	conftest := flags.String("conftest", "", "the conftest to measure beside, or none (default: "+conftestVersion+", built once into the user's cache)")
	cold := flags.Bool("cold", false, "drop the page cache before each turn (needs root)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	program, err := filepath.Abs(*backstay)
	if err != nil {
		return err
	}
	if _, err := os.Stat(program); err != nil {
		return fmt.Errorf("no program to measure, run make build: %w", err)
	}
	home, err := os.MkdirTemp(*dir, "backstay-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()

	b := &bench{
		home: home, backstay: program, files: max(*files, 100), rounds: max(*rounds, 1),
		cold: *cold, peers: findPeers(), conftest: *conftest, progress: stderr,
	}
	report, err := b.header(ctx, stdout)
	if err != nil {
		return err
	}
	for _, s := range scenarios {
		if *only != "" && *only != s.name {
			continue
		}
		if err := s.measure(b, ctx, report); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return report.end()
}
