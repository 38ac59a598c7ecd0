package state

import "golang.org/x/sys/unix"

// networkFilesystem names the network file system that a folder is on, or "".
func networkFilesystem(folder string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return ""
	}
	return networkName[unix.ByteSliceToString(st.Fstypename[:])]
}

// networkName is the same by the name that BSD and macOS give.
var networkName = map[string]string{
	"nfs":    "NFS",
	"smbfs":  "SMB",
	"afpfs":  "AFP",
	"webdav": "WebDAV",
	"lustre": "Lustre",
}
