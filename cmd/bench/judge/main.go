// Command judge puts changes before the policies of a configuration, so that
// the benchmark can measure that alone: Backstay's engine without a walk, a
// state or a destination around it.
//
// In goes a configuration folder and either a number of changes, made in memory,
// or a plan file; out comes one line with what was judged and denied. It also
// writes changes as a plan file, and as the JSON that another program reads. It
// measures nothing itself and never looks at a source.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/lang"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("judge", flag.ContinueOnError)
	dir := flags.String("dir", ".", "the configuration with its policies")
	plan := flags.String("plan", "", "judge the changes of this plan file")
	write := flags.String("write", "", "judge nothing: write the changes to this plan file")
	writeJSON := flags.String("json", "", "judge nothing: write the changes to this file, as one JSON document")
	changes := flags.Int("changes", 1_000_000, "how many changes to make")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *write != "":
		return toFile(*write, func(w io.Writer) error { return writePlan(w, *changes) })
	case *writeJSON != "":
		return toFile(*writeJSON, func(w io.Writer) error { return writeInputs(w, *changes) })
	}
	engine, err := compile(ctx, *dir)
	if err != nil {
		return err
	}
	in := pooled(*changes)
	if *plan != "" {
		var done func() error
		if in, done, err = planned(*plan); err != nil {
			return err
		}
		defer func() { _ = done() }() // opened for reading: nothing to lose
	}
	v, err := judge(ctx, engine, in)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(v)
}

// compile reads a configuration and the policies that it chose.
func compile(ctx context.Context, dir string) (*policy.Engine, error) {
	cfg, _, ds := lang.Load(dir, lang.Options{})
	if !ds.HasErrors() {
		engine, more := policy.Compile(ctx, policy.Set{Config: cfg})
		if ds = append(ds, more...); !ds.HasErrors() {
			return engine, nil
		}
	}
	var why error
	for _, d := range ds {
		why = errors.Join(why, fmt.Errorf("%s: %s", d.Summary, d.Detail))
	}
	return nil, why
}
