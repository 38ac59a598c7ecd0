package policy

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// Set says which policies judge which configuration.
type Set struct {
	Config *schema.Configuration // required
	OrgDir string                // the organisation's own set, "" for none
	Files  fs.FS                 // the configuration's folder; nil opens Config.Dir
	// NativeOff asks Rego about every subject instead of filtering by native
	// predicates first. The answers are the same.
	NativeOff bool
}

// Engine is a compiled policy set, bound to one configuration. It is safe for
// use by one phase at a time.
type Engine struct {
	cfg       *schema.Configuration
	sets      []*set
	controls  []*control // in order of id
	byID      map[string]*control
	compiler  *ast.Compiler
	store     storage.Store
	data      map[string]any
	nativeOff bool
	lean      bool // of the library only what is asked was compiled
	unindexed bool // Rego tries every rule; tests compare it with its index
	signers   approvals
	digest    string
	uses      map[string]*waiverUse
	// identities are kept while two sets are compared.
	identities map[identityKey]string
	ran        map[Phase]bool
}

// Compile reads and compiles everything once. Diagnostics are errors of the
// policies; with any error there is no engine.
func Compile(ctx context.Context, s Set) (*Engine, diag.List) {
	if s.Files == nil {
		s.Files = os.DirFS(s.Config.Dir)
	}
	e := newEngine(s)
	diags := e.illustrate(e.compile(ctx, s))
	if diags.HasErrors() {
		return nil, diags
	}
	return e, diags
}

// compile goes on from step to step until one finds errors.
func (e *Engine) compile(ctx context.Context, s Set) (diags diag.List) {
	for _, step := range []func() diag.List{
		func() diag.List { return e.load(s, false) },
		func() diag.List { return e.pick(e.named(s)) },
		func() diag.List { return e.link(ctx) },
		func() diag.List { return e.choose(s) },
		e.checkRules,
		func() diag.List { return e.seal(s) },
	} {
		if diags = append(diags, step()...); diags.HasErrors() {
			break
		}
	}
	return diags
}

// seal makes a set that passed all checks ready to be asked.
func (e *Engine) seal(s Set) diag.List {
	signers, diags := newApprovals(s)
	if diags.HasErrors() {
		return diags
	}
	e.signers = signers
	e.keepDefined()
	var err error
	if e.digest, err = e.computeDigest(); err != nil {
		diags = diags.Append(diag.FromError(err, "policy_internal", "Policy set has no digest"))
	}
	return diags
}

func newEngine(s Set) *Engine {
	return &Engine{cfg: s.Config, byID: map[string]*control{}, nativeOff: s.NativeOff, uses: map[string]*waiverUse{}, ran: map[Phase]bool{}}
}

// load reads the shipped controls, the organisation's set and each policy block
// that brings Rego.
func (e *Engine) load(s Set, withTests bool) diag.List {
	shipped, diags := shippedSet(withTests)
	e.sets = append(e.sets, shipped)
	if s.OrgDir != "" {
		org, d := organisationSet(os.DirFS(s.OrgDir), s.OrgDir)
		diags = append(diags, d...)
		e.sets = append(e.sets, org)
	}
	for _, p := range s.Config.Policies {
		diags = append(diags, e.loadBlock(s, p)...)
	}
	return diags
}

func (e *Engine) loadBlock(s Set, p *schema.Policy) diag.List {
	origin := p.Origin.At("path")
	if p.Bundle != "" {
		origin = p.Origin.At("bundle")
	}
	if p.Path == "" && p.Bundle == "" {
		return nil
	}
	u := &set{label: p.Addr.Name, shown: cmp.Or(p.Path, p.Bundle), params: p.Params, origin: &origin, namespaces: p.Namespaces}
	if len(u.namespaces) == 0 {
		u.namespaces = []string{"backstay." + p.Addr.Name}
	}
	diags := e.readBlock(s, p, u)
	if !diags.HasErrors() && !slices.ContainsFunc(u.modules, func(m *module) bool { return !m.isTest() }) {
		diags = diags.Append(errorAt(&origin, "policy_empty", "Policy brings no rule",
			fmt.Sprintf("There is no .rego file with a rule in %q. A policy that asks nothing would look like one that passes.", u.shown)))
	}
	e.sets = append(e.sets, u)
	return diags
}

// readBlock reads the folder or the bundle that a policy block names.
func (e *Engine) readBlock(s Set, p *schema.Policy, u *set) diag.List {
	if p.Bundle != "" {
		diags := readBundle(s.Files, p, e.bundleKey(), u)
		return append(diags, u.checkReserved()...)
	}
	root := strings.TrimPrefix(strings.TrimSuffix(p.Path, "/"), "./")
	if root == "" {
		root = "."
	}
	if !fs.ValidPath(root) {
		return diag.List{errorAt(u.origin, "policy_outside", "Policy path leads out of the configuration",
			fmt.Sprintf("The path %q is not below the configuration's folder. Policies that judge a configuration lie beside it, or in the organisation's set.", p.Path))}
	}
	return append(readSet(s.Files, root, root, u), u.checkReserved()...)
}

// link names the entry rules, compiles all modules together and works out what
// each rule reads.
func (e *Engine) link(ctx context.Context) diag.List {
	modules := map[string]*ast.Module{}
	var diags diag.List
	owners := map[*module][]*rule{}
	e.data = map[string]any{}
	aliases := map[string]int{}
	for _, s := range e.sets {
		diags = append(diags, mergeData(e.data, s.data, s.shown, s.shipped)...)
		for _, m := range s.modules {
			if m.isTest() || m.parsed == nil { // or a control that nothing chose
				continue
			}
			if modules[m.name] != nil {
				diags = diags.Append(errorAt(s.origin, "policy_read_twice", "Two policy blocks read one file",
					fmt.Sprintf("The file %s belongs to another policy block as well. Name each folder once; a block may list several `namespaces`.", m.name)))
				continue
			}
			modules[m.name] = m.parsed
			if s.owns(m) {
				rules, d := addAliases(m, aliases, !(e.lean && s.shipped))
				owners[m] = rules
				diags = append(diags, d...)
			}
		}
	}
	if diags.HasErrors() {
		return diags
	}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, any(JSONSchema("")))
	e.compiler = ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities()).
		WithSchemas(schemas).WithUseTypeCheckAnnotations(true).SetErrorLimit(100)
	e.compiler.Compile(modules)
	if e.compiler.Failed() {
		return append(diags, e.regoErrors(e.compiler.Errors)...)
	}
	e.store = inmem.NewFromObjectWithOpts(e.data, inmem.OptReturnASTValuesOnRead(true))
	for _, s := range e.sets {
		diags = append(diags, e.bind(s, owners)...)
	}
	if !diags.HasErrors() {
		diags = append(diags, e.checkReach()...)
	}
	return diags
}

// owns tells whether a module's rules are asked: those of the set's own
// packages. Helpers in other packages are only reached.
func (s *set) owns(m *module) bool {
	name := packageName(m.parsed.Package.Path)
	return slices.ContainsFunc(s.namespaces, func(ns string) bool { return name == ns || strings.HasPrefix(name, ns+".") })
}

// bind makes controls of the modules of one set and gives them their rules.
func (e *Engine) bind(s *set, owners map[*module][]*rule) diag.List {
	var diags diag.List
	for _, m := range s.modules {
		for _, r := range owners[m] {
			c, d := e.controlOf(s, m, r)
			diags = append(diags, d...)
			if c == nil {
				continue
			}
			r.control = c
			diags = append(diags, e.prepare(r, m)...)
			c.rules = append(c.rules, r)
		}
	}
	return diags
}
