package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// describe makes blocks of a side, in the order of its configuration. Scopes,
// policies and deferred blocks are compared elsewhere; credentials nowhere.
func describe(s Side) []*block {
	cfg := s.Config
	out := []*block{settings(s)}
	for _, x := range cfg.Sources {
		out = append(out, source(cfg, x))
	}
	for _, x := range cfg.Destinations {
		out = append(out, destination(cfg, x))
	}
	for _, x := range cfg.Backups {
		out = append(out, backup(x))
		for _, c := range x.Copies {
			out = append(out, copyBlock(x, c))
		}
	}
	return append(out, decisions(cfg)...)
}

func settings(s Side) *block {
	b := &block{address: "backstay", origin: s.Config.Settings.Origin}
	x := s.Config.Settings
	b.fact("required_version", Described, free, text(x.RequiredVersion))
	b.within("state", x.State.Origin, "type", SettingChanged, fixed, text(x.State.Type))
	b.within("state", x.State.Origin, "path", SettingChanged, fixed, text(x.State.Path))
	b.fact("allowed_signers", ApprovalWeakened, fixed, text(x.AllowedSigners))
	if s.Signers != "" {
		b.facts = append(b.facts, fact{name: "the file of allowed signers", kind: ApprovalWeakened, way: fixed, value: text(s.Signers), at: place(b.origin, "allowed_signers", b.origin)})
	}
	for _, p := range s.Config.Prices {
		name := strings.Join([]string{"prices", p.Provider, p.Region, p.Tier}, " ")
		b.facts = append(b.facts, fact{name: name, kind: Described, way: free, value: text(fmt.Sprint(sortedOptions(p.Options))), at: place(p.Origin, "", p.Origin)})
	}
	return b
}

func source(cfg *schema.Configuration, x *schema.Source) *block {
	b := &block{address: x.Addr.String(), origin: x.Origin, gone: SourceChanged, left: Weakened, came: BlockAdded, joined: Strengthened}
	b.options(SourceChanged, cfg.Dir, x.Options)
	b.place(SourceChanged, x.Place)
	b.fact("contains_phi", SourceChanged, yes, tri(x.ContainsPHI))
	b.fact("personal", SourceChanged, yes, tri(x.Personal))
	b.fact("rights", SourceChanged, fixed, text(x.Rights))
	b.fact("subjects", SourceChanged, more, number(float64(x.Subjects)))
	b.fact("nih_controlled", SourceChanged, yes, tri(x.NIHControlled))
	b.fact("dua_end", SourceChanged, fixed, date(x.DUAEnd))
	return b
}

// options are the attributes of a driver: which of two is better, nobody here
// can tell. A folder below the configuration is shown as it was written.
func (b *block) options(kind Kind, dir string, o map[string]any) {
	for _, pair := range sortedOptions(o) {
		if rest, inside := strings.CutPrefix(pair[1], strings.TrimSuffix(dir, "/")+"/"); inside {
			pair[1] = rest
		}
		b.fact(pair[0], kind, fixed, text(pair[1]))
	}
}

