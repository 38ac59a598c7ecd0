package cost

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
)

func amount(t *testing.T, s string) Amount {
	t.Helper()
	a, ok := ParseAmount(s)
	if !ok {
		t.Fatalf("%q is no amount", s)
	}
	return a
}

func TestAmounts(t *testing.T) {
	tenth := amount(t, "0.1")
	sum := Amount{}
	for range 10_000_000 / 1000 {
		sum = sum.Plus(tenth)
	}
	for _, c := range []struct{ got, want string }{
		{sum.String(), "1000"},
		{sum.Minus(tenth).String(), "999.9"},
		{Amount{}.String(), "0"},
		{Amount{}.Minus(tenth).Decimal(2), "-0.10"},
		{amount(t, "0.005").Decimal(2), "0.01"},
		{amount(t, "-0.005").Decimal(2), "-0.01"},
		{amount(t, "-0.004").Decimal(2), "0.00"},
		{amount(t, "0.0000004").String(), "0"},
		{amount(t, "1200").String(), "1200"},
		{amount(t, "1e3").String(), "1000"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
	if n := amount(t, "0.1").Plus(amount(t, "0.2")).Number(Places); n != 0.3 {
		t.Errorf("0.1 and 0.2 are %v", n)
	}
	// The short way to a number is the long one: by its decimal.
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		n := r.Int64() >> uint(r.IntN(60))
		if r.IntN(2) == 0 {
			n = -n
		}
		a := Amount{big.NewRat(n, 1+r.Int64()>>uint(r.IntN(62)))}
		for _, places := range []int{0, 2, Places, ChangePlaces} {
			if want, err := strconv.ParseFloat(a.Decimal(places), 64); err != nil || a.Number(places) != want {
				t.Fatalf("%v to %d places is %v, want %v, %v", a.r, places, a.Number(places), want, err)
			}
		}
	}
	for _, bad := range []string{"", "x", "1/3", "0x10", "1_0"} {
		if a, ok := ParseAmount(bad); ok {
			t.Errorf("%q is taken for %s", bad, a)
		}
	}
}
