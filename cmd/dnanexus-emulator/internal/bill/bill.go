// Package bill is arithmetic on volumes, days and prices: how many GB-months a
// payer used, what bringing data back costs, and what that sums up to. In go
// bytes, instants and a price book, out come thousandths of a dollar. It never
// reads a clock and knows no file.
package bill

import "math"

// GB is the platform's gigabyte in bytes.
const GB = 1 << 30

const dayMillis = 24 * 60 * 60 * 1000

// Tier is the kind of storage that a volume is charged for.
type Tier string

// Live and AwaitingArchive lie in standard storage, Archived in cold storage.
const (
	Live            Tier = "live"
	AwaitingArchive Tier = "archival"
	Archived        Tier = "archived"
)

// Prices are what one contract says for a cloud region, in dollars.
type Prices struct {
	StandardGBMonth float64            `json:"standardGBMonth"`
	ArchivalGBMonth float64            `json:"archivalGBMonth"`
	RetrievalGB     map[string]float64 `json:"retrievalGB"` // by rate
	EgressGB        float64            `json:"egressGB"`
	DaysPerMonth    float64            `json:"daysPerMonth"`
}

// Example is a price book to rehearse with; it is nobody's contract.
func Example() Prices {
	return Prices{
		StandardGBMonth: 0.03, ArchivalGBMonth: 0.006, EgressGB: 0.09, DaysPerMonth: 30,
		RetrievalGB: map[string]float64{"Standard": 0.02, "Bulk": 0.005, "Expedited": 0.05},
	}
}

// Meter integrates a volume over time.
type Meter struct {
	Bytes      int64   `json:"bytes"`
	Since      int64   `json:"since"` // milliseconds
	ByteMillis float64 `json:"byteMillis"`
}

// Add changes the volume at an instant; what lay there before is booked first.
func (m *Meter) Add(at, delta int64) {
	m.ByteMillis = m.total(at)
	m.Since = max(m.Since, at)
	m.Bytes += delta
}

func (m *Meter) total(at int64) float64 {
	return m.ByteMillis + float64(m.Bytes)*float64(max(0, at-m.Since))
}

// GBMonths is the volume times the time until an instant.
func (m *Meter) GBMonths(at int64, daysPerMonth float64) float64 {
	return m.total(at) / GB / dayMillis / daysPerMonth
}

// Retrieval is the one-time fee for bringing a volume back, in thousandths of a
// dollar.
func Retrieval(p Prices, rate string, bytes int64) float64 {
	return 1000 * p.RetrievalGB[rate] * float64(bytes) / GB
}

// EarlyRetrieval is the archival charge for the days that are left of the
// minimum, in thousandths of a dollar.
func EarlyRetrieval(p Prices, minimumDays int, bytes, archivedMillis int64) float64 {
	left := math.Max(0, float64(minimumDays)-float64(archivedMillis)/dayMillis)
	return 1000 * p.ArchivalGBMonth * float64(bytes) / GB * left / p.DaysPerMonth
}

// Storage is the charge for GB-months of a tier, in thousandths of a dollar.
func Storage(p Prices, tier Tier, months float64) float64 {
	if tier == Archived {
		return 1000 * p.ArchivalGBMonth * months
	}
	return 1000 * p.StandardGBMonth * months
}

// Egress is the charge for bytes that left the cloud, in thousandths of a
// dollar.
func Egress(p Prices, bytes int64) float64 { return 1000 * p.EgressGB * float64(bytes) / GB }