func sortedOptions(o map[string]any) (pairs [][2]string) {
	for name, v := range o {
		pairs = append(pairs, [2]string{name, fmt.Sprint(v)}) // fmt prints maps sorted
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return pairs
}

func (b *block) place(kind Kind, p schema.Place) {
	b.fact("site", kind, kept, text(p.Site))
	b.fact("region", kind, kept, text(p.Region))
	b.fact("country", kind, kept, text(p.Country))
	b.fact("provider", kind, kept, text(p.Provider))
}

func destination(cfg *schema.Configuration, x *schema.Destination) *block {
	b := &block{address: x.Addr.String(), origin: x.Origin, gone: DestinationMoved, left: Weakened, came: BlockAdded, joined: Strengthened}
	b.options(DestinationMoved, cfg.Dir, x.Options)
	b.place(DestinationMoved, x.Place)
	b.fact("operator", DestinationMoved, kept, text(x.Operator))
	b.fact("media", DestinationMoved, kept, text(x.Media))
	b.fact("offline", DestinationMoved, yes, tri(x.Offline))
	b.fact("contains_phi", DestinationMoved, yes, tri(x.ContainsPHI))
	b.fact("restricted", AccessWeakened, yes, tri(x.Restricted))
	b.fact("deleters", AccessWeakened, few, words(x.Deleters))
	b.fact("archivist", Described, free, text(x.Archivist))
	b.fact("attested", DestinationMoved, all, words(x.Attested))
	b.fact("attested_until", DestinationMoved, more, date(x.AttestedUntil))
	b.fact("lockdown", AccessWeakened, yes, tri(x.Lockdown))
	b.fact("bill_to", Described, free, text(x.BillTo))
	b.fact("tier", Described, free, text(x.Tier))
	e := x.Encryption
	if e == nil {
		e = &schema.Encryption{Origin: x.Origin}
	}
	b.ranked("encryption", e.Origin, "kind", EncryptionWeaker, e.Kind, "none", "provider", "customer", "client")
	b.within("encryption", e.Origin, "key", EncryptionWeaker, kept, text(e.Key))
	b.within("encryption", e.Origin, "key_account", EncryptionWeaker, kept, text(e.KeyAccount))
	b.within("encryption", e.Origin, "rotated", EncryptionWeaker, more, date(e.Rotated))
	return b
}

// decisions are the blocks by which people loosen or tighten what holds.
func decisions(cfg *schema.Configuration) (out []*block) {
	for _, x := range cfg.Holds {
		b := &block{address: x.Addr.String(), origin: x.Origin, gone: HoldRemoved, left: Weakened, came: BlockAdded, joined: Strengthened}
		b.fact("match", HoldRemoved, fixed, text(scope.Encode(x.Match)))
		b.fact("targets", HoldRemoved, fixed, words(addresses(x.Targets)))
		b.fact("reason", Described, free, text(x.Reason))
		b.fact("owner", Described, free, text(x.Owner))
		out = append(out, b)
	}
	for _, x := range cfg.Releases {
		b := &block{address: x.Addr.String(), origin: x.Origin, gone: HoldReleased, left: Strengthened, came: HoldReleased, joined: Weakened}
		b.fact("hold", HoldReleased, fixed, text(x.Hold))
		b.fact("targets", HoldReleased, fixed, words(addresses(x.Targets)))
		out = append(out, b.approved(HoldReleased, x.Reason, x.ApprovedBy))
	}
	for _, x := range cfg.Shortens {
		b := &block{address: x.Addr.String(), origin: x.Origin, gone: TermsShortened, left: Strengthened, came: TermsShortened, joined: Weakened}
		b.fact("targets", TermsShortened, fixed, words(addresses(x.Targets)))
		out = append(out, b.approved(TermsShortened, x.Reason, x.ApprovedBy))
	}
	for _, x := range cfg.Retires {
		b := &block{address: x.Addr.String(), origin: x.Origin, gone: RetireAdded, left: Strengthened, came: RetireAdded, joined: Weakened}
		b.fact("match", RetireAdded, fixed, text(scope.Encode(x.Match)))
		b.fact("targets", RetireAdded, fixed, words(x.Targets))
		out = append(out, b.approved(RetireAdded, x.Reason, x.ApprovedBy))
	}
	for _, x := range cfg.Waivers {
		b := &block{address: x.Addr.String(), origin: x.Origin, gone: WaiverAdded, left: Strengthened, came: WaiverAdded, joined: Weakened}
		b.fact("control", WaiverAdded, fixed, text(x.Control))
		b.fact("targets", WaiverAdded, few, words(x.Targets))
		b.fact("expires", WaiverAdded, less, date(x.Expires))
		b.fact("ticket", Described, free, text(x.Ticket))
		out = append(out, b.approved(WaiverAdded, x.Reason, x.ApprovedBy))
	}
	return append(out, facts(cfg)...)
}

func facts(cfg *schema.Configuration) (out []*block) {
	for _, x := range cfg.Attests {
		b := &block{address: x.Addr.String(), origin: x.Origin, gone: FactChanged, left: Unknown, came: FactChanged, joined: Unknown}
		b.fact("fact", FactChanged, fixed, text(x.Fact))
		b.fact("date", FactChanged, fixed, date(x.Date))
		b.fact("expires", FactChanged, fixed, date(x.Expires))
		b.fact("match", FactChanged, fixed, text(scope.Encode(x.Match)))
		b.fact("owner", Described, free, text(x.Owner))
		out = append(out, b)
	}
	for _, x := range cfg.Archives {
		b := &block{address: x.Addr.String(), origin: x.Origin, gone: SourceChanged, left: Neutral, came: SourceChanged, joined: Unknown}
		b.fact("source", SourceChanged, fixed, text(x.Source.String()))
		b.fact("match", SourceChanged, fixed, text(scope.Encode(x.Match)))
		b.fact("after", SourceChanged, more, term(x.After))
		b.fact("all_copies", SourceChanged, fixed, yesNo(x.AllCopies))
		b.fact("tier", SourceChanged, fixed, text(x.Tier))
		out = append(out, b)
	}
	return out
}

// approved adds what every decision has: its reason and who answers for it.
func (b *block) approved(kind Kind, reason string, by []schema.Approval) *block {
	b.fact("reason", Described, free, text(reason))
	var names []string
	for _, a := range by {
		name := a.By
		if a.Signature != "" {
			name += " (signature " + a.Signature + ")"
		}
		names = append(names, name)
	}
	b.fact("approved_by", kind, all, words(names))
	return b
}

func addresses(list []addr.Resource) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	return out
}
