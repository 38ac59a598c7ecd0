package state

import "golang.org/x/sys/unix"

// networkFilesystem names the network file system that a folder is on, or "".
// What cannot be asked is taken as local: opening will tell.
func networkFilesystem(folder string) string {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return ""
	}
	return networkMagic[uint32(st.Type)]
}
