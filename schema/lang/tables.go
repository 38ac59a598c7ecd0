package lang

import (
	"math"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// most is the upper end of counts and sizes: the whole numbers that a JSON
// reader keeps exact.
const most = 1 << 53

var unbounded = math.Inf(1)

// place is what source and destination share.
var place = []attr{
	at("site", kString, "where the system stands, for example `basel-dc2`; another site is what makes a copy off site"),
	at("region", kString, "the cloud's region"),
	at("country", kString, "country, ISO 3166-1 alpha-2"),
	at("provider", kString, "who runs the system, for example `aws`"),
}

var sourceAttrs = []attr{
	at("contains_phi", kBool, "holds protected health information"),
	at("personal", kBool, "holds personal data"),
	at("rights", kString, "by which right the data is copied").of("own", "licensed", "none"),
	at("subjects", kInt, "number of persons the data is about").in(0, most),
	at("nih_controlled", kBool, "NIH controlled-access data"),
	at("dua_end", kDate, "end of the data use agreement"),
}

var destinationAttrs = []attr{
	at("operator", kString, "the organisation that operates the destination"),
	at("media", kString, "kind of medium; absent takes the type's own").of("disk", "object", "tape"),
	at("offline", kBool, "not reachable between runs"),
	at("contains_phi", kBool, "may hold protected health information"),
	at("restricted", kBool, "access is restricted"),
	at("deleters", kStrings, "who can delete by hand"),
	at("archivist", kString, "the person responsible for the archive"),
	at("attested", kStrings, "standards that the system is attested to"),
	at("attested_until", kDate, "last day of the attestation"),
	at("lockdown", kBool, "nobody but the operator keeps access, and the settings that say so stay; drift is shown, and repaired"),
	at("bill_to", kString, "account that pays"),
	at("tier", kString, "storage class of new copies"),
}

var encryption = &block{
	name: "encryption", doc: "How the destination encrypts at rest.",
	attrs: []attr{
		at("kind", kString, "who holds the key").must().of("none", "provider", "customer", "client"),
		at("key", kString, "name of the key"),
		at("key_account", kString, "account that holds the key"),
		at("rotated", kDate, "day of the last rotation"),
	},
}

// selectorAttrs are shared by include, exclude and every match block. A list
// that came out empty would select everything, which nobody means by it.
var selectorAttrs = []attr{
	at("paths", kGlobs, "globs on the whole path, from the source's root").some(),
	at("names", kGlobs, "globs on the last element of the path").some(),
	at("kinds", kStrings, "kinds of object").of(objectKinds...).some(),
	at("types", kStrings, "types, as the source's system calls them").some(),
	at("tags", kStrings, "tags").some(),
	at("properties", kMap, "properties; every one must be equal").some(),
	at("larger_than", kSize, "strictly larger, in bytes").in(0, most),
	at("smaller_than", kSize, "strictly smaller, in bytes").in(0, most),
	at("older_than", kTerm, "last changed longer ago than this"),
	at("newer_than", kTerm, "last changed within this time"),
	at("ids", kStrings, "object ids").some(),
}

var objectKinds = []string{"file", "directory", "symlink", "applet", "workflow", "app", "record", "database"}

var match = &block{name: "match", attrs: selectorAttrs, doc: "Selects objects; see *Selectors*."}

var include = &block{
	name: "include", many: true, doc: "Objects to protect; see *Selectors*.",
	attrs: append(selectorAttrs[:len(selectorAttrs):len(selectorAttrs)],
		at("class", kString, "class of the objects, for the policies' figures")),
}

var exclude = &block{
	name: "exclude", many: true, doc: "Objects left out; see *Selectors*.",
	attrs: append(include.attrs[:len(include.attrs):len(include.attrs)],
		at("reason", kString, "why they are left out"),
		at("owner", kString, "who answers for it"),
		at("method", kString, "what makes them again"),
		at("inputs", kStrings, "what they are made from")),
}

var scope = &block{
	name: "scope", implied: true, doc: "Which objects the backup plan protects. Without `include`, all of the source.",
	attrs:  []attr{at("shared", kString, "files that others own").of("include", "exclude").or("exclude")},
	blocks: []*block{include, exclude},
}

var lock = &block{
	name: "lock", doc: "An object lock that the copy asks of its store.",
	attrs: []attr{
		at("mode", kString, "`compliance` cannot be undone by anybody").must().of("governance", "compliance"),
		at("for", kTerm, "how long").must(),
	},
}

var copyBlock = &block{
	name: "copy", labels: []string{"name"}, many: true, doc: "One copy of everything in scope. At least one MUST be there.",
	attrs: []attr{
		at("to", kRef, "where the copy goes").must().to(addr.Destination),
		at("purpose", kString, "a `recovery` copy rolls over; a `record` is kept").of("recovery", "record").or("recovery"),
		at("tier", kString, "storage class; absent takes the destination's. In stores that archive, `archived` moves a verified copy there and `live` brings it back"),
		at("archive_after", kTerm, "age at which a copy moves to an archive tier, superseded versions too"),
		at("deep", kBool, "a copy of its own, not a pointer").or(true),
		at("metadata", kBool, "metadata travels along").or(true),
	},
	blocks: []*block{lock},
}

var retention = &block{
	name: "retention", implied: true, doc: "How long copies are kept. A term ends at the latest of all that is asked.",
	attrs: []attr{
		at("keep", kTerm, "from the anchor"),
		at("keep_max", kTerm, "ceiling, from the anchor; not below `keep`"),
		at("keep_last", kInt, "latest versions kept").in(0, most).or(int64(1)),
		at("keep_daily", kInt, "days whose latest version is kept").in(0, most).or(int64(0)),
		at("keep_weekly", kInt, "ISO weeks whose latest version is kept").in(0, most).or(int64(0)),
		at("keep_monthly", kInt, "months whose latest version is kept").in(0, most).or(int64(0)),
		at("keep_yearly", kInt, "years whose latest version is kept").in(0, most).or(int64(0)),
		at("keep_superseded", kTerm, "after a version was superseded or its source went").or(days(90)),
		at("quarantine", kTerm, "between retiring a copy and removing it").or(days(30)),
		at("anchor", kString, "what `keep` counts from: `created`, or a fact of an `attest` block").or("created"),
	},
}

var limits = &block{
	name: "limits", implied: true, doc: "The brakes: a run beyond one of these stops.",
	attrs: []attr{
		at("retire_ratio", kNumber, "share of a destination's copies that one run may retire").in(0, 1).or(schema.DefaultLimits.RetireRatio),
		at("retire_objects", kInt, "copies that one run may retire").in(0, most).or(schema.DefaultLimits.RetireObjects),
		at("retire_bytes", kSize, "bytes that one run may retire").in(0, most).or(schema.DefaultLimits.RetireBytes),
		at("source_loss", kNumber, "share of a source that may vanish between runs").in(0, 1).or(schema.DefaultLimits.SourceLoss),
		at("source_change", kNumber, "share of a source that may change between runs").in(0, 1).or(schema.DefaultLimits.SourceChange),
	},
}

var backupParts = []*block{
	scope, copyBlock, retention,
	{name: "objective", doc: "What the backup plan promises.", attrs: []attr{
		at("rpo", kTerm, "recovery point: the most that may be lost"),
		at("rto", kTerm, "recovery time: the longest until it is back"),
	}},
	{name: "verify", doc: "How copies are proved.", attrs: []attr{
		at("algorithm", kString, "digest").of("sha256", "blake3").or("sha256"),
		at("scrub", kTerm, "every copy is read again within this time"),
	}},
	{name: "restore_test", doc: "Recorded tests that copies come back.", attrs: []attr{
		at("every", kTerm, "at least this often").must(),
		at("sample", kInt, "objects restored").in(1, most).or(int64(20)),
		at("command", kStrings, "run on the restored sample; exit code 0 passes"),
		at("target", kString, "folder to restore into, relative to the configuration; absent takes a temporary one"),
	}},
	{name: "approvals", doc: "Persons who must approve.", attrs: []attr{
		at("delete", kInt, "approvers of a removal").must().in(0, 100),
	}},
	{name: "budget", doc: "Bounds on cost.", attrs: []attr{
		at("month", kNumber, "storage a month, in the price book's currency").in(0, unbounded),
		at("egress", kNumber, "egress of one run").in(0, unbounded),
		at("retrieval", kNumber, "retrieval of one run").in(0, unbounded),
	}},
	{name: "alert", doc: "Who is told.", attrs: []attr{at("to", kStrings, "recipients").must().some()}},
	{name: "erasure", doc: "How fast an erased subject leaves the copies.", attrs: []attr{
		at("max_lag", kTerm, "longest time until all copies are gone"),
		at("list", kString, "file with the ids of erased subjects, relative to the configuration: one a line, and after it the day of the erasure (2026-11-21); an object is a subject's if its path holds the id with no letter or digit beside it"),
	}},
	limits,
}

var backup = &block{
	name: "backup", labels: []string{"name"}, many: true, each: true,
	doc: "A backup plan: what is protected, where its copies go, how long they stay.",
	attrs: []attr{
		at("source", kRef, "what is protected").must().to(addr.Source),
		at("owner", kString, "who answers for it"),
		at("reviewed", kDate, "day of the last review"),
		at("regimes", kStrings, "laws and standards in force; they choose retention floors"),
		at("every", kTerm, "how often it is meant to run"),
		at("personal", kBool, "protects personal data"),
	},
	blocks: backupParts,
}
