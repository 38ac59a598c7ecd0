package policy

import (
	"strconv"
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// places is the way back from an input path to the HCL it came from. Blocks are
// kept under the path they have in the input ("config.backups[0].retention"),
// attributes are found in the block's origin.
type places struct {
	blocks    map[string]schema.Origin
	addresses map[string]string // path of an element -> its address
	paths     map[string]string // address -> path of the element
}

func newPlaces() *places {
	return &places{blocks: map[string]schema.Origin{}, addresses: map[string]string{}, paths: map[string]string{}}
}

func (p *places) block(path string, o schema.Origin) { p.blocks[path] = o }

func (p *places) element(path, address string, o schema.Origin) {
	p.block(path, o)
	p.addresses[path] = address
	p.paths[address] = path
}

// madeFrom tells from which attribute the engine made a member that nobody
// writes.
var madeFrom = map[string]string{
	"days_left": "expires", "expired": "expires", "control_severity": "control", "unmatched": "targets",
	"dua_days_left": "dua_end", "attested_days_left": "attested_until", "deleters_known": "deleters",
	"off_site": "to", "other_vendor": "to", "same_system": "to", "storage_kind": "media", "all_copies": "after_all_copies",
}

// readPath is the path of one read: names as strings, array positions as ints.
type readPath []any

func (r readPath) String() string {
	var b strings.Builder
	for i, step := range r {
		switch s := step.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(s) + "]")
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// at finds the range of what a rule read: the attribute, or the innermost block
// around it that exists. attribute tells whether it is an attribute's own range.
func (p *places) at(path readPath) (r diag.Range, attribute, ok bool) {
	for n := len(path); n > 0; n-- {
		origin, found := p.blocks[path[:n].String()]
		if !found {
			continue
		}
		for _, step := range path[n:] {
			name, isName := step.(string)
			if !isName || name == "options" {
				continue
			}
			for _, spelling := range []string{name, strings.TrimSuffix(name, "_days"), strings.TrimSuffix(name, "_hours"), madeFrom[name]} {
				if origin.Has(spelling) {
					return origin.At(spelling), true, true
				}
			}
			break
		}
		return origin.Block, false, !origin.Block.IsZero()
	}
	return diag.Range{}, false, false
}

// addressOf is the address of the innermost addressed element on a path.
func (p *places) addressOf(path readPath) string {
	for n := len(path); n > 0; n-- {
		if a, ok := p.addresses[path[:n].String()]; ok {
			return a
		}
	}
	return ""
}

// ofAddress is the range of the block that an address names, or of the one it
// lies in: backup.runs.copy.vault["a"] is in backup.runs.copy.vault.
func (p *places) ofAddress(address string) (diag.Range, bool) {
	for a := address; a != ""; {
		if path, ok := p.paths[a]; ok {
			r := p.blocks[path].Block
			return r, !r.IsZero()
		}
		i := strings.LastIndexAny(a, ".[")
		if i < 0 {
			break
		}
		a = a[:i]
	}
	return diag.Range{}, false
}
