package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/bill"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// chosen is what an archive or unarchive call is about.
type chosen struct {
	files  []*model.Copy
	folder string // "" when files were named
}

// choose reads files or folder, and finds the copies.
func (c *call) choose(verb string) (*model.Project, *chosen, error) {
	ids := unique(c.in.Texts("files"))
	recurse := c.in.Bool("recurse", true)
	folder := ""
	if c.in.Has("folder") {
		folder = c.folderKey("folder", "/")
	}
	switch {
	case c.in.Has("files") == c.in.Has("folder"):
		c.in.Fail(wire.InvalidInput("Expected exactly one of the keys \"files\" and \"folder\" of input"))
	case len(ids) > maxPage:
		c.in.Fail(wire.InvalidInput("Expected key \"files\" of input to be an array of at most %d files", maxPage))
	}
	p, err := c.project(model.Contribute)
	if err != nil {
		return nil, nil, err
	}
	if err := c.serviced(p, verb); err != nil {
		return nil, nil, err
	}
	what := &chosen{folder: folder}
	if folder == "" {
		what.files, err = c.filesIn(p, ids)
		return p, what, err
	}
	if _, err := p.Folder(folder); err != nil {
		return nil, nil, err
	}
	p.Copies().Each(func(cp *model.Copy) bool {
		if cp.Object.Class == "file" && (cp.Folder == folder || recurse && model.Within(cp.Folder, folder)) {
			what.files = append(what.files, cp)
		}
		return true
	})
	return p, what, nil
}

// serviced refuses projects that the archival service does not take.
func (c *call) serviced(p *model.Project, verb string) error {
	switch {
	case !c.w.Licensed(p.BillTo):
		return wire.PermissionDenied("%s has no license for the archival service", p.BillTo)
	case p.Sponsored(c.now):
		return wire.InvalidState("Cannot %s files of %s while the project is sponsored", verb, p.ID)
	case !c.w.Settings.Offers(p.Region):
		return wire.InvalidState("The archival service is not available in the region %s", p.Region)
	}
	return nil
}

func (c *call) filesIn(p *model.Project, ids []string) ([]*model.Copy, error) {
	var files []*model.Copy
	for _, id := range ids {
		cp, err := c.w.In(p, id)
		if err != nil || cp.Object.Class != "file" {
			return nil, wire.InvalidInput("Expected key \"files\" of input to name files of %s; %q is none", p.ID, id)
		}
		files = append(files, cp)
	}
	return files, nil
}

// closedOnly refuses a call that meets files which are not closed.
func (w *chosen) closedOnly(verb string) error {
	var open []string
	for _, cp := range w.files {
		if cp.Object.State != model.Closed {
			open = append(open, cp.Object.ID)
		}
	}
	slices.Sort(open)
	switch {
	case open == nil:
		return nil
	case w.folder != "":
		return wire.InvalidState("Cannot %s folder %q as some files are in a non-closed state (%s)", verb, w.folder, strings.Join(open, ","))
	}
	return wire.InvalidState("Cannot %s files in a non-closed state (%s)", verb, strings.Join(open, ","))
}

// single refuses the one file that was named and does not fit; of several the
// misfits are passed over.
func (w *chosen) single(verb string, fits func(*model.Copy) bool) error {
	if w.folder == "" && len(w.files) == 1 && !fits(w.files[0]) {
		cp := w.files[0]
		return wire.InvalidState("Cannot %s %s in the archivalState %q", verb, cp.Object.ID, cp.Archival)
	}
	return nil
}

func archive(c *call) (any, error) {
	all := c.in.Bool("allCopies", false)
	p, what, err := c.choose("archive")
	if err != nil {
		return nil, err
	}
	if all && !c.w.Governs(c.user, p.BillTo) {
		return nil, wire.PermissionDenied("Must be an admin of %s to archive all copies", p.BillTo)
	}
	if err := what.closedOnly("archive"); err != nil {
		return nil, err
	}
	rules := c.w.Settings.Rules
	fits := func(cp *model.Copy) bool {
		if all {
			return len(c.siblings(cp, rules)) > 0
		}
		return rules.Allows(cp.Archival, archival.Archive)
	}
	if err := what.single("archive", fits); err != nil {
		return nil, err
	}
	count := 0
	for _, cp := range what.files {
		if !fits(cp) {
			continue
		}
		count++
		if !all {
			c.w.Archive(cp, c.now)
			continue
		}
		for _, sibling := range c.siblings(cp, rules) {
			c.w.Archive(sibling, c.now)
		}
	}
	return hash{"id": p.ID, "count": count}, nil
}

// siblings are the copies under the same bill-to that can be archived, whether
// or not the caller has a role where they lie.
func (c *call) siblings(cp *model.Copy, rules archival.Rules) []*model.Copy {
	var siblings []*model.Copy
	for _, other := range cp.Object.Copies {
		if other.Project.BillTo == cp.Project.BillTo && !other.Project.Sponsored(c.now) && rules.Allows(other.Archival, archival.Archive) {
			siblings = append(siblings, other)
		}
	}
	return siblings
}

func unarchive(c *call) (any, error) {
	dry := c.in.Bool("dryRun", false)
	rate := c.in.Text("rate", "Standard")
	p, what, err := c.choose("unarchive")
	if err != nil {
		return nil, err
	}
	if rates := archival.Rates(p.Region); !slices.Contains(rates, rate) {
		return nil, wire.InvalidInput("Expected key \"rate\" of input to be one of %s in %s", quoted(rates), p.Region)
	}
	if err := what.closedOnly("unarchive"); err != nil {
		return nil, err
	}
	fits := func(cp *model.Copy) bool { return c.w.Settings.Rules.Allows(cp.Archival, archival.Unarchive) }
	if err := what.single("unarchive", fits); err != nil {
		return nil, err
	}
	count, bytes, mills := 0, int64(0), 0.0
	for _, cp := range what.files {
		if !fits(cp) {
			continue
		}
		count++
		bytes += cp.Object.Size
		mills += c.w.Retrieve(cp, rate, c.now, false)
		if !dry {
			c.w.Unarchive(cp, rate, c.now)
		}
	}
	return hash{"id": p.ID, "files": count, "size": float64(bytes) / bill.GB, "cost": mills}, nil
}

func quoted(texts []string) string { return fmt.Sprintf("%q", texts) }
