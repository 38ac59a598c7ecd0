package atomicfile

// syncFolder does nothing: Windows has no such call, NTFS journals the rename.
func syncFolder(string) error { return nil }
