# What the tests of controls start from: a backup plan that core accepts, and
# one change, copy and object of it.
package backstay.fixture

backup := {
	"name": "docs", "address": "backup.docs", "source": "source.filesystem.docs", "owner": "me@example.org",
	"regimes": [], "scope": {"includes": [], "excludes": [], "shared": "exclude"},
	"copies": [
		{"name": "near", "address": "backup.docs.copy.near", "to": "destination.filesystem.near", "purpose": "recovery", "deep": true, "metadata": true, "off_site": false, "same_system": true},
		{"name": "far", "address": "backup.docs.copy.far", "to": "destination.s3.far", "purpose": "recovery", "deep": true, "metadata": true, "off_site": true, "same_system": false},
	],
	"retention": {"keep": "7y", "keep_days": 2562, "keep_last": 1, "anchor": "created"},
	"objective": {"rpo": "24h", "rpo_days": 1, "rpo_hours": 24},
	"verify": {"algorithm": "sha256"},
	"restore_test": {"every": "90d", "every_days": 90, "every_hours": 2160, "sample": 20, "command": []},
	"limits": {"retire_ratio": 0.05, "retire_objects": 1000, "retire_bytes": 1000000, "source_loss": 0.25, "source_change": 0.25},
}

sources := [{"name": "docs", "address": "source.filesystem.docs", "type": "filesystem", "site": "office", "storage_kind": "disk", "options": {"path": "/docs"}}]

destinations := [
	{"name": "near", "address": "destination.filesystem.near", "type": "filesystem", "storage_kind": "disk", "options": {}},
	{"name": "far", "address": "destination.s3.far", "type": "s3", "storage_kind": "object/s3", "options": {}},
]

empty := {
	"settings": {"state_type": "sqlite"}, "sources": [], "destinations": [], "backups": [], "holds": [], "releases": [],
	"shortens": [], "retires": [], "attests": [], "archives": [], "policies": [], "waivers": [],
}

# config makes a configuration whose lists are given.
config(lists) := object.union(object.union(empty, {"sources": sources, "destinations": destinations}), lists)

# intent is the input of the config phase with one backup plan, changed.
intent(change, params) := {"phase": "config", "now": "2026-11-21T12:00:00.000Z", "params": params, "config": config({"backups": [object.union(backup, change)]})}

# lists is the input of the config phase with whole lists.
lists(l, params) := {"phase": "config", "now": "2026-11-21T12:00:00.000Z", "params": params, "config": config(l)}

verified := {"seq": 1, "status": "verified", "size": 1, "digest": "sha256:00", "retain_until": "2025-01-01T00:00:00.000Z", "term_over": true, "claims": [], "held": [], "locked": false}

removal := {
	"address": "backup.docs.copy.far[\"a\"]", "backup": "backup.docs", "copy": "far", "destination": "destination.s3.far",
	"action": "retire", "reason": "term_over", "removes": true, "bytes": 1,
	"object": {"source": "docs", "path": "a", "kind": "file", "size": 1, "live": true},
	"before": verified, "after": verified, "term_change": "same", "lock_change": "same",
	"remaining": 2, "copies_before": 4, "copies_after": 3,
}

# step is the input of the plan phase with one change, changed.
step(change, params) := stepping({"backups": [backup]}, change, params)

stepping(l, change, params) := {
	"phase": "plan", "now": "2026-11-21T12:00:00.000Z", "params": params, "config": config(l),
	"run": {"apply": false, "allow": [], "partial": false, "age_hours": 0, "max_age_hours": 24, "config_bound": true, "policy_bound": true, "state_bound": true, "author": "ops@example.org"},
	"change": object.union(removal, change),
}

# totals of a plan with one backup plan.
plan_totals(change, params) := {
	"phase": "plan", "now": "2026-11-21T12:00:00.000Z", "params": params, "config": config({"backups": [backup]}),
	"run": {"apply": false, "allow": [], "partial": false, "age_hours": 0, "max_age_hours": 24, "config_bound": true, "policy_bound": true, "state_bound": true},
	"summary": object.union({"changes": 0, "actions": {}, "sources": [], "backups": [], "destinations": [], "brakes": []}, change),
}

recorded := {
	"address": "destination.s3.far:docs/a, version 1", "backups": ["backup.docs"], "destination": "destination.s3.far", "source": "docs",
	"path": "a", "kind": "file", "seq": 1, "status": "verified", "size": 1, "digest": "sha256:00", "current": true, "live": true,
	"replaced": false, "removed": false, "removed_early": false, "verified_at": "2026-11-01T00:00:00.000Z", "verified_days": 20,
	"retain_until": "2033-11-01T00:00:00.000Z", "retain_days": 2562, "held": [],
}

# copied is the input of the state phase with one copy, changed.
copied(change, params) := copying({}, change, params)

copying(plan_change, change, params) := {
	"phase": "state", "now": "2026-11-21T12:00:00.000Z", "params": params,
	"config": config({"backups": [object.union(backup, plan_change)]}), "copy": object.union(recorded, change),
}

held_object := {
	"address": "backup.docs:a", "backup": "backup.docs", "source": "docs", "path": "a", "size": 1, "live": true,
	"verified": 2, "written": 0, "copies": 3, "destinations": ["destination.filesystem.near", "destination.s3.far"], "held": [],
	"storage_kinds": ["disk", "object/s3"], "off_site": 1, "site_unknown": 0,
}

# standing is the input of the state phase with one object, changed.
standing(change, params) := {
	"phase": "state", "now": "2026-11-21T12:00:00.000Z", "params": params,
	"config": config({"backups": [backup]}), "object": object.union(held_object, change),
}

# state_totals is the input of the state phase with its totals, changed.
state_totals(change, params) := {
	"phase": "state", "now": "2026-11-21T12:00:00.000Z", "params": params, "config": config({"backups": [backup]}),
	"totals": object.union({
		"sources": [], "backups": [], "destinations": [], "holds": [], "tests": [],
		"runs": {"known": 0, "without_digests": 0}, "audit": {"checked": false, "entries": 0, "intact": false, "replicas": []},
	}, change),
}

# attest is a fact that somebody stands for.
attest(fact) := {"name": fact, "address": concat(".", ["attest", fact]), "fact": fact, "date": "2026-11-01", "owner": "qa@example.org", "expires": "2027-11-01", "expired": false}

# far is the destination far, changed.
far(change) := object.union(destinations[1], change)

# docs is the source, changed.
docs(change) := object.union(sources[0], change)

# with_config replaces lists of an input's configuration.
with_config(i, l) := object.union(i, {"config": object.union(i.config, l)})

# world is the config phase with source and destination far changed.
world(source_change, far_change, params) := lists({
	"backups": [backup], "sources": [docs(source_change)], "destinations": [destinations[0], far(far_change)],
}, params)
