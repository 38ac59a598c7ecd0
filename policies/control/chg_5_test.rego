package backstay.control.chg_5_test

import data.backstay.control.chg_5
import data.backstay.fixture

p := {"waiver_max": "90d", "waiver_max_days": 90, "warn_before": "14d", "warn_before_days": 14, "verified_approvals": false}

waiver := {
	"name": "late", "address": "waiver.late", "control": "COPY-2", "control_severity": "overridable", "targets": ["backup.docs"],
	"unmatched": [], "reason": "the tape arrives in January", "approved_by": [{"by": "qa@example.org", "verified": false}],
	"expires": "2027-01-20", "expired": false, "days_left": 60,
}

with_waiver(change) := fixture.lists({"waivers": [object.union(waiver, change)]}, p)

without(member) := fixture.lists({"waivers": [object.remove(waiver, {member})]}, p)

use(u) := object.union(with_waiver({}), {"waivers": [object.union({"name": "late", "address": "waiver.late", "control": "COPY-2", "expired": false, "decided": true, "used": [], "unused": []}, u)]})

test_pass if count(chg_5.deny | (chg_5.warn | chg_5.unknown)) == 0 with input as with_waiver({})

test_fail_reason if count(chg_5.deny) == 1 with input as without("reason")

test_fail_control if count(chg_5.deny) == 1 with input as without("control_severity")

test_fail_mandatory if count(chg_5.deny) == 1 with input as with_waiver({"control_severity": "mandatory"})

test_fail_approver if count(chg_5.deny) == 1 with input as with_waiver({"approved_by": []})

test_fail_targets if count(chg_5.deny) == 1 with input as with_waiver({"targets": []})

test_fail_unmatched if count(chg_5.deny) == 1 with input as with_waiver({"unmatched": ["backup.docs"]})

test_fail_no_end if count(chg_5.deny) == 1 with input as without("expires")

test_fail_far_end if count(chg_5.deny) == 1 with input as with_waiver({"days_left": 91})

test_fail_expired if count(chg_5.deny) == 1 with input as with_waiver({"expired": true, "days_left": -3})

test_unknown_signature if {
	i := object.union(with_waiver({}), {"params": {"verified_approvals": true}})
	count(chg_5.unknown) == 1 with input as i
}

test_warn_soon if count(chg_5.warn) == 1 with input as with_waiver({"days_left": 14})

test_warn_unused if count(chg_5.warn) == 1 with input as use({"unused": ["backup.docs"]})

test_warn_broad if count(chg_5.warn) == 1 with input as use({"used": ["backup.docs"], "unused": ["backup.other"]})

test_pass_used if count(chg_5.warn) == 0 with input as use({"used": ["backup.docs"]})

test_not_applicable if count(chg_5.subjects) == 0 with input as fixture.lists({}, p)
