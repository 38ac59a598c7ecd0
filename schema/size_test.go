package schema

import "testing"

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "1024": 1024, "10TiB": 10 << 40, "5GB": 5e9, "5 GB": 5e9, "1.5GiB": 3 << 29, "1kB": 1000, "1KB": 1000, "7B": 7, "8191PiB": 8191 << 50,
	} {
		if got, err := ParseSize(s); err != nil || got != want {
			t.Errorf("%q is %d (%v), want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "GB", "1.5B", "-1", "-1GB", "10gb", "1TBs", "10 apples", "1e3", "0x10", "NaN", "Inf", "1_000", "8193PiB", "99999999999999999999", "1.0000000001KB", "+1", "iB"} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("%q was read as %d", s, got)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	f.Add("10TiB")
	f.Add("1.5 GB")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseSize(s); err == nil && n < 0 {
			t.Errorf("%q is %d bytes", s, n)
		}
	})
}
