# METADATA
# title: Waivers are narrow, dated and answered for
# description: |
#   A waiver names a control, targets, a reason, an approver and an end not far away. One that is not needed any
#   more, that names more than it needs, or that has ended is to be removed.
# scope: package
# custom:
#   id: CHG-5
#   clauses: ["21 CFR 11.10(g)", "ISO/IEC 27001 A.5.33"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     waiver_max: {type: term, default: "90d", direction: lower, description: "time until a waiver ends"}
#     warn_before: {type: term, default: "14d", direction: higher, description: "how early its end is announced"}
#     verified_approvals: {type: boolean, default: false, direction: "true", description: "each approver's signature is verified"}
#   fix: Complete the waiver, shorten it, or remove it.
package backstay.control.chg_5

import data.backstay.lib

subjects contains w.address if some w in input.config.waivers

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in input.config.waivers
	not w.control_severity
	msg := sprintf("Waiver %q names %q, which is no control of the chosen packs and policies.", [w.name, w.control])
}

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in input.config.waivers
	w.control_severity == "mandatory"
	w.control
	msg := sprintf("Waiver %q is for %s, which is mandatory: nothing waives it.", [w.name, w.control])
}

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in input.config.waivers
	not w.reason
	msg := sprintf("Waiver %q gives no reason.", [w.name])
}

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in input.config.waivers
	count(w.approved_by) == 0
	msg := sprintf("Waiver %q has no approver.", [w.name])
}

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in input.config.waivers
	count(w.targets) == 0
	msg := sprintf("Waiver %q names no target, so it would be for everything or nothing.", [w.name])
}

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in input.config.waivers
	some t in w.unmatched
	count(w.targets) > 0
	msg := sprintf("Waiver %q names %s, which is not in the configuration.", [w.name, t])
}

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in input.config.waivers
	not w.expired
	not in_time(w)
	msg := sprintf("Waiver %q must end on a date not more than %s away.", [w.name, input.params.waiver_max])
}

in_time(w) if {
	w.expires
	w.days_left <= input.params.waiver_max_days
}

# Time passes between runs, so that what is near its end is told by a check, too.
told if input.phase in {"config", "state"}

deny contains {"msg": msg, "address": w.address} if {
	told
	some w in input.config.waivers
	w.expired
	w.expires
	msg := sprintf("Waiver %q ended on %s. It lets nothing through any more: renew it with a new approval, or remove it.", [w.name, w.expires])
}

unknown contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	input.params.verified_approvals
	some w in input.config.waivers
	not lib.signed(w)
	count(w.approved_by) > 0
	msg := sprintf("Who approved waiver %q is not verified.", [w.name])
}

warn contains {"msg": msg, "address": w.address} if {
	told
	some w in input.config.waivers
	not w.expired
	w.days_left <= input.params.warn_before_days
	w.expires
	msg := sprintf("Waiver %q ends on %s, in %d days.", [w.name, w.expires, w.days_left])
}

warn contains {"msg": msg, "address": u.address} if {
	some u in input.waivers
	u.decided
	not u.expired
	count(u.used) == 0
	msg := sprintf("Waiver %q is not needed: %s does not fail for what it names.", [u.name, u.control])
}

warn contains {"msg": msg, "address": u.address} if {
	some u in input.waivers
	u.decided
	not u.expired
	count(u.used) > 0
	count(u.unused) > 0
	msg := sprintf("Waiver %q is broader than it needs to be: %s does not fail for %s.", [u.name, u.control, concat(", ", u.unused)])
}
