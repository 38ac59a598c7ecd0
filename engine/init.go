package engine

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/backstay/backstay/engine/internal/atomicfile"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/schema/diag"
)

//go:embed starter/*.hcl
var starters embed.FS

// starterFile is the name of the configuration that Init writes.
const starterFile = "main.backstay.hcl"

// Init writes a commented starter configuration, where the folder has none, and
// creates the state. What is already there is left as it is.
func (e *Engine) Init(ctx context.Context, r InitRequest) (*InitResult, diag.List) {
	res := &InitResult{}
	from := r.From
	if from == "" {
		from = "filesystem"
	}
	text, err := starters.ReadFile("starter/" + from + ".backstay.hcl")
	if err != nil {
		return res, diag.List{{
			Severity: diag.Error, Code: "unknown_starter", Summary: "Unknown starter configuration",
			Detail: fmt.Sprintf("There is no starter configuration called %q. Choose one of filesystem, dnanexus and s3.", from),
		}}
	}
	existing, err := configurationFiles(e.o.Dir)
	if err != nil {
		return res, diag.List{problem(err, "configuration_unreadable", "Configuration folder cannot be read", readAgain)}
	}
	if len(existing) == 0 {
		path := filepath.Join(e.o.Dir, starterFile)
		if err := writeNew(path, text); err != nil {
			return res, diag.List{problem(err, "starter_unwritable", "Starter configuration cannot be written", readAgain)}
		}
		res.Files = append(res.Files, path)
	}
	return e.initState(ctx, res)
}

// initState creates the state that the configuration names.
func (e *Engine) initState(ctx context.Context, res *InitResult) (*InitResult, diag.List) {
	l, ds := e.load(ctx)
	if ds.HasErrors() {
		return res, ds
	}
	st, more := e.openState(ctx, l.cfg, state.Options{Create: true})
	ds = append(ds, more...)
	if st == nil {
		return res, ds
	}
	res.State = statePath(l.cfg)
	if err := st.Close(); err != nil {
		ds = append(ds, problem(err, "state_unwritable", "State cannot be written", stateAgain))
	}
	return res, ds
}

func configurationFiles(dir string) ([]string, error) {
	var out []string
	for _, pattern := range []string{"*.backstay.hcl", "*.backstay.json"} {
		m, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		out = append(out, m...)
	}
	if _, err := os.Stat(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return out, nil
}

func writeNew(path string, text []byte) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
