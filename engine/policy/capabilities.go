package policy

import (
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// closed lists the builtins that a policy may not call although OPA counts them
// as deterministic: they read a clock, certificates of the machine, or nothing
// that a backup plan has.
var closed = []string{"io.jwt.", "crypto.x509.", "providers.", "net.lookup", "opa.runtime", "http.", "rand.", "uuid.", "trace"}

// capabilities are what a policy can do: everything that depends on its
// arguments alone. No network, no environment, no clock, no chance.
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	caps := ast.CapabilitiesForThisVersion()
	caps.AllowNet = []string{}
	caps.Builtins = slices.DeleteFunc(caps.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || slices.ContainsFunc(closed, func(p string) bool { return strings.HasPrefix(b.Name, p) })
	})
	return caps
})
