# METADATA
# title: Failed and skipped runs are noticed
# description: |
#   A backup that stopped running looks like one that runs, until it is needed. Somebody is told, and a check finds
#   intervals without a run.
# scope: package
# custom:
#   id: AUD-4
#   clauses: ["ISO/IEC 27002 8.13", "SOC 2 A1.2"]
#   phases: [config, state]
#   severity: overridable
#   parameters:
#     missed_max: {type: number, default: 1, direction: lower, description: "intervals that may pass without a run"}
#   fix: Write an alert block with to = [...], and every in the backup plan.
package backstay.control.aud_4

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not told(b)
	msg := sprintf("Backup plan %q names nobody who is told of a failure.", [b.name])
}

told(b) if count(b.alert.to) > 0

interval[b.address] := b.every_hours if some b in input.config.backups

subjects contains t.backup if some t in input.totals.backups

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.backups
	t.newest_hours > interval[t.backup] * (input.params.missed_max + 1)
	msg := sprintf("The backup plan was last carried out %d hours ago and is meant to run every %d: %d runs were missed.", [t.newest_hours, interval[t.backup], floor(t.newest_hours / interval[t.backup])])
}

unknown contains {"msg": "This backup plan was never carried out.", "address": t.backup} if {
	some t in input.totals.backups
	not t.newest_hours
}

unknown contains {"msg": "How often this backup plan is meant to run is not written down, so that nobody knows what was missed.", "address": t.backup} if {
	some t in input.totals.backups
	t.newest_hours
	not interval[t.backup]
}
