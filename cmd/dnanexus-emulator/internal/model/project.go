package model

// Project is a container of folders and copies. Containers that jobs work in
// are projects of class "container".
type Project struct {
	ID              string            `json:"id"`
	Class           string            `json:"class"`
	Name            string            `json:"name"`
	Summary         string            `json:"summary"`
	Description     string            `json:"description"`
	Region          string            `json:"region"`
	BillTo          string            `json:"billTo"`
	Created         int64             `json:"created"`
	Modified        int64             `json:"modified"`
	CreatedBy       string            `json:"createdBy"`
	Version         int64             `json:"version"`
	Permissions     map[string]Level  `json:"permissions"`
	Tags            []string          `json:"tags"`
	Properties      map[string]string `json:"properties"`
	Flags           map[string]bool   `json:"flags"`  // protected, restricted, ...
	Extras          map[string]any    `json:"extras"` // settings that are kept and told, and decide nothing
	Sponsor         string            `json:"sponsor"`
	SponsoredUntil  int64             `json:"sponsoredUntil"`
	PendingTransfer string            `json:"pendingTransfer"`
	EgressBytes     int64             `json:"egressBytes"` // paid by a sponsor

	folders  map[string]*Folder
	index    Index
	standard int64 // bytes in standard storage
	cold     int64 // bytes in archival storage
}

// Flag tells whether a switch is on.
func (p *Project) Flag(name string) bool { return p.Flags[name] }

// Sponsored tells whether somebody else pays at an instant.
func (p *Project) Sponsored(now int64) bool { return p.SponsoredUntil > now }

// Usage is the volume in standard and in archival storage, in bytes.
func (p *Project) Usage() (standard, cold int64) { return p.standard, p.cold }

// Copies is the index of all copies in the project, last modified at its end.
func (p *Project) Copies() *Index { return &p.index }

// AddProject makes a project with its root folder.
func (w *World) AddProject(p *Project) {
	w.Projects[p.ID] = p
	p.folders = map[string]*Folder{"/": {Path: "/"}}
	w.TouchProject(p)
}

// TouchProject notes that a project must be saved.
func (w *World) TouchProject(p *Project) { w.touch("project", p.ID, p) }

// Stamp sets a project's time of change and notes it.
func (w *World) Stamp(p *Project, now int64) {
	p.Modified = now
	w.TouchProject(p)
}

// Destroy removes a project and every copy in it.
func (w *World) Destroy(p *Project, now int64) {
	for p.index.Len() > 0 { // from the end, where taking out is cheap
		w.detach(p.index.all[p.index.Len()-1], now)
	}
	for path := range p.folders {
		w.forget("folder", p.ID+path)
	}
	delete(w.Projects, p.ID)
	w.forget("project", p.ID)
}

// SetBillTo changes who pays, and settles what that means for files that wait
// for their other copies.
func (w *World) SetBillTo(p *Project, payer string, now int64) {
	p.BillTo = payer
	w.repay(p, now)
}

// SetSponsor changes who pays meanwhile.
func (w *World) SetSponsor(p *Project, sponsor string, until, now int64) {
	p.Sponsor, p.SponsoredUntil = sponsor, until
	w.repay(p, now)
	if until > now {
		w.schedule(until, p.ID, "")
	}
}

func (w *World) repay(p *Project, now int64) {
	w.TouchProject(p)
	for _, c := range append([]*Copy(nil), p.index.all...) {
		w.settle(c.Object, now)
		w.recharge(c.Object, now)
	}
}
