package cli

import (
	"bytes"
	"context"
	"io"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type formatter interface {
	Format(ctx context.Context, r engine.FormatRequest) (*engine.FormatResult, diag.List)
	FormatText(src []byte, name string) ([]byte, diag.List)
}

// stdinName stands for standard input where a file would be named.
const stdinName = "<stdin>"

func (c *call) format(a *arguments.Format) int {
	return c.run(func(ctx context.Context) int {
		e := c.open(arguments.Config{}, nil)
		v := view.NewFormat(c.out, a.Diff)
		if a.Stdin {
			return c.formatStdin(e, v, a)
		}
		r, ds := e.Format(ctx, engine.FormatRequest{Paths: a.Paths, Recursive: a.Recursive, Write: !a.Check})
		return c.finish(c.formatted(a, r, ds), ds, v.Result(r, ds))
	})
}

// formatStdin prints the text in canonical style, or with -check or -diff what
// is to be said about it.
func (c *call) formatStdin(e formatter, v view.Format, a *arguments.Format) int {
	src, err := io.ReadAll(c.w.Stdin)
	if err != nil {
		ds := diag.List{diag.FromError(err, "unreadable_file", "Standard input cannot be read")}
		return c.finish(engine.Failed, ds, nil)
	}
	out, ds := e.FormatText(src, stdinName)
	r := &engine.FormatResult{Looked: 1}
	if !ds.HasErrors() && !bytes.Equal(src, out) {
		r.Changed = []engine.FormattedFile{{Path: stdinName, Before: src, After: out}}
	}
	if a.Check || a.Diff || c.out.JSON {
		return c.finish(c.formatted(a, r, ds), ds, v.Result(r, ds))
	}
	if !ds.HasErrors() {
		_, err = c.out.Write(out)
	}
	return c.finish(c.settle(ds), ds, err)
}

// formatted is the outcome: with -check a file in another style is a denial.
func (c *call) formatted(a *arguments.Format, r *engine.FormatResult, ds diag.List) engine.Outcome {
	if a.Check && r != nil && len(r.Changed) > 0 && !ds.HasErrors() {
		return c.settle(ds, engine.Denied)
	}
	return c.settle(ds)
}
