package engine

import (
	"fmt"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/filesystem"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Drivers are found here by the type label of a source or destination. A type
// that the language knows and no driver serves yet is a diagnostic, so that a
// configuration for it can be validated and reviewed, and nothing runs.

func openSource(s *schema.Source) (storage.Source, error) {
	switch s.Addr.Type {
	case "filesystem":
		return filesystem.OpenSource(option(s.Options, "path"), filesystem.SourceOptions{})
	}
	return nil, diag.Fail(noDriver("source", s.Addr.String(), s.Addr.Type, s.Origin))
}

func openDestination(d *schema.Destination, create bool) (storage.Destination, error) {
	switch d.Addr.Type {
	case "filesystem":
		return filesystem.OpenDestination(option(d.Options, "path"), filesystem.DestinationOptions{
			Create: create,
		})
	}
	return nil, diag.Fail(noDriver("destination", d.Addr.String(), d.Addr.Type, d.Origin))
}

func option(options map[string]any, name string) string {
	s, _ := options[name].(string)
	return s
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
