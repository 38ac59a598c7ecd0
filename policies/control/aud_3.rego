# METADATA
# title: Only a validated release changes regulated data
# description: |
#   A program that was validated is one exact release. The configuration pins it with required_version = "= 1.2.3";
#   the program refuses a configuration whose required_version is not its own, so that what runs is what was pinned.
# scope: package
# custom:
#   id: AUD-3
#   clauses: ["21 CFR 11.10(a)", "GAMP 5"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     versions: {type: list, default: [], direction: subset, description: "releases that were validated; must be set"}
#   fix: Pin required_version to a release that was validated, and list it in versions.
package backstay.control.aud_3

import data.backstay.lib

pinned := trim_space(trim_prefix(trim_space(input.config.settings.required_version), "="))

exact if regex.match(`^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`, pinned)

early if input.phase in {"config", "plan"}

subjects contains "settings" if {
	early
	count(input.config.backups) > 0
}

deny contains {"msg": msg, "address": "settings"} if {
	early
	count(input.config.backups) > 0
	not exact
	msg := "required_version does not pin one release: whichever is installed would change regulated data."
}

deny contains {"msg": msg, "address": "settings"} if {
	early
	exact
	count(input.params.versions) > 0
	not pinned in input.params.versions
	msg := sprintf("Release %s is pinned, and the validated ones are %s.", [pinned, concat(", ", input.params.versions)])
}

unknown contains {"msg": msg, "address": "settings"} if {
	early
	exact
	count(input.params.versions) == 0
	count(input.config.backups) > 0
	msg := sprintf("Whether release %s was validated is not said: set versions.", [pinned])
}

subjects contains "runs" if input.totals.runs.known > 0

deny contains {"msg": msg, "address": "runs"} if {
	input.totals.runs.without_version > 0
	msg := sprintf("%d runs were made by a release that is not the pinned one.", [input.totals.runs.without_version])
}

compared if input.totals.runs.without_version >= 0

unknown contains {"msg": "By which releases past runs were made was not compared, and nobody attests it (fact \"validated_runs\").", "address": "runs"} if {
	input.totals.runs.known > 0
	not compared
	not lib.attested("validated_runs")
}
