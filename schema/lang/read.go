package lang

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"

	"github.com/backstay/backstay/schema/diag"
)

const (
	nativeSuffix = ".backstay.hcl"
	jsonSuffix   = ".backstay.json"

	// maxFileSize bounds what is parsed: a configuration is written by people.
	maxFileSize = 1 << 20
)

// rawBlock is a block of the top level, not yet decoded.
type rawBlock struct {
	*hcl.Block
	spec *block
}

func (b rawBlock) header() diag.Range { return rng(b.DefRange) }

// readFiles parses all files of the configuration, in the order of their names.
func (l *loader) readFiles() {
	names, err := configNames(l.fsys)
	if err != nil {
		l.diags = append(l.diags, unreadable(fmt.Sprintf("The configuration directory cannot be listed: %v.", err)))
		return
	}
	if len(names) == 0 {
		l.diags = append(l.diags, diag.Diagnostic{
			Severity: diag.Error, Code: "no_configuration", Summary: "No configuration files",
			Detail: fmt.Sprintf("The directory %q holds no file whose name ends in %s or %s. Write one, or let `backstay init` write a first one.", l.dir, nativeSuffix, jsonSuffix),
		})
	}
	var bodies []hcl.Body
	for _, name := range names {
		if body := l.parse(name); body != nil {
			bodies = append(bodies, body)
		}
	}
	l.broken = l.diags
	for _, body := range bodies {
		l.collect(body)
	}
}

func configNames(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		n := e.Name()
		if e.IsDir() || strings.HasPrefix(n, ".") || strings.HasSuffix(n, "~") {
			continue // as editors leave them behind
		}
		if strings.HasSuffix(n, nativeSuffix) || strings.HasSuffix(n, jsonSuffix) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (l *loader) parse(name string) hcl.Body {
	src, err := readBounded(l.fsys, name)
	if err != nil {
		l.diags = append(l.diags, unreadable(fmt.Sprintf("The file %q cannot be read: %v.", name, err)))
		return nil
	}
	l.sources.files[name] = src
	f, diags := parseFile(src, name)
	l.diags = append(l.diags, diags...)
	l.addSnippets()
	if f == nil {
		return nil
	}
	return f.Body
}

// parseFile reads native or JSON syntax, as the name's end says.
func parseFile(src []byte, name string) (*hcl.File, diag.List) {
	if d := checkDepth(src, name); d != nil {
		return nil, diag.List{*d}
	}
	if strings.HasSuffix(name, ".json") {
		f, hd := json.Parse(src, name)
		return f, syntaxDiags(hd)
	}
	f, hd := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	return f, syntaxDiags(hd)
}

var (
	errTooLarge   = errors.New("it is larger than 1 MiB")
	errNotRegular = errors.New("it is no regular file")
)

// readBounded reads a file whole. It looks before it opens: a pipe would wait for
// its writer for ever.
func readBounded(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // opened for reading: nothing to lose
	src, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(src) > maxFileSize {
		return nil, errTooLarge
	}
	return src, err
}

// collect takes the blocks of one file, in the order in which they stand.
func (l *loader) collect(body hcl.Body) {
	content, hd := body.Content(topSchema())
	l.convert(hd, &block{blocks: topBlocks})
	slices.SortStableFunc(content.Blocks, func(a, b *hcl.Block) int {
		return cmp.Compare(a.DefRange.Start.Byte, b.DefRange.Start.Byte)
	})
	for _, b := range content.Blocks {
		l.raw = append(l.raw, rawBlock{Block: b, spec: topBlock(b.Type)})
	}
}

func topSchema() *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, b := range topBlocks {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: b.name, LabelNames: b.labels})
	}
	return s
}

func (l *loader) rawOf(name string) []rawBlock {
	var out []rawBlock
	for _, b := range l.raw {
		if b.Type == name {
			out = append(out, b)
		}
	}
	return out
}
