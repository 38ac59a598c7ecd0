package state

// A database's locks and its shared memory file do not work, or work only
// sometimes, over a network. Found by what the system says of the folder.

// networkMagic is statfs's f_type on Linux, from the kernel's magic.h and the
// file systems' own sources.
var networkMagic = map[uint32]string{
	0x00006969: "NFS",
	0x0000517B: "SMB",
	0xFF534D42: "CIFS",
	0xFE534D42: "SMB2",
	0x0BD00BD0: "Lustre",
	0x5346414F: "AFS",
	0x00C36400: "Ceph",
	0x47504653: "GPFS",
	0x19830326: "BeeGFS",
	0x01021997: "9P",
	0x7461636F: "OCFS2",
	0x01161970: "GFS2",
	0xAAD7AAEA: "PanFS",
	0x73757245: "Coda",
	0x0000564C: "NCP",
}
