package backstay.lib

# tier_of is the storage class that a copy lies in for most of its term.
# filesystem and sftp have none, and what they hold is at hand.
tier_of(c, d) := archives[d.type] if c.archive_after

tier_of(c, _) := c.tier if {
	not c.archive_after
	c.tier
}

tier_of(c, d) := d.tier if {
	not c.archive_after
	not c.tier
	d.tier
}

tier_of(c, d) := usual[d.type] if {
	not c.archive_after
	not c.tier
	not d.tier
}

usual := {
	"filesystem": "at hand", "sftp": "at hand", "s3": "STANDARD",
	"azure": "Hot", "gcs": "STANDARD", "dnanexus": "live",
}

archives := {"s3": "GLACIER", "azure": "Archive", "gcs": "ARCHIVE", "dnanexus": "archived"}

at_hand := {"retrieval_hours": 0, "min_stay_days": 0, "archive": false}

# tiers_of are the figures of a copy's storage class. Where a region decides and
# nobody says which it is, all that could be are in the set; an unknown class
# has none.
tiers_of(c, d) := {at_hand} if tier_of(c, d) == "at hand"

tiers_of(c, d) := {t |
	some t in data.backstay_data.tiers.tiers
	t.type == d.type
	t.tier == tier_of(c, d)
	in_region(t, d)
} if {
	tier_of(c, d) != "at hand"
}

in_region(t, _) if not t.region

in_region(t, d) if startswith(d.region, t.region)

in_region(t, d) if {
	t.region
	not d.region
}
