// Package addr holds the names that everything else uses to speak about a
// configuration and about objects: resource addresses such as
// destination.s3.frankfurt or backup.runs["trial-7"], and object paths with
// their one total order.
//
// In go strings and parts; out come addresses that print back to what they
// were parsed from. The package does no I/O, knows no HCL, and never
// interprets a path beyond its bytes.
package addr

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the first word of an address: the type of block it names.
type Kind string

// The kinds of block that can be addressed.
const (
	Source      Kind = "source"
	Destination Kind = "destination"
	Backup      Kind = "backup"
	Hold        Kind = "hold"
	Release     Kind = "release"
	Shorten     Kind = "shorten"
	Retire      Kind = "retire"
	Attest      Kind = "attest"
	Archive     Kind = "archive"
	Policy      Kind = "policy"
	Waiver      Kind = "waiver"
)

// typed tells which kinds carry a type label between kind and name.
var typed = map[Kind]bool{Source: true, Destination: true}

var untyped = map[Kind]bool{
	Backup: true, Hold: true, Release: true, Shorten: true, Retire: true,
	Attest: true, Archive: true, Policy: true, Waiver: true,
}

// Resource is the address of one block instance. Type is empty for kinds that
// have none; Key is the for_each key where Keyed is true.
type Resource struct {
	Kind  Kind
	Type  string
	Name  string
	Key   string
	Keyed bool
}

// String prints the address as the language writes it.
func (r Resource) String() string {
	if r.Type != "" {
		return string(r.Kind) + "." + r.Type + "." + r.Instance()
	}
	return string(r.Kind) + "." + r.Instance()
}

// Instance is the block's name with its for_each key: NAME or NAME["KEY"].
// Within one kind it is unique, so state and keys may use it alone.
func (r Resource) Instance() string {
	if !r.Keyed {
		return r.Name
	}
	return r.Name + "[" + strconv.Quote(r.Key) + "]"
}

// ParseResource reads what String prints.
func ParseResource(s string) (Resource, error) {
	head, key, keyed, err := splitKey(s)
	if err != nil {
		return Resource{}, err
	}
	parts := strings.Split(head, ".")
	r := Resource{Kind: Kind(parts[0]), Key: key, Keyed: keyed}
	switch {
	case typed[r.Kind] && len(parts) == 3:
		r.Type, r.Name = parts[1], parts[2]
	case untyped[r.Kind] && len(parts) == 2:
		r.Name = parts[1]
	default:
		return Resource{}, fmt.Errorf("%q is not an address such as backup.runs or source.filesystem.docs", s)
	}
	if r.Name == "" || (typed[r.Kind] && r.Type == "") {
		return Resource{}, fmt.Errorf("%q has an empty label", s)
	}
	return r, nil
}

func splitKey(s string) (head, key string, keyed bool, err error) {
	i := strings.IndexByte(s, '[')
	if i < 0 {
		return s, "", false, nil
	}
	if !strings.HasSuffix(s, "]") {
		return "", "", false, fmt.Errorf("%q lacks its closing bracket", s)
	}
	key, err = strconv.Unquote(s[i+1 : len(s)-1])
	if err != nil {
		return "", "", false, fmt.Errorf("%q: the key is not a quoted string", s)
	}
	return s[:i], key, true, nil
}
