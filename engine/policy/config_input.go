package policy

import (
	"cmp"
	"math"
	"strconv"
	"time"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// configBuilder makes input.config of a configuration, and notes on the way
// where each block was written.
type configBuilder struct {
	cfg      *schema.Configuration
	places   *places
	approved approvals
	severity func(control string) Severity
	now      time.Time
}

func (b *configBuilder) build() Config {
	c := Config{
		Settings: ConfigSettings{
			RequiredVersion: b.cfg.Settings.RequiredVersion,
			StateType:       cmp.Or(b.cfg.Settings.State.Type, "sqlite"),
			AllowedSigners:  b.cfg.Settings.AllowedSigners,
		},
	}
	b.places.block("config.settings", b.cfg.Settings.Origin)
	for i, s := range b.cfg.Sources {
		b.element("sources", i, s.Addr, s.Origin)
		c.Sources = append(c.Sources, sourceInput(s, b.now))
	}
	for i, d := range b.cfg.Destinations {
		path := b.element("destinations", i, d.Addr, d.Origin)
		if d.Encryption != nil {
			b.places.block(path+".encryption", d.Encryption.Origin)
		}
		c.Destinations = append(c.Destinations, destinationInput(d, b.now))
	}
	for i, p := range b.cfg.Backups {
		c.Backups = append(c.Backups, b.backup(b.element("backups", i, p.Addr, p.Origin), p))
	}
	b.rest(&c)
	return c
}

// element notes the i-th element of a list and gives its path.
func (b *configBuilder) element(list string, i int, a addr.Resource, o schema.Origin) string {
	path := "config." + list + "[" + strconv.Itoa(i) + "]"
	b.places.element(path, a.String(), o)
	return path
}

func (b *configBuilder) rest(c *Config) {
	for i, h := range b.cfg.Holds {
		path := b.element("holds", i, h.Addr, h.Origin)
		c.Holds = append(c.Holds, ConfigHold{
			Name: h.Addr.Instance(), Address: h.Addr.String(), Targets: resources(h.Targets),
			Match: b.selector(path+".match", h.Match), Reason: h.Reason, Owner: h.Owner,
		})
	}
	for i, r := range b.cfg.Releases {
		b.element("releases", i, r.Addr, r.Origin)
		c.Releases = append(c.Releases, ConfigRelease{
			Name: r.Addr.Instance(), Address: r.Addr.String(), Hold: r.Hold, Targets: resources(r.Targets),
			Reason: r.Reason, ApprovedBy: b.approved.of(r.ApprovedBy, ReleaseStatement(r), b.now),
		})
	}
	for i, r := range b.cfg.Shortens {
		b.element("shortens", i, r.Addr, r.Origin)
		c.Shortens = append(c.Shortens, ConfigRelease{
			Name: r.Addr.Instance(), Address: r.Addr.String(), Targets: resources(r.Targets),
			Reason: r.Reason, ApprovedBy: b.approved.of(r.ApprovedBy, ShortenStatement(r), b.now),
		})
	}
	for i, r := range b.cfg.Retires {
		b.element("retires", i, r.Addr, r.Origin)
		c.Retires = append(c.Retires, ConfigRetire{
			Name: r.Addr.Instance(), Address: r.Addr.String(), Targets: r.Targets,
			Reason: r.Reason, ApprovedBy: b.approved.of(r.ApprovedBy, RetireStatement(r), b.now),
		})
	}
	b.minor(c)
}

func (b *configBuilder) minor(c *Config) {
	for i, a := range b.cfg.Attests {
		b.element("attests", i, a.Addr, a.Origin)
		c.Attests = append(c.Attests, ConfigAttest{
			Name: a.Addr.Instance(), Address: a.Addr.String(), Fact: a.Fact, Date: a.Date, Owner: a.Owner, Expires: a.Expires,
			Expired: expired(a.Expires, b.now),
		})
	}
	for i, a := range b.cfg.Archives {
		b.element("archives", i, a.Addr, a.Origin)
		c.Archives = append(c.Archives, ConfigArchive{
			Name: a.Addr.Instance(), Address: a.Addr.String(), Source: a.Source.String(), After: a.After, AllCopies: a.AllCopies, Tier: a.Tier,
		})
	}
	for i, p := range b.cfg.Policies {
		b.element("policies", i, p.Addr, p.Origin)
		c.Policies = append(c.Policies, ConfigPolicy{
			Name: p.Addr.Instance(), Address: p.Addr.String(), Pack: p.Pack, Path: p.Path, Bundle: p.Bundle,
		})
	}
	for i, w := range b.cfg.Waivers {
		b.element("waivers", i, w.Addr, w.Origin)
		c.Waivers = append(c.Waivers, b.waiver(w))
	}
}

func (b *configBuilder) waiver(w *schema.Waiver) ConfigWaiver {
	out := ConfigWaiver{
		Name: w.Addr.Instance(), Address: w.Addr.String(), Control: w.Control,
		ControlSeverity: string(b.severity(w.Control)), Targets: w.Targets,
		Reason: w.Reason, Ticket: w.Ticket, ApprovedBy: b.approved.of(w.ApprovedBy, WaiverStatement(w), b.now),
		Expires: w.Expires,
	}
	for _, t := range w.Targets {
		if _, ok := b.places.paths[t]; !ok {
			out.Unmatched = append(out.Unmatched, t)
		}
	}
	out.Expired = expired(w.Expires, b.now)
	out.DaysLeft = daysLeft(w.Expires, b.now)
	return out
}

// expired tells whether a date is past, to the end of its day.
func expired(date string, now time.Time) bool {
	end, ok := endOfDay(date)
	return ok && !now.Before(end)
}

// daysLeft are the whole days to the end of a date, rounded down; nil without
// one.
func daysLeft(date string, now time.Time) *int64 {
	end, ok := endOfDay(date)
	if !ok {
		return nil
	}
	days := int64(math.Floor(end.Sub(now).Hours() / 24))
	return &days
}

// daysSince are the whole days since a date began; nil without one.
func daysSince(date string, now time.Time) *int64 {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil
	}
	days := int64(math.Floor(now.Sub(t).Hours() / 24))
	return &days
}

// endOfDay is the first instant after a date, in UTC: what expires on a date is
// valid through the end of it.
func endOfDay(date string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}, false
	}
	return t.AddDate(0, 0, 1), true
}

func resources(in []addr.Resource) []string {
	out := make([]string, len(in))
	for i, r := range in {
		out[i] = r.String()
	}
	return out
}
