# METADATA
# title: Encrypted in transit
# description: |
#   What goes over a network goes encrypted, and to a peer that was recognised. The program's own clients ask for
#   TLS 1.2 or SSH and check certificates and host keys; an endpoint of plain HTTP is refused, unless it is this machine.
# scope: package
# custom:
#   id: PROT-2
#   clauses: ["HIPAA 164.312(e)(1)", "GDPR Art. 32(1)(a)", "NIST SP 800-53 SC-8"]
#   phases: [config]
#   severity: mandatory
#   parameters:
#     min_tls: {type: number, default: 1.2, direction: higher, description: "version of TLS"}
#   fix: Give the endpoint as https://.
package backstay.control.prot_2

# What travels: systems that are reached over a network.
remote := {"s3", "azure", "gcs", "sftp", "rclone", "dnanexus"}

systems contains {"address": x.address, "type": x.type, "options": x.options} if {
	some x in input.config.sources
	x.type in remote
}

systems contains {"address": x.address, "type": x.type, "options": x.options} if {
	some x in input.config.destinations
	x.type in remote
}

subjects contains x.address if {
	input.phase == "config"
	some x in systems
}

endpoint(x) := x.options.endpoint

endpoint(x) := x.options.api

here(url) if startswith(lower(url), "http://localhost")

here(url) if startswith(lower(url), "http://127.")

here(url) if startswith(lower(url), "http://[::1]")

secure(url) if startswith(lower(url), "https://")

secure(url) if here(url)

deny contains {"msg": msg, "address": x.address} if {
	input.phase == "config"
	some x in systems
	url := endpoint(x)
	not secure(url)
	msg := sprintf("%s is reached at %s, which is not encrypted: what passes can be read and changed on the way.", [x.address, url])
}

unknown contains {"msg": msg, "address": x.address} if {
	input.phase == "config"
	some x in systems
	x.type == "rclone"
	msg := sprintf("How rclone reaches the remote of %s stands in its own configuration, which is not read.", [x.address])
}

unknown contains {"msg": msg, "address": x.address} if {
	input.phase == "config"
	some x in systems
	not x.type in {"rclone", "sftp"}
	input.params.min_tls > 1.2
	msg := sprintf("TLS %v is asked for; %s is reached with TLS 1.2 or later, and which of them is not known.", [input.params.min_tls, x.address])
}
