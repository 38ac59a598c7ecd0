package schema

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// sizeUnits are the units of ParseSize, in bytes.
var sizeUnits = map[string]int64{
	"": 1, "B": 1,
	"kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50,
}

// ParseSize reads a number of bytes: a number and a unit of B, KB, MB, GB, TB,
// PB (powers of 1000) or KiB, MiB, GiB, TiB, PiB (powers of 1024), or a plain
// number. A fraction such as 1.5GiB is allowed if whole bytes come out.
func ParseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "BKMGTPki")
	unit, ok := sizeUnits[strings.TrimSpace(s[len(digits):])]
	digits = strings.TrimSpace(digits)
	if n, err := strconv.ParseInt(digits, 10, 64); ok && err == nil && digits[0] >= '0' && n <= math.MaxInt64/unit {
		return n * unit, nil
	}
	f, err := strconv.ParseFloat(digits, 64)
	bytes := f * float64(unit)
	if !ok || err != nil || strings.ContainsAny(digits, "eExX_+-nNiI") || bytes != math.Trunc(bytes) || bytes < 0 || bytes >= math.MaxInt64 {
		return 0, fmt.Errorf(`%q is not a size: write a number of bytes, or a number and a unit (KB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB), for example "10TiB"`, s)
	}
	return int64(bytes), nil
}
