package dnanexus

import (
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// The codes of remarks.
const (
	notClosed     = "not_closed"     // a file that is still being written: it has no content yet
	notLive       = "not_live"       // a file in the archive, or on its way: it cannot be read
	notExported   = "not_exported"   // a class of objects that cannot be exported
	sharedIn      = "shared_in"      // others own it
	appUnnamed    = "app_unnamed"    // a workflow that runs an app which no source names
	hiddenObject  = "hidden"         // not shown to people, but protected as others are
	membersHidden = "members_hidden" // nobody can tell what others own
	notKept       = "not_kept"       // the next listing has to ask for everything again
)

// examples is how many paths a remark names.
const examples = 5

// remarks are what a listing met, by code.
type remarks struct{ by map[string]*storage.Remark }

func (r *remarks) note(i *item) {
	if i.Note != "" {
		r.add(i.Note, i.Path)
	}
}

func (r *remarks) add(code, example string) {
	if r.by == nil {
		r.by = map[string]*storage.Remark{}
	}
	one := r.by[code]
	if one == nil {
		one = &storage.Remark{Code: code, Detail: remarkDetails[code]}
		r.by[code] = one
	}
	one.Count++
	if len(one.Examples) < examples {
		one.Examples = append(one.Examples, example)
	}
}

func (r *remarks) list() []storage.Remark {
	var out []storage.Remark
	for _, one := range r.by {
		out = append(out, *one)
	}
	slices.SortFunc(out, func(a, b storage.Remark) int { return strings.Compare(a.Code, b.Code) })
	return out
}

var remarkDetails = map[string]string{
	notClosed:     "files are not closed yet; they are copied once they are",
	notLive:       "files are in the archive or on their way; they cannot be read until they are brought back",
	notExported:   "objects are of a class that cannot be exported, and are not protected",
	sharedIn:      "objects were made by users who are not of the account that pays for the project; shared = \"include\" copies them too",
	appUnnamed:    "workflows run apps that the source does not name in apps: these are not protected",
	hiddenObject:  "hidden objects are protected like others",
	notKept:       "listing could not be kept, so that the next one asks for everything again",
	membersHidden: "the members of the account that pays cannot be listed, so all objects count as its own",
}
