package policy

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
)

const ownRule = "package backstay.own\nimport data.owners\ndeny contains {\"msg\": \"no owner\", \"address\": b.address} if {\n\tsome b in input.config.backups\n\tnot b.owner in owners\n}"

// packed makes a bundle as `opa build` does, signed where a key is given.
func packed(t *testing.T, key *rsa.PrivateKey, modules map[string]string, change func(*bundle.Bundle)) []byte {
	t.Helper()
	b := bundle.Bundle{Manifest: bundle.Manifest{Revision: "1"}, Data: map[string]any{"owners": []any{"board@example.org"}}}
	b.Manifest.Init()
	for name, text := range modules {
		parsed, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: name, Path: name, RelativePath: name, Raw: []byte(text), Parsed: parsed})
	}
	if key != nil {
		text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
		if err := b.GenerateSignature(bundle.NewSigningConfig(string(text), "RS256", ""), "", true); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(&b)
	}
	var out bytes.Buffer
	if err := bundle.NewWriter(&out).UseModulePath(true).Write(b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func withBundle(t *testing.T, file []byte) Set {
	s := withRego(t, fileTree(t), nil)
	p := s.Config.Policies[0]
	p.Path, p.Bundle, p.Origin = "", "./own.tar.gz", origin(90, "bundle")
	s.Files = fstest.MapFS{"own.tar.gz": {Data: file}}
	return s
}

func TestBundleIsAsked(t *testing.T) {
	r, err := compileSet(t, withBundle(t, packed(t, nil, map[string]string{"own.rego": ownRule}, nil))).Config(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	got := of(r, "backstay.own/deny")
	if len(got) != 1 || got[0].Range.Start.Line != 32 || got[0].Rule.Filename != "own.tar.gz/own.rego" || got[0].Rule.Start.Line != 3 {
		t.Errorf("%+v", got)
	}
}

func TestBundleIsVerified(t *testing.T) {
	key, other := newKey(t), newKey(t)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	org := organisation(t, map[string]string{
		"policy-set.json": `{"bundle_key": "bundle.pem"}`,
		"bundle.pem":      string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
	})
	modules := map[string]string{"own.rego": ownRule}
	for name, c := range map[string]struct {
		file []byte
		code string
	}{
		"signed":           {packed(t, key, modules, nil), ""},
		"not signed":       {packed(t, nil, modules, nil), "policy_bundle"},
		"by somebody else": {packed(t, other, modules, nil), "policy_bundle"},
		"changed since": {packed(t, key, modules, func(b *bundle.Bundle) {
			b.Data["owners"] = []any{"me@example.org"}
		}), "policy_bundle"},
	} {
		s := withBundle(t, c.file)
		s.OrgDir = org
		e, diags := Compile(t.Context(), s)
		switch {
		case c.code == "" && (e == nil || len(diags) > 0):
			t.Errorf("%s: %+v", name, diags)
		case c.code != "" && (e != nil || len(diags) == 0 || diags[0].Code != c.code || diags[0].Range == nil):
			t.Errorf("%s: %+v", name, diags)
		}
	}
	e, diags := Compile(t.Context(), withBundle(t, packed(t, key, modules, nil)))
	if e == nil || len(diags) != 1 || diags[0].Code != "policy_bundle_unverified" {
		t.Errorf("signed, and no key to verify it by: %+v", diags)
	}
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestBundleIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		path string
		code string
	}{
		"no bundle":       {[]byte("nothing"), "", "policy_bundle"},
		"not there":       {nil, "other.tar.gz", "policy_unreadable"},
		"outside":         {nil, "../own.tar.gz", "policy_outside"},
		"no rule":         {packed(t, nil, nil, nil), "", "policy_empty"},
		"shipped package": {packed(t, nil, map[string]string{"a.rego": "package backstay.lib\nx := 1"}, nil), "", "policy_reserved_package"},
		"other package":   {packed(t, nil, map[string]string{"a.rego": "package elsewhere\ndeny contains \"x\" if true"}, nil), "", "policy_other_package"},
		"reads the net":   {packed(t, nil, map[string]string{"a.rego": "package backstay.own\ndeny contains \"x\" if http.send({}).status == 200"}, nil), "", "policy_unknown_function"},
		"taken data":      {packed(t, nil, map[string]string{"a.rego": ownRule}, func(b *bundle.Bundle) { b.Data = map[string]any{"backstay_data": 1} }), "", "policy_data"},
		"compiled to Wasm": {packed(t, nil, map[string]string{"a.rego": ownRule}, func(b *bundle.Bundle) {
			b.WasmModules = []bundle.WasmModuleFile{{Path: "policy.wasm", URL: "policy.wasm", Raw: []byte{0}}}
		}), "", "policy_bundle"},
	} {
		s := withBundle(t, c.file)
		if c.path != "" {
			s.Config.Policies[0].Bundle = c.path
		}
		e, diags := Compile(t.Context(), s)
		if e != nil || !diags.HasErrors() || diags[0].Code != c.code {
			t.Errorf("%s: %+v, want %s", name, diags, c.code)
		}
	}
	org := organisation(t, map[string]string{"policy-set.json": `{"bundle_key": "gone.pem"}`})
	if e, diags := Compile(t.Context(), Set{Config: fileTree(t), Files: fstest.MapFS{}, OrgDir: org}); e != nil || diags[0].Code != "policy_set_manifest" {
		t.Errorf("a key that is gone: %+v", diags)
	}
}
