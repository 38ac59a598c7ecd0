package policy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// maxBundle bounds a bundle and each of its files: what is unpacked is read into
// memory.
const maxBundle = 32 << 20

// bundleKey is the organisation's key, by which every bundle must be signed once
// it is there. It lies in the organisation's set, where a change of the
// configuration cannot reach it.
type bundleKey struct {
	pem       string
	algorithm string
}

const organisationKey = "organisation"

// readBundle reads an OPA bundle into a set. The file is a gzipped tarball below
// the configuration's folder.
func readBundle(fsys fs.FS, p *schema.Policy, key *bundleKey, u *set) diag.List {
	at := p.Origin.At("bundle")
	refuse := func(code, summary, detail string) diag.List { return diag.List{errorAt(&at, code, summary, detail)} }
	name := path.Clean(strings.TrimPrefix(p.Bundle, "./"))
	if !fs.ValidPath(name) {
		return refuse("policy_outside", "Policy path leads out of the configuration",
			fmt.Sprintf("The bundle %q is not below the configuration's folder. Policies that judge a configuration lie beside it, or in the organisation's set.", p.Bundle))
	}
	info, err := fs.Stat(fsys, name)
	if err == nil && info.Size() > maxBundle {
		err = fmt.Errorf("it is larger than %d bytes", maxBundle)
	}
	var packed []byte
	if err == nil {
		packed, err = fs.ReadFile(fsys, name)
	}
	if err != nil {
		return refuse("policy_unreadable", "Policies cannot be read",
			fmt.Sprintf("The bundle %q cannot be read: %v. A policy that is not read cannot deny anything, so nothing goes on without it.", p.Bundle, err))
	}
	b, err := unpack(packed, key)
	var rego ast.Errors
	switch {
	case errors.As(err, &rego):
		return regoErrors(rego)
	case err != nil:
		return refuse("policy_bundle", "Policy bundle cannot be used",
			fmt.Sprintf("The bundle %q cannot be used: %v. Build it with `opa build`, and sign it with the organisation's key where there is one.", p.Bundle, err))
	case len(b.WasmModules)+len(b.PlanModules) > 0:
		return refuse("policy_bundle", "Policy bundle cannot be used",
			fmt.Sprintf("The bundle %q holds compiled policies, whose rules nobody can check. Build it with `opa build -t rego`.", p.Bundle))
	}
	return append(u.takeBundle(b, name), unverified(&at, p, packed, key)...)
}

// unpack reads and, with a key, verifies a bundle: all of its files must be
// signed, and all that are signed must be there.
func unpack(packed []byte, key *bundleKey) (bundle.Bundle, error) {
	r := bundle.NewReader(bytes.NewReader(packed)).WithSizeLimitBytes(maxBundle).WithRegoVersion(ast.RegoV1).
		WithCapabilities(capabilities()).WithProcessAnnotations(true).WithSkipBundleVerification(key == nil)
	if key != nil {
		r = r.WithBundleVerificationConfig(bundle.NewVerificationConfig(
			map[string]*bundle.KeyConfig{organisationKey: {Key: key.pem, Algorithm: key.algorithm}}, organisationKey, "", nil))
	}
	b, err := r.Read()
	if err == nil && b.Type() != bundle.SnapshotBundleType {
		err = errors.New("it is a delta, which says nothing alone")
	}
	return b, err
}

// takeBundle makes a set of a bundle's modules and data. Modules are parsed
// again, under names that say which bundle they are in.
func (s *set) takeBundle(b bundle.Bundle, name string) diag.List {
	var diags diag.List
	for _, f := range b.Modules {
		base := strings.TrimPrefix(cmp.Or(f.RelativePath, f.Path), "/")
		m, d := parseModule(path.Join(name, base), f.Raw, s)
		diags = append(diags, d...)
		if m != nil {
			m.base = base
			s.modules = append(s.modules, m)
		}
	}
	slices.SortFunc(s.modules, func(a, b *module) int { return compareStrings(a.name, b.name) })
	s.data = map[string]any{}
	return append(diags, mergeData(s.data, b.Data, name, false)...)
}

// unverified warns of a bundle that is signed and that no key proves: the
// signature would look like a proof.
func unverified(at *diag.Range, p *schema.Policy, packed []byte, key *bundleKey) diag.List {
	if key != nil || !signed(packed) {
		return nil
	}
	return diag.List{{
		Severity: diag.Warning, Code: "policy_bundle_unverified", Summary: "Policy bundle is signed and not verified", Range: at, Address: p.Addr.String(),
		Detail: fmt.Sprintf("The bundle %q has a signature, and the organisation's set names no key (bundle_key in %s), so that anybody may have made it.", p.Bundle, manifestName),
	}}
}

// signed tells whether a bundle has a signature, which OPA's reader does not
// say of one that it does not verify.
func signed(packed []byte) bool {
	l := bundle.NewTarballLoaderWithBaseURL(bytes.NewReader(packed), "").WithSizeLimitBytes(maxBundle)
	for {
		f, err := l.NextFile()
		if err != nil {
			return false
		}
		if bundle.IsSignaturesFile(f.Path()) {
			return true
		}
	}
}

// bundleKey is the key that the organisation's set names, if there is one.
func (e *Engine) bundleKey() *bundleKey {
	for _, s := range e.sets {
		if s.key != nil {
			return s.key
		}
	}
	return nil
}

// readKey reads the key that a manifest names.
func (s *set) readKey(fsys fs.FS) diag.List {
	if s.manifest == nil || s.manifest.BundleKey == "" {
		return nil
	}
	text, err := readBounded(fsys, s.manifest.BundleKey)
	if err != nil {
		return diag.List{errorAt(&diag.Range{Filename: path.Join(s.shown, manifestName)}, "policy_set_manifest", "Policy set manifest cannot be read",
			fmt.Sprintf("The key %q that signs bundles cannot be read: %v. Without it nobody knows who made them.", s.manifest.BundleKey, err))}
	}
	s.key = &bundleKey{pem: string(text), algorithm: cmp.Or(s.manifest.BundleAlgorithm, "RS256")}
	return nil
}
