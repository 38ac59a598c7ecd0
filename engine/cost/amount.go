package cost

import (
	"math/big"
	"strings"
)

// Amount is a sum of money, or a price, as an exact fraction of its currency's
// unit. The zero value is nothing. It never changes once it is made.
type Amount struct{ r *big.Rat }

// ParseAmount reads a decimal number such as "0.023".
func ParseAmount(s string) (a Amount, ok bool) {
	if strings.Trim(s, "-.0123456789e") != "" {
		return a, false // what else a fraction may be written as
	}
	r, ok := new(big.Rat).SetString(s)
	return Amount{r}, ok
}

func (a Amount) rat() *big.Rat {
	if a.r == nil {
		return new(big.Rat)
	}
	return a.r
}

// Plus is the sum of two amounts.
func (a Amount) Plus(b Amount) Amount {
	switch {
	case b.Sign() == 0:
		return a
	case a.Sign() == 0:
		return b
	}
	return Amount{new(big.Rat).Add(a.r, b.r)}
}

// Minus is their difference.
func (a Amount) Minus(b Amount) Amount { return Amount{new(big.Rat).Sub(a.rat(), b.rat())} }

// Cmp compares two amounts: -1, 0 or 1.
func (a Amount) Cmp(b Amount) int { return a.rat().Cmp(b.rat()) }

// Sign is -1, 0 or 1.
func (a Amount) Sign() int {
	if a.r == nil {
		return 0
	}
	return a.r.Sign()
}

// times is the price of n units where it is said for each per of them.
func (a Amount) times(n *big.Int, per int64) Amount {
	r := new(big.Rat).SetFrac(n, big.NewInt(per))
	return Amount{r.Mul(r, a.rat())}
}

// Decimal is the amount with so many places behind the point; what lies half
// way goes away from zero.
func (a Amount) Decimal(places int) string {
	s := a.rat().FloatString(places)
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-") // what rounds to nothing has no sign
	}
	return s
}

// Number is the amount rounded to so many places, 12 at most, for JSON and for
// policies: the floating point number that prints as that decimal again.
func (a Amount) Number(places int) float64 {
	if a.Sign() == 0 {
		return 0
	}
	scale := scales[places]
	n := new(big.Int).Mul(a.r.Num(), scale)
	n.Add(n.Lsh(n, 1), withSign(a.r.Denom(), n.Sign())) // 2n + d, to be divided by 2d: half goes away from zero
	n.Quo(n, new(big.Int).Lsh(a.r.Denom(), 1))
	if n.BitLen() <= 53 { // both are exact then, and their quotient is the nearest number
		return float64(n.Int64()) / float64(scale.Int64())
	}
	f, _ := new(big.Rat).SetFrac(n, scale).Float64()
	return f
}

// scales are the powers of ten.
var scales = func() (all [ChangePlaces + 1]*big.Int) {
	for i := range all {
		all[i] = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(i)), nil)
	}
	return all
}()

func withSign(n *big.Int, sign int) *big.Int {
	if sign < 0 {
		return new(big.Int).Neg(n)
	}
	return n
}

// String is the amount to six places, without the zeros behind them.
func (a Amount) String() string {
	s := a.Decimal(Places)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// MarshalJSON writes the amount as a number to six places.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

// Places are the places behind the point of a sum that is shown to programs;
// ChangePlaces those of one change, which may be a few bytes.
const (
	Places       = 6
	ChangePlaces = 12
)
