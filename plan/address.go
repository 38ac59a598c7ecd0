package plan

import (
	"strconv"
	"strings"
)

// Address names a change: BACKUP.copy.LABEL["path"]. The path is quoted as Go
// quotes strings, so that every byte of it shows and can be typed.
func Address(backup, label, path string) string {
	b := make([]byte, 0, len(backup)+len(label)+len(path)+10)
	b = append(b, backup...)
	b = append(b, ".copy."...)
	b = append(b, label...)
	b = append(b, '[')
	b = strconv.AppendQuote(b, path)
	return string(append(b, ']'))
}

// OrphanAddress names a change of a copy that no backup plan claims:
// DESTINATION["path"].
func OrphanAddress(destination, path string) string {
	return destination + "[" + strconv.Quote(path) + "]"
}

// AccessAddress names a change of somebody's right at a destination:
// DESTINATION.access["who"].
func AccessAddress(destination, who string) string {
	return destination + ".access[" + strconv.Quote(who) + "]"
}

// SettingAddress names a change of a setting of a destination:
// DESTINATION.setting["name"].
func SettingAddress(destination, name string) string {
	return destination + ".setting[" + strconv.Quote(name) + "]"
}

// InPlaceAddress names a change of an object at its source by an archive block:
// archive.NAME["path"].
func InPlaceAddress(block, path string) string {
	return block + "[" + strconv.Quote(path) + "]"
}

// Claim is how a record names who wants a copy: BACKUP/LABEL.
func Claim(backup, label string) string { return backup + "/" + label }

// SplitClaim is the inverse of Claim. Labels hold no slash.
func SplitClaim(claim string) (backup, label string) {
	i := strings.LastIndexByte(claim, '/')
	if i < 0 {
		return claim, ""
	}
	return claim[:i], claim[i+1:]
}
