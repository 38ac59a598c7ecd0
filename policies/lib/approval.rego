package backstay.lib

# signed holds for a block whose every approver's signature was verified.
signed(block) if {
	count(block.approved_by) > 0
	every a in block.approved_by {
		a.verified
	}
}
