# What holds for want of a machine that could tell: a person attests it, with a
# name and an end. An attestation past its date, or without one, counts nothing.
package backstay.lib

attested(fact) if {
	some a in input.config.attests
	a.fact == fact
	a.owner
	a.expires
	not a.expired
}
