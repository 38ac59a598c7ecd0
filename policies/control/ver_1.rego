# METADATA
# title: A copy is exact
# description: |
#   Size and a cryptographic digest are compared end to end. A copy without a digest is a claim.
# scope: package
# custom:
#   id: VER-1
#   clauses: ["HIPAA 164.308(a)(7)(ii)(A)", "21 CFR 11.10(b)", "21 CFR 211.68(b)"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     algorithms: {type: list, default: ["sha256", "blake3"], direction: subset, description: "digests that count"}
#     max_unverified_bytes: {type: number, default: 0, direction: lower, description: "size up to which an adopted copy needs no digest"}
#   fix: Use a verify block with algorithm sha256 or blake3.
package backstay.control.ver_1

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not b.verify.algorithm in input.params.algorithms
	b.verify
	msg := sprintf("Backup plan %q compares %s digests, and %s are asked for.", [b.name, b.verify.algorithm, concat(" or ", input.params.algorithms)])
}

subjects contains input.change.address if input.change.action == "adopt"

deny contains {"msg": "This change would adopt a copy that no digest proves.", "address": input.change.address} if {
	input.change.action == "adopt"
	input.change.object.kind == "file"
	input.change.bytes > input.params.max_unverified_bytes
	not input.change.after.digest
	not input.change.before.digest
}

judged if {
	input.copy.current
	input.copy.kind == "file"
	input.copy.status in {"written", "verified"}
}

subjects contains input.copy.address if judged

deny contains {"msg": "This copy counts as verified, and no digest of it is on record.", "address": input.copy.address} if {
	judged
	input.copy.status == "verified"
	not input.copy.digest
}

unknown contains {"msg": "No digest of this copy was ever compared.", "address": input.copy.address} if {
	judged
	input.copy.status == "written"
}
