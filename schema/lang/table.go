package lang

import (
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// kind is the type of an attribute, in the words of the specification.
type kind string

const (
	kString    kind = "string"
	kBool      kind = "bool"
	kInt       kind = "whole number"
	kNumber    kind = "number"
	kStrings   kind = "list of strings"
	kGlobs     kind = "list of globs"
	kMap       kind = "map of strings"
	kTerm      kind = "term"
	kSize      kind = "size"
	kDate      kind = "date"
	kPath      kind = "path"
	kRef       kind = "reference"
	kRefs      kind = "list of references"
	kAddress   kind = "address"
	kAddresses kind = "list of addresses"
	kApprovals kind = "approvals"
	kAny       kind = "any value"
	kType      kind = "type"
)

// attr is one attribute of a block: the decoder, the digest and the tables of
// spec.md are all made from it, so that they cannot disagree.
type attr struct {
	name      string
	kind      kind
	doc       string
	required  bool
	filled    bool // must not be empty
	secret    bool // may hold env() and sensitive values; never digested
	def       any  // normalised, as decodeValue returns it; nil for none
	enum      []string
	bounded   bool
	low, high float64
	refs      []addr.Kind
}

// block is one type of block.
type block struct {
	name   string
	labels []string
	attrs  []attr
	blocks []*block
	many   bool // may be repeated
	// implied blocks are decoded, with their defaults, where they are absent.
	implied bool
	each    bool // takes for_each
	doc     string
}

func (b *block) attrNames() []string {
	names := make([]string, 0, len(b.attrs)+1)
	for _, a := range b.attrs {
		names = append(names, a.name)
	}
	if b.each {
		names = append(names, "for_each")
	}
	return names
}

func (b *block) blockNames() []string {
	names := make([]string, 0, len(b.blocks))
	for _, c := range b.blocks {
		names = append(names, c.name)
	}
	return names
}

func at(name string, k kind, doc string) attr { return attr{name: name, kind: k, doc: doc} }

func (a attr) must() attr               { a.required = true; return a }
func (a attr) some() attr               { a.filled = true; return a }
func (a attr) hidden() attr             { a.secret = true; return a }
func (a attr) or(def any) attr          { a.def = def; return a }
func (a attr) of(values ...string) attr { a.enum = values; return a }
func (a attr) to(kinds ...addr.Kind) attr {
	a.refs = kinds
	return a
}

func (a attr) in(low, high float64) attr {
	a.bounded, a.low, a.high = true, low, high
	return a
}

func days(n int64) schema.Term { return schema.Term{Count: n, Unit: schema.Days} }
