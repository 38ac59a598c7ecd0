package lang

import (
	"slices"

	"github.com/backstay/backstay/schema/addr"
)

var targets = []addr.Kind{addr.Backup, addr.Source, addr.Destination}

var (
	reasonAttr   = at("reason", kString, "why").must()
	approvedAttr = at("approved_by", kApprovals, "who approved it").must()
)

var validation = &block{
	name: "validation", many: true, doc: "A condition that the value must meet.",
	attrs: []attr{
		at("condition", kBool, "true for values that are allowed").must(),
		at("error_message", kString, "said otherwise").must(),
	},
}

// blocks of the top level, apart from source and destination, whose
// attributes depend on their type; see types.go.
var (
	settings = &block{
		name: "backstay", doc: "Settings of the configuration. At most one.",
		attrs: []attr{
			at("required_version", kString, "constraints on the program's version, for example `>= 0.1, < 2`"),
			at("allowed_signers", kString, "file with the SSH keys of approvers, relative to the configuration"),
		},
		blocks: []*block{{
			name: "state", labels: []string{"type"},
			doc: "Where the state is: type `sqlite` takes `path`, type `postgres` takes `dsn`. Not part of the digest.",
			attrs: []attr{
				at("path", kString, "database file, relative to the configuration; absent: `.backstay/state.db`").hidden(),
				at("dsn", kString, "connection string").hidden(),
			},
		}},
	}
	hold = &block{
		name: "hold", labels: []string{"name"}, many: true,
		doc:    "Keeps objects, whatever their term says, until a `release`. One of `targets` and `match` MUST be there.",
		attrs:  []attr{at("targets", kRefs, "what it covers").to(targets...), reasonAttr, at("owner", kString, "who asked for it").must()},
		blocks: []*block{match},
	}
	release = &block{
		name: "release", labels: []string{"name"}, many: true,
		doc: "Ends a hold.",
		attrs: []attr{
			at("hold", kAddress, "the hold, by name or address; its block may be gone").must().to(addr.Hold),
			at("targets", kRefs, "only there; absent: everywhere").to(targets...),
			reasonAttr, approvedAttr,
		},
	}
	shorten = &block{
		name: "shorten", labels: []string{"name"}, many: true, doc: "Lets the terms of existing copies come down to what the backup plan now says.",
		attrs: []attr{at("targets", kRefs, "whose copies").must().to(targets...), reasonAttr, approvedAttr},
	}
	retire = &block{
		name: "retire", labels: []string{"name"}, many: true, doc: "Gives up copies of a removed or living backup plan.",
		attrs:  []attr{at("targets", kAddresses, "whose copies; may name what is gone").must().to(targets...), reasonAttr, approvedAttr},
		blocks: []*block{match},
	}
	moved = &block{
		name: "moved", many: true, doc: "A renamed label. No copy moves.",
		attrs: []attr{
			at("from", kAddress, "the old address; no such block may be left").must().to(targets...),
			at("to", kAddress, "the new address; its block MUST be there").must().to(targets...),
		},
	}
	attest = &block{
		name: "attest", labels: []string{"name"}, many: true, doc: "A fact that no machine decides.",
		attrs: []attr{
			at("fact", kString, "which, for example `study_end`, `reported`, `training`").must(),
			at("date", kDate, "day of the fact").must(),
			at("owner", kString, "who states it").must(),
			at("expires", kDate, "last day on which it counts"),
		},
		blocks: []*block{match},
	}
	archive = &block{
		name: "archive", labels: []string{"name"}, many: true,
		doc: "Archives objects in place, as a cost measure; never counts as a copy.",
		attrs: []attr{
			at("source", kRef, "where").must().to(addr.Source),
			at("after", kTerm, "age at which objects are archived"),
			at("all_copies", kBool, "every project's copy under the same payer too").or(false),
			at("tier", kString, "`live` brings objects back; absent: they are archived").of("archived", "live"),
		},
		blocks: []*block{match},
	}
	prices = &block{
		name: "prices", many: true, doc: "Overrides one line of the price book, figure by figure; a block that names more comes before one that names less. See `engine/cost/PRICES.md`.",
		attrs: []attr{
			at("provider", kString, "whose price: `aws`, `azure`, `gcs`, `dnanexus`, `filesystem`, or what a source's or destination's `provider` says").must(),
			at("region", kString, "where; absent: every region"),
			at("tier", kString, "storage class; absent: every one"),
			at("currency", kString, "ISO 4217, one for all blocks; absent: that of the others, or `USD`"),
			at("storage", kNumber, "per GiB and month").in(0, unbounded),
			at("egress", kNumber, "per GiB").in(0, unbounded),
			at("retrieval", kNumber, "per GiB").in(0, unbounded),
			at("writes", kNumber, "per 1,000 requests that write or list").in(0, unbounded),
			at("reads", kNumber, "per 1,000 requests that read").in(0, unbounded),
			at("min_stay", kTerm, "leaving earlier is billed for the rest"),
		},
	}
	policy = &block{
		name: "policy", labels: []string{"name"}, many: true, doc: "A set of controls: exactly one of `pack`, `path` and `bundle`.",
		attrs: []attr{
			at("pack", kString, "a pack that comes with Backstay"),
			at("path", kString, "folder of Rego files, relative to the configuration"),
			at("bundle", kString, "OPA bundle file, relative to the configuration"),
			at("namespaces", kStrings, "Rego packages to ask; absent: `backstay.<name>`"),
			at("params", kAny, "object of parameters of the controls"),
		},
	}
	waiver = &block{
		name: "waiver", labels: []string{"name"}, many: true, doc: "Lets one overridable control fail for named subjects until a date.",
		attrs: []attr{
			at("control", kString, "id of the control, for example `COPY-2`").must(),
			at("targets", kRefs, "the subjects").must().to(targets...),
			reasonAttr,
			at("ticket", kString, "where it was discussed"),
			approvedAttr,
			at("expires", kDate, "last day, UTC").must(),
		},
	}
	data = &block{
		name: "data", labels: []string{"type", "name"}, many: true,
		doc: "A lookup for `for_each`, answered when a plan is made. Type `dnanexus_projects` is the only one. Its attributes MAY refer to variables only.",
		attrs: []attr{
			at("bill_to", kString, "projects of this account"),
			at("tags", kStrings, "projects with all these tags"),
			at("properties", kMap, "projects with all these properties"),
			at("name", kString, "glob on the project's name"),
		},
	}
	variable = &block{
		name: "variable", labels: []string{"name"}, many: true, doc: "An input; see *Variables*.",
		attrs: []attr{
			at("type", kType, "what values are taken; absent: any"),
			at("default", kAny, "value where none is given; constant"),
			at("description", kString, "what it is for"),
			at("sensitive", kBool, "never shown, digested or judged").or(false),
			at("nullable", kBool, "null is a value too").or(true),
		},
		blocks: []*block{validation},
	}
	locals = &block{name: "locals", many: true, doc: "Named values, `local.NAME`."}
)

// topBlocks are the types of block that a file may hold, in the order of the
// specification.
var topBlocks = []*block{
	settings, variable, locals, data,
	{name: "source", labels: []string{"type", "name"}, many: true, each: true},
	{name: "destination", labels: []string{"type", "name"}, many: true, each: true},
	backup, hold, release, shorten, retire, moved, attest, archive, prices, policy, waiver,
}

func topBlock(name string) *block {
	i := slices.IndexFunc(topBlocks, func(b *block) bool { return b.name == name })
	return topBlocks[i] // the parser lets no other name through
}
