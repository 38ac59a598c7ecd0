package lang

import (
	"path/filepath"

	"github.com/hashicorp/hcl/v2"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// build decodes every block and assembles the configuration.
func (l *loader) build() *schema.Configuration {
	cfg := &schema.Configuration{Dir: l.dir, Settings: schema.Settings{
		Origin: schema.Origin{}, State: defaultState,
	}}
	ctx := l.scope.context()
	dig := newDigest()
	l.digest = dig
	for _, raw := range l.raw {
		switch k := addr.Kind(raw.Type); k {
		case addr.Source, addr.Destination, addr.Backup, addr.Hold:
			l.buildFamily(cfg, dig, ctx, l.family[raw.Block])
		default:
			l.buildSingle(cfg, dig, ctx, raw)
		}
	}
	cfg.Deferred = l.left
	cfg.Digest = dig.sum()
	return cfg
}

func (l *loader) buildFamily(cfg *schema.Configuration, dig *digest, ctx *hcl.EvalContext, f *family) {
	if f == nil {
		return
	}
	if _, ok := storeByName(f.addr.Type); !ok && f.addr.Type != "" {
		return // an unknown type has unknown attributes
	}
	if len(f.keys) == 0 {
		// No instance now, but its mistakes are mistakes all the same.
		l.decoder(f.addr.String(), eachUnknown(ctx)).decodeTop(f.body, f.spec, f.raw.header())
		return
	}
	for _, i := range f.keys {
		a := f.at(i)
		from := len(l.diags)
		n := l.decoder(a.String(), f.context(ctx, i)).decodeTop(f.body, f.spec, f.raw.header())
		if n.deferred {
			l.deferred(a, n.header)
			continue
		}
		if l.diags[from:].HasErrors() {
			continue
		}
		n.labels = f.raw.Labels
		dig.add(a.String(), n)
		l.place(cfg, a, f.own, n)
	}
}

func (l *loader) place(cfg *schema.Configuration, a addr.Resource, own []attr, n *node) {
	switch a.Kind {
	case addr.Source:
		cfg.Sources = append(cfg.Sources, l.source(a, own, n))
	case addr.Destination:
		cfg.Destinations = append(cfg.Destinations, l.destination(a, own, n))
	case addr.Backup:
		cfg.Backups = append(cfg.Backups, buildBackup(a, n))
	case addr.Hold:
		cfg.Holds = append(cfg.Holds, buildHold(a, n))
	}
}

// buildSingle decodes the blocks that have one instance and cannot be referred
// to.
func (l *loader) buildSingle(cfg *schema.Configuration, dig *digest, ctx *hcl.EvalContext, raw rawBlock) {
	switch raw.Type {
	case "variable", "locals", "data":
		return // the evaluator has them
	}
	if len(raw.Labels) != len(raw.spec.labels) {
		return
	}
	a := addr.Resource{Kind: addr.Kind(raw.Type)}
	address := raw.Type
	if len(raw.Labels) == 1 {
		a.Name = raw.Labels[0]
		address = a.String()
	}
	from := len(l.diags)
	n := l.decoder(address, ctx).decodeTop(raw.Body, raw.spec, raw.header())
	if n.deferred {
		l.deferred(a, n.header)
		return
	}
	if l.diags[from:].HasErrors() {
		return
	}
	if len(raw.Labels) == 0 && raw.spec.many {
		address += "#" // many without a name: told apart by content
	}
	dig.add(address, n)
	l.placeSingle(cfg, a, n)
}

func (l *loader) placeSingle(cfg *schema.Configuration, a addr.Resource, n *node) {
	switch n.spec {
	case settings:
		if cfg.Settings.Origin.Block.IsZero() { // a second one was reported
			cfg.Settings = l.settings(n)
		}
	case release:
		cfg.Releases = append(cfg.Releases, buildRelease(a, n))
	case shorten:
		cfg.Shortens = append(cfg.Shortens, &schema.Shorten{
			Addr: a, Origin: n.origin(), Targets: n.refs("targets"), Reason: n.str("reason"), ApprovedBy: n.approvals("approved_by"),
		})
	case retire:
		cfg.Retires = append(cfg.Retires, &schema.Retire{
			Addr: a, Origin: n.origin(), Targets: n.strings("targets"), Match: n.selector("match"), Reason: n.str("reason"), ApprovedBy: n.approvals("approved_by"),
		})
	case moved:
		cfg.Moves = append(cfg.Moves, &schema.Moved{Origin: n.origin(), From: n.str("from"), To: n.str("to")})
	case attest:
		cfg.Attests = append(cfg.Attests, &schema.Attest{
			Addr: a, Origin: n.origin(), Match: n.selector("match"), Fact: n.str("fact"), Date: n.str("date"), Owner: n.str("owner"), Expires: n.str("expires"),
		})
	case archive:
		cfg.Archives = append(cfg.Archives, &schema.Archive{
			Addr: a, Origin: n.origin(), Source: n.ref("source"), Match: n.selector("match"), After: n.term("after"), AllCopies: n.boolean("all_copies"), Tier: n.str("tier"),
		})
	case prices:
		cfg.Prices = append(cfg.Prices, buildPrice(n))
	case policy:
		cfg.Policies = append(cfg.Policies, buildPolicy(a, n))
	case waiver:
		cfg.Waivers = append(cfg.Waivers, buildWaiver(a, n))
	}
}

var defaultState = schema.StateBackend{Type: "sqlite", Path: filepath.ToSlash(filepath.Join(".backstay", "state.db"))}
