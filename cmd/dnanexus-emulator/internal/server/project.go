package server

import (
	"maps"
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/bill"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// flags are the switches of a project.
var flags = []string{
	"protected", "restricted", "downloadRestricted", "externalUploadRestricted", "previewViewerRestricted",
	"databaseUIViewOnly", "containsPHI", "destroyProtected", "httpsAppIsolatedBrowsing",
}

// extras are settings that are kept and told, and decide nothing here.
var extras = []string{
	"databaseResultsRestricted", "allowedExecutables", "monthlyComputeLimit", "monthlyEgressBytesLimit", "monthlyStorageLimit",
	"defaultSymlink", "drive", "defaultInstanceType",
}

func newProject(c *call) (any, error) {
	if err := c.known(); err != nil {
		return nil, err
	}
	p := &model.Project{
		ID: c.s.ids.Next("project"), Class: "project", Name: c.in.NeedText("name"),
		Region: c.in.Text("region", c.w.Settings.Regions[0]), BillTo: c.in.Text("billTo", c.w.Users[c.user].BillTo),
		Created: c.now, Modified: c.now, CreatedBy: c.user, Version: 1, Tags: unique(c.in.Texts("tags")),
		Permissions: map[string]model.Level{c.user: model.Administer},
	}
	p.Properties, _ = c.in.Properties("properties", false)
	change := c.settings(p)
	if !slices.Contains(c.w.Settings.Regions, p.Region) {
		c.in.Fail(wire.InvalidInput("Expected key \"region\" of input to be a region of the platform, not %q", p.Region))
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if err := c.w.CheckBillTo(c.user, p.BillTo); err != nil {
		return nil, err
	}
	if o := c.w.Orgs[p.BillTo]; o != nil && len(o.Regions) > 0 && !slices.Contains(o.Regions, p.Region) {
		return nil, wire.InvalidInput("Expected key \"region\" of input to be one that %s permits", p.BillTo)
	}
	if c.in.Bool("containsPHI", false) {
		if o := c.w.Orgs[p.BillTo]; o == nil || !o.PHI {
			return nil, wire.PermissionDenied("PHI features must be enabled for %s", p.BillTo)
		}
	}
	change()
	c.w.AddProject(p)
	return hash{"id": p.ID}, nil
}

// settings reads what new and update have in common; the result applies it.
func (c *call) settings(p *model.Project) func() {
	switches, more := map[string]bool{}, map[string]any{}
	maps.Copy(switches, p.Flags)
	maps.Copy(more, p.Extras)
	for _, flag := range flags {
		if c.in.Has(flag) {
			switches[flag] = c.in.Bool(flag, false)
		}
	}
	if c.in.Bool("downloadRestricted", false) && !c.in.Has("previewViewerRestricted") {
		switches["previewViewerRestricted"] = true
	}
	if c.in.Has("downloadRestricted") && !switches["downloadRestricted"] && switches["previewViewerRestricted"] {
		c.in.Fail(wire.InvalidInput("Expected key \"downloadRestricted\" of input to be true while previewViewerRestricted is"))
	}
	for _, extra := range extras {
		if c.in.Names(extra) {
			more[extra] = c.in.Keys()[extra]
		}
	}
	c.in.Texts("allowedExecutables")
	c.in.Int("databaseResultsRestricted", 0, 0, 1<<53)
	summary, description := c.in.Text("summary", p.Summary), c.in.Text("description", p.Description)
	return func() {
		p.Flags, p.Extras, p.Summary, p.Description = switches, more, summary, description
	}
}

func updateProject(c *call) (any, error) {
	name, payer, version := c.in.Text("name", ""), c.in.Text("billTo", ""), c.in.Int("version", 0, 0, 1<<53)
	p, err := c.project(model.Administer)
	if err != nil {
		return nil, err
	}
	change := c.settings(p)
	if c.in.Names("name") && name == "" {
		c.in.Fail(wire.InvalidInput("Expected key \"name\" of input to be a nonempty string"))
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if c.in.Has("version") && version != p.Version {
		return nil, wire.InvalidState("%s has the version %d, not %d", p.ID, p.Version, version)
	}
	if payer != "" && payer != p.BillTo {
		if c.w.Users[payer] == nil && c.w.Orgs[payer] == nil {
			return nil, wire.InvalidInput("Expected key \"billTo\" of input to be a user or an org that exists")
		}
		if err := c.w.CheckBillTo(c.user, payer); err != nil {
			return nil, err
		}
		c.w.SetBillTo(p, payer, c.now)
	}
	change()
	if name != "" {
		p.Name = name
	}
	p.Version++
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}

func destroyProject(c *call) (any, error) {
	force := c.in.Bool("terminateJobs", false)
	p, err := c.project(model.Administer)
	if err != nil {
		return nil, err
	}
	if p.Flag("destroyProtected") {
		return nil, wire.PermissionDenied("%s is protected from being destroyed", p.ID)
	}
	for _, id := range model.Sorted(c.w.Runs) {
		r := c.w.Runs[id]
		if r.Project != p.ID || r.Over(c.now) {
			continue
		}
		if !force {
			return nil, wire.InvalidState("%s has unfinished jobs; use terminateJobs", p.ID)
		}
		r.Ended, r.DoneAt = "terminated", c.now
		c.w.TouchRun(r)
	}
	c.w.Destroy(p, c.now)
	return hash{"id": p.ID}, nil
}

var projectDefaults = []string{
	"id", "class", "name", "summary", "description", "protected", "restricted", "downloadRestricted", "previewViewerRestricted",
	"externalUploadRestricted", "databaseUIViewOnly", "databaseResultsRestricted", "containsPHI", "allowedExecutables", "billTo", "region",
	"cloudAccount", "created", "modified", "createdBy", "version", "level", "dataUsage", "sponsoredDataUsage", "archivedDataUsage",
	"remoteDataUsage", "pendingTransfer", "tags", "defaultInstanceType", "totalSponsoredEgressBytes", "consumedSponsoredEgressBytes",
	"atSpendingLimit", "provider", "destroyProtected", "httpsAppIsolatedBrowsing", "sponsoredUntil",
}

func describeProject(c *call) (any, error) {
	p, err := c.project(model.View)
	if err != nil {
		return nil, err
	}
	answer := c.projectSheet(p, c.in)
	return answer, c.in.Err()
}

func (c *call) projectSheet(p *model.Project, in *wire.Input) hash {
	s := newSheet(in, p.ID, projectDefaults)
	for _, flag := range flags {
		s.set(flag, p.Flag(flag))
	}
	for _, extra := range extras {
		s.set(extra, p.Extras[extra])
	}
	if p.Extras["defaultInstanceType"] == nil {
		s.set("defaultInstanceType", "mem1_ssd1_v2_x4")
	}
	c.usage(s, p)
	for name, value := range (hash{
		"class": p.Class, "name": p.Name, "summary": p.Summary, "description": p.Description, "billTo": p.BillTo, "region": p.Region,
		"cloudAccount": cloudAccount(p.Region), "created": p.Created, "modified": p.Modified, "createdBy": hash{"user": p.CreatedBy},
		"version": p.Version, "level": c.w.Level(c.user, p), "pendingTransfer": text(p.PendingTransfer), "tags": list(p.Tags),
		"properties": texts(p.Properties), "permissions": p.Permissions, "totalSponsoredEgressBytes": 0,
		"consumedSponsoredEgressBytes": p.EgressBytes, "atSpendingLimit": c.blocked(p), "provider": nil,
	}) {
		s.set(name, value)
	}
	s.put("folders", func() any { return p.Folders() })
	s.put("fileUploadParameters", func() any { return c.uploadParameters() })
	if p.Sponsored(c.now) {
		s.set("sponsoredUntil", p.SponsoredUntil)
	} else {
		s.set("sponsoredUntil", nil)
	}
	return s.out
}

// text is null where there is none.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (c *call) blocked(p *model.Project) bool {
	o := c.w.Orgs[p.BillTo]
	return o != nil && o.Blocked
}

// usage fills in volumes and what they cost a month, the cost only for those
// who spend for the payer.
func (c *call) usage(s *sheet, p *model.Project) {
	standard, cold := p.Usage()
	sponsored := int64(0)
	if p.Sponsored(c.now) {
		sponsored = standard
	}
	s.set("dataUsage", float64(standard)/bill.GB)
	s.set("archivedDataUsage", float64(cold)/bill.GB)
	s.set("sponsoredDataUsage", float64(sponsored)/bill.GB)
	s.set("remoteDataUsage", 0)
	if c.w.CheckBillTo(c.user, p.BillTo) == nil {
		prices := c.w.Settings.PricesOf(p.Region)
		s.set("storageCost", (bill.Storage(prices, bill.Live, float64(standard)/bill.GB)+
			bill.Storage(prices, bill.Archived, float64(cold)/bill.GB))/1000)
	}
}

func setProjectProperties(c *call) (any, error) {
	c.needHash("properties")
	set, cleared := c.in.Properties("properties", true)
	return c.editProject(func(p *model.Project) { p.Properties = merge(p.Properties, set, cleared) })
}

func addProjectTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	return c.editProject(func(p *model.Project) { p.Tags = unique(append(slices.Clone(p.Tags), tags...)) })
}

func removeProjectTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	return c.editProject(func(p *model.Project) { p.Tags = without(p.Tags, tags) })
}

func (c *call) editProject(change func(*model.Project)) (any, error) {
	p, err := c.project(model.Contribute)
	if err != nil {
		return nil, err
	}
	change(p)
	c.w.Stamp(p, c.now)
	return hash{"id": p.ID}, nil
}
