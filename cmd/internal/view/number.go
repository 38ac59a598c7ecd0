package view

import (
	"fmt"
	"strconv"
	"time"

	"github.com/backstay/backstay/plan"
)

// number prints a count with commas: 1,234,567.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size prints bytes in binary units: 12 KiB, 1.5 GiB.
func size(bytes int64) string {
	const units = "KMGTPE"
	if bytes < 1024 {
		return strconv.FormatInt(bytes, 10) + " B"
	}
	value, unit := float64(bytes)/1024, 0
	for value >= 1023.95 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f %ciB", value, units[unit])
	}
	return fmt.Sprintf("%.0f %ciB", value, units[unit])
}

// amount prints a count of objects with its bytes: "1,234 objects (1.5 GiB)".
func amount(c plan.Count, one, many string) string {
	return plural(c.Objects, one, many) + weight(c.Bytes)
}

// weight is " (1.5 GiB)", or nothing for no bytes.
func weight(bytes int64) string {
	if bytes == 0 {
		return ""
	}
	return " (" + size(bytes) + ")"
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// span prints a length of time in its one or two largest units.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h >= 48:
		return fmt.Sprintf("%d d %d h", h/24, h%24)
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	}
	return fmt.Sprintf("%d s", s)
}

// moment prints an instant to the second, in UTC.
func moment(t time.Time) string {
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
