package policy

import (
	"cmp"
	"path/filepath"
	"strconv"
	"time"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

func sourceInput(s *schema.Source, now time.Time) ConfigSource {
	return ConfigSource{
		Name: s.Addr.Instance(), Address: s.Addr.String(), Type: s.Addr.Type,
		ConfigPlace: ConfigPlace(s.Place), ContainsPHI: tri(s.ContainsPHI), Personal: tri(s.Personal),
		Rights: s.Rights, Subjects: present(s.Subjects), NIHControlled: tri(s.NIHControlled),
		DUAEnd: s.DUAEnd, DUADaysLeft: daysLeft(s.DUAEnd, now), Options: s.Options,
		StorageKind: storageKind(s.Addr.Type, mediaOf[s.Addr.Type], s.Provider),
	}
}

func destinationInput(d *schema.Destination, now time.Time) ConfigDestination {
	out := ConfigDestination{
		Name: d.Addr.Instance(), Address: d.Addr.String(), Type: d.Addr.Type,
		ConfigPlace: ConfigPlace(d.Place), Operator: d.Operator, Media: d.Media, Offline: tri(d.Offline),
		ContainsPHI: tri(d.ContainsPHI), Restricted: tri(d.Restricted), Deleters: d.Deleters, DeletersKnown: d.Origin.Has("deleters"),
		Archivist: d.Archivist, Attested: d.Attested, AttestedUntil: d.AttestedUntil, AttestedLeft: daysLeft(d.AttestedUntil, now),
		Lockdown: tri(d.Lockdown), BillTo: d.BillTo, Tier: d.Tier, Options: d.Options,
	}
	if out.Media == "" {
		out.Media = mediaOf[d.Addr.Type]
	}
	out.StorageKind = storageKind(d.Addr.Type, out.Media, d.Provider)
	if e := d.Encryption; e != nil {
		out.Encryption = &ConfigEncryption{Kind: e.Kind, Key: e.Key, KeyAccount: e.KeyAccount, Rotated: e.Rotated, RotatedAge: daysSince(e.Rotated, now)}
	}
	return out
}

// storageKind names what fails together: two disks or two tapes do, two object
// stores of different vendors do not.
func storageKind(typ, media, provider string) string {
	if media != "object" {
		return media
	}
	return "object/" + cmp.Or(provider, typ)
}

// mediaOf is the kind of media that a driver writes to where the configuration
// does not say.
var mediaOf = map[string]string{
	"filesystem": "disk", "sftp": "disk",
	"s3": "object", "azure": "object", "gcs": "object", "dnanexus": "object",
}

func (b *configBuilder) backup(path string, p *schema.Backup) ConfigBackup {
	out := ConfigBackup{
		Name: p.Addr.Instance(), Address: p.Addr.String(), Source: p.Source.String(), Owner: p.Owner,
		Reviewed: p.Reviewed, ReviewedAge: daysSince(p.Reviewed, b.now), Regimes: p.Regimes, Every: p.Every, Personal: tri(p.Personal),
		Scope: b.scope(path+".scope", p.Scope), Retention: b.retention(path+".retention", p.Retention),
		Objective: ConfigObjective{RPO: p.Objective.RPO, RTO: p.Objective.RTO}, Limits: limitsInput(p.Limits),
	}
	b.place(path+".objective", p.Objective.Origin)
	b.place(path+".limits", p.Limits.Origin)
	for i, c := range p.Copies {
		out.Copies = append(out.Copies, b.copy(path+".copies["+strconv.Itoa(i)+"]", p, c))
	}
	b.optional(path, p, &out)
	return out
}

func (b *configBuilder) optional(path string, p *schema.Backup, out *ConfigBackup) {
	if p.Verify.Present {
		b.place(path+".verify", p.Verify.Origin)
		out.Verify = &ConfigVerify{Algorithm: p.Verify.Algorithm, Scrub: p.Verify.Scrub}
	}
	if t := p.RestoreTest; t != nil {
		b.place(path+".restore_test", t.Origin)
		out.RestoreTest = &ConfigRestoreTest{Every: &t.Every, Sample: t.Sample, Command: t.Command, Target: b.absolute(t.Target)}
	}
	if a := p.Approvals; a != nil {
		b.place(path+".approvals", a.Origin)
		out.Approvals = &ConfigApprovals{Delete: a.Delete}
	}
	if u := p.Budget; u != nil {
		b.place(path+".budget", u.Origin)
		out.Budget = &ConfigBudget{Month: amount(u.Month), Egress: amount(u.Egress), Retrieval: amount(u.Retrieval)}
	}
	if a := p.Alert; a != nil {
		b.place(path+".alert", a.Origin)
		out.Alert = &ConfigAlert{To: a.To}
	}
	if e := p.Erasure; e != nil {
		b.place(path+".erasure", e.Origin)
		out.Erasure = &ConfigErasure{MaxLag: e.MaxLag, List: e.List}
	}
}

// absolute makes a folder comparable with the path of a source.
func (b *configBuilder) absolute(folder string) string {
	if folder == "" || filepath.IsAbs(folder) {
		return folder
	}
	return filepath.Join(b.cfg.Dir, folder)
}

// place notes a block that may not have been written: then its parent stands
// for it.
func (b *configBuilder) place(path string, o schema.Origin) {
	if !o.Block.IsZero() || len(o.Attrs) > 0 {
		b.places.block(path, o)
	}
}

func (b *configBuilder) copy(path string, p *schema.Backup, c *schema.Copy) ConfigCopy {
	out := ConfigCopy{
		Name: c.Name, Address: p.Addr.String() + ".copy." + c.Name, To: c.To.String(), Purpose: c.Purpose,
		Tier: c.Tier, ArchiveAfter: c.ArchiveAfter, Deep: c.Deep, Metadata: c.Metadata,
	}
	if out.Purpose == "" {
		out.Purpose = "recovery"
	}
	b.places.element(path, out.Address, c.Origin)
	if c.Lock != nil {
		b.place(path+".lock", c.Lock.Origin)
		out.Lock = &ConfigLock{Mode: c.Lock.Mode, For: &c.Lock.For}
	}
	if src, dst := b.source(p.Source), b.destination(c.To); src != nil && dst != nil {
		out.OffSite, out.OtherVendor = offSite(src.Place, dst.Place), differ(src.Provider, dst.Provider)
		out.SameSystem = src.Addr.Type == dst.Addr.Type
	}
	return out
}

func (b *configBuilder) scope(path string, s schema.Scope) ConfigScope {
	b.place(path, s.Origin)
	out := ConfigScope{Shared: s.Shared}
	if out.Shared == "" {
		out.Shared = "exclude"
	}
	for i, in := range s.Includes {
		out.Includes = append(out.Includes, *b.selector(path+".includes["+strconv.Itoa(i)+"]", in))
	}
	for i, ex := range s.Excludes {
		out.Excludes = append(out.Excludes, *b.selector(path+".excludes["+strconv.Itoa(i)+"]", ex))
	}
	return out
}

func (b *configBuilder) selector(path string, s *schema.Selector) *ConfigSelector {
	if s == nil {
		return nil
	}
	b.place(path, s.Origin)
	return &ConfigSelector{
		Paths: s.Paths, Names: s.Names, Kinds: s.Kinds, Types: s.Types, Tags: s.Tags,
		Properties: s.Properties, IDs: s.IDs, LargerThan: present(s.LargerThan),
		SmallerThan: present(s.SmallerThan), OlderThan: s.OlderThan, NewerThan: s.NewerThan,
		Class: s.Class, Reason: s.Reason, Owner: s.Owner, Method: s.Method, Inputs: s.Inputs,
	}
}

func (b *configBuilder) retention(path string, r schema.Retention) ConfigRetention {
	b.place(path, r.Origin)
	out := ConfigRetention{
		Keep: r.Keep, KeepMax: r.KeepMax, KeepLast: r.KeepLast, KeepDaily: r.KeepDaily,
		KeepWeekly: r.KeepWeekly, KeepMonthly: r.KeepMonthly, KeepYearly: r.KeepYearly,
		KeepSuperseded: written(r.KeepSuperseded), Quarantine: written(r.Quarantine), Anchor: r.Anchor,
	}
	if out.Anchor == "" {
		out.Anchor = "created"
	}
	return out
}

// limitsInput fills the brakes' defaults in, so that rules see what the diff
// will use.
func limitsInput(l schema.Limits) ConfigLimits {
	d := schema.DefaultLimits
	out := ConfigLimits{
		RetireRatio: l.RetireRatio, RetireObjects: l.RetireObjects, RetireBytes: l.RetireBytes,
		SourceLoss: l.SourceLoss, SourceChange: l.SourceChange,
	}
	ratios := []*float64{&out.RetireRatio, &out.SourceLoss, &out.SourceChange}
	for i, standard := range []float64{d.RetireRatio, d.SourceLoss, d.SourceChange} {
		if *ratios[i] < 0 {
			*ratios[i] = standard
		}
	}
	if out.RetireObjects < 0 {
		out.RetireObjects = d.RetireObjects
	}
	if out.RetireBytes < 0 {
		out.RetireBytes = d.RetireBytes
	}
	return out
}

func tri(t schema.Tri) *bool {
	if t == schema.Unset {
		return nil
	}
	v := t == schema.True
	return &v
}

func present(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func amount(f float64) *float64 {
	if f < 0 {
		return nil
	}
	return &f
}

// written gives a term that has a unit, which every term that was read or
// defaulted has.
func written(t schema.Term) *schema.Term {
	if t.Unit == "" {
		return nil
	}
	return &t
}

func (b *configBuilder) source(a addr.Resource) *schema.Source {
	for _, s := range b.cfg.Sources {
		if s.Addr == a {
			return s
		}
	}
	return nil
}

func (b *configBuilder) destination(a addr.Resource) *schema.Destination {
	for _, d := range b.cfg.Destinations {
		if d.Addr == a {
			return d
		}
	}
	return nil
}

// offSite tells whether two places are apart: another site, or another region.
// Of a place that says neither nobody knows.
func offSite(a, b schema.Place) *bool {
	site, region := differ(a.Site, b.Site), differ(a.Region, b.Region)
	switch {
	case site != nil && region != nil:
		apart := *site || *region
		return &apart
	case site != nil:
		return site
	case region != nil:
		return region
	case a.Site+a.Region != "" && b.Site+b.Region != "":
		apart := true // one names a site, the other a vendor's region
		return &apart
	}
	return nil
}

func differ(a, b string) *bool {
	if a == "" || b == "" {
		return nil
	}
	d := a != b
	return &d
}
