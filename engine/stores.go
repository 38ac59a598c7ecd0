package engine

import (
	"context"
	"fmt"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Drivers are found here by the type label of a source or destination. A type
// that the language knows and no driver serves yet is a diagnostic, so that a
// configuration for it can be validated and reviewed, and nothing runs.

func (e *Engine) openSource(ctx context.Context, s *schema.Source) (storage.Source, error) {
	switch s.Addr.Type {
	case "filesystem":
		return filesystem.OpenSource(option(s.Options, "path"), filesystem.SourceOptions{})
	case "dnanexus":
		c, err := e.connect(s.Options, s.Credentials).Client()
		if err != nil {
			return nil, err
		}
		driver, err := dnanexus.OpenSource(ctx, c, dnanexus.SourceOptions{
			Project: option(s.Options, "project"), Folder: option(s.Options, "folder"), Apps: options(s.Options, "apps"),
		})
		if err != nil {
			c.Close()
			return nil, err
		}
		return driver, nil
	}
	return nil, diag.Fail(noDriver("source", s.Addr.String(), s.Addr.Type, s.Origin))
}

func (e *Engine) openDestination(ctx context.Context, d *schema.Destination, create bool) (storage.Destination, error) {
	switch d.Addr.Type {
	case "filesystem":
		return filesystem.OpenDestination(option(d.Options, "path"), filesystem.DestinationOptions{
			Create: create,
		})
	case "dnanexus":
		c, err := e.connect(d.Options, d.Credentials).Client()
		if err != nil {
			return nil, err
		}
		driver, err := dnanexus.OpenDestination(ctx, c, dnanexus.DestinationOptions{
			Project: option(d.Options, "project"), BillTo: d.BillTo, Region: d.Region, Lockdown: d.Lockdown == schema.True,
			PHI: d.ContainsPHI == schema.True, Create: create,
		})
		if err != nil {
			c.Close()
			return nil, err
		}
		return driver, nil
	}
	return nil, diag.Fail(noDriver("destination", d.Addr.String(), d.Addr.Type, d.Origin))
}

// connect tells how to reach the platform: what a block says goes before the
// user's own login.
func (e *Engine) connect(options map[string]any, credentials map[string]string) dnanexus.Connection {
	return dnanexus.Connection{
		API: option(options, "api"), Token: credentials["token"], Lookup: e.o.Language.Env, Home: e.o.Home, Clock: e.clock,
	}
}

// placeAt is where a source says what it reads.
func placeAt(s *schema.Source) diag.Range {
	if s.Origin.Has("project") {
		return s.Origin.At("project")
	}
	return s.Origin.At("path")
}

func option(options map[string]any, name string) string {
	s, _ := options[name].(string)
	return s
}

// options gives a list of texts, as the language decodes one.
func options(all map[string]any, name string) (out []string) {
	list, _ := all[name].([]any)
	for _, one := range list {
		if s, ok := one.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func noDriver(what, address, typ string, origin schema.Origin) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     "no_driver",
		Summary:  "No driver for this storage type",
		Detail: fmt.Sprintf("This build of Backstay has no driver for a %s of type %q. The configuration can be validated and reviewed, but nothing can be planned or applied with it.",
			what, typ),
		Address: address,
		Range:   &origin.Block,
	}
}

// storeDiagnostic says what a driver's error means for the user.
func storeDiagnostic(err error, code, summary, address string, at diag.Range) diag.Diagnostic {
	d := diag.FromError(err, code, summary)
	if d.Address == "" {
		d.Address = address
	}
	if d.Range == nil && !at.IsZero() {
		d.Range = &at
	}
	return d
}
