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
//     ".workflow.json", since its content here is an export; apps, which lie in
//     no project, have the folder ".apps" (see apps.go);
//   - names need not be unique there. Of several objects with one path the one
//     created first (then: of the lower id) keeps it; the others add ".~<id>~".
//     A real name that ends so has its last "~" written as "%7E".

// exported tells which classes are exported, and what their paths end in.
var exported = map[string]string{"record": ".record.json", "applet": ".applet.json", "workflow": ".workflow.json", "app": ".app.json"}

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

// escape writes an element so that it is a path element; most are one already.
func escape(name string) string {
	whole := name == "." || name == ".."
	if !whole && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == '/' || r == '%' }) && name != "" {
		return name
	}
	if name == "" {
		return "%" // no object has it; a path element has to be something
	}
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		coded := c == '%' && i+2 < len(name) && isHex(name[i+1]) && isHex(name[i+2])
		if whole || coded || c < ' ' || c == 0x7f || c == '/' {
			b.WriteString("%" + hexDigits[c>>4:c>>4+1] + hexDigits[c&15:c&15+1])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
