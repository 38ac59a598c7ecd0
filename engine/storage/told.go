package storage

import "context"

// Told is what a system says of the container that holds the data. What it does
// not say is nil or empty: nobody takes that for a no.
type Told struct {
	Encrypted  *bool    // at rest
	Cipher     string   // "aes256", "kms"
	Deleters   []string // who can delete by hand, sorted, the caller left out; empty and not nil: nobody
	PHI        *bool    // marked as holding health information
	Restricted *bool    // contents cannot be taken elsewhere
	Protected  *bool    // only who administers it deletes
}

// Telling is implemented by sources and destinations whose system can be asked
// what it holds to. Asking changes nothing.
type Telling interface {
	Tell(ctx context.Context) (Told, error)
}
