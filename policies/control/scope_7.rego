# METADATA
# title: The platform's audit trail is a record
# description: |
#   Who did what on the platform is written by the platform itself, one file a day. It is kept as long as the
#   records it is about: a backup plan protects it, for a term that no other plan under good practice exceeds. A
#   check counts the days in the names of the files of audit_sources, from the first one to yesterday.
# scope: package
# custom:
#   id: SCOPE-7
#   clauses: ["21 CFR 11.10(e)"]
#   phases: [config, state]
#   severity: mandatory
#   parameters:
#     audit_gap_days: {type: number, default: 1, direction: lower, description: "days of the trail that may be missing"}
#     audit_sources: {type: list, default: [], direction: superset, description: "names of the sources that hold the audit trail"}
#     audit_regimes: {type: list, default: ["part11", "glp", "gcp_us", "gcp_eu", "gmp"], direction: superset, description: "regimes that ask for it"}
#   fix: Protect the project that the audit trail is written to, and name its source in audit_sources.
package backstay.control.scope_7

import data.backstay.lib

# Backup plans whose records the trail is about.
about contains b.address if {
	some b in input.config.backups
	some r in b.regimes
	r in input.params.audit_regimes
	some s in input.config.sources
	s.address == b.source
	s.type == "dnanexus"
	not s.name in input.params.audit_sources
}

trails contains b.address if {
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	s.name in input.params.audit_sources
}

# Trails kept at least as long as a backup plan's records.
enough(_) if {
	some t in input.config.backups
	t.address in trails
	t.retention.keep == "forever"
}

enough(b) if {
	some t in input.config.backups
	t.address in trails
	t.retention.keep_days >= b.retention.keep_days
}

subjects contains a if {
	input.phase == "config"
	some a in about
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.address in about
	count(input.params.audit_sources) == 0
	msg := sprintf("Backup plan %q keeps regulated records, and which source holds the platform's audit trail is not said: set audit_sources.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.address in about
	count(input.params.audit_sources) > 0
	count(trails) == 0
	msg := sprintf("Backup plan %q keeps regulated records, and no backup plan protects the platform's audit trail.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.address in about
	count(trails) > 0
	not enough(b)
	msg := sprintf("The platform's audit trail is not kept as long as the records of backup plan %q, which stay for %s.", [b.name, keep(b)])
}

keep(b) := b.retention.keep

keep(b) := "as long as no term ends them" if not b.retention.keep

subjects contains a if {
	count(input.totals.backups) >= 0
	some a in about
}

deny contains {"msg": msg, "address": a} if {
	input.totals.trail.missing_days > input.params.audit_gap_days
	some a in about
	msg := sprintf("%d days of the platform's audit trail are missing.", [input.totals.trail.missing_days])
}

unknown contains {"msg": "The days of the platform's audit trail were not counted, and nobody attests them (fact \"platform_audit\").", "address": a} if {
	count(input.totals.backups) >= 0
	not input.totals.trail
	some a in about
	not lib.attested("platform_audit")
}
