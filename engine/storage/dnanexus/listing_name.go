package dnanexus

import (
	"strings"

	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// How an object's folder and name become a path. The map is injective:
//
//   - the source's folder is the root; each folder below it is a folder;
//   - what no path element can hold is written as "%" and two upper-case
//     hexadecimal digits: "/" and control characters anywhere, the name that is
//     "." or "..", and a "%" that stands before two such digits;
//   - a record, an applet or a workflow adds ".record.json", ".applet.json" or
//     ".workflow.json", since its content here is an export;
//   - names need not be unique there. Of several objects with one path the one
//     created first (then: of the lower id) keeps it; the others add ".~<id>~".
//     A real name that ends so has its last "~" written as "%7E".

// exported tells which classes are exported, and what their paths end in.
var exported = map[string]string{"record": ".record.json", "applet": ".applet.json", "workflow": ".workflow.json"}

// idLength is how many signs follow the class in an id.
const idLength = 24

// pathOf is an object's path below root ("" or "/a/b") before same-named ones
// are told apart; false for an object that lies elsewhere.
func pathOf(root string, o *wire.Object) (string, bool) {
	folder, ok := below(root, o.Folder)
	return folder + escapeName(o.Name) + exported[o.Class], ok
}

// below is the path of a folder, "" for the root itself; false if it lies
// elsewhere.
func below(root, folder string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(folder, "/"), root)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	if rest == "" {
		return "", true
	}
	elements := strings.Split(rest[1:], "/")
	for i, e := range elements {
		elements[i] = escape(e)
	}
	return strings.Join(elements, "/") + "/", true
}

// escapeName escapes an object's name, which may also look like one that was
// told apart.
func escapeName(name string) string {
	e := escape(name)
	if toldApart(e) {
		return e[:len(e)-1] + "%7E"
	}
	return e
}

// toldApart tells whether a name ends as those of second objects do.
func toldApart(name string) bool {
	body, ok := strings.CutSuffix(name, "~")
	i := strings.LastIndex(body, ".~")
	return ok && i >= 0 && isID(body[i+2:])
}

// isID tells whether a text has the form of a platform's id of a data object.
func isID(s string) bool {
	class, signs, ok := strings.Cut(s, "-")
	if !ok || len(signs) != idLength || class == "" {
		return false
	}
	return !strings.ContainsFunc(class+signs, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}

// secondPath is the path of an object whose own is taken.
func secondPath(path, id string) string { return path + ".~" + id + "~" }

const hexDigits = "0123456789ABCDEF"

// escape writes an element so that it is a path element; most are one already.
func escape(name string) string {
	if !strange(name) {
		return name
	}
	var b strings.Builder
	dots := name == "." || name == ".." || name == ""
	for i := range len(name) {
		c := name[i]
		if c < 0x20 || c == 0x7f || c == '/' || dots || c == '%' && coded(name[i:]) {
			b.WriteString("%" + string(hexDigits[c>>4]) + string(hexDigits[c&15]))
			continue
		}
		b.WriteByte(c)
	}
	if name == "" {
		return "%"
	}
	return b.String()
}

func strange(name string) bool {
	if name == "" || name == "." || name == ".." {
		return true
	}
	for i := range len(name) {
		if c := name[i]; c < 0x20 || c == 0x7f || c == '/' || c == '%' {
			return true
		}
	}
	return false
}

// coded tells whether s begins as an escape does.
func coded(s string) bool {
	return len(s) >= 3 && s[0] == '%' && strings.IndexByte(hexDigits, s[1]) >= 0 && strings.IndexByte(hexDigits, s[2]) >= 0
}
