package wire

import (
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

const (
	// tries of a call that fails; being throttled does not count.
	tries = 7
	// dials is how often a server is called that takes no connection: whoever
	// called waits longer, and a wrong address is told soon.
	dials = 3
	// patience is how long one call waits in all for a platform that throttles.
	patience = 15 * time.Minute
	// longWait and shorter ones are stretched at each further try.
	longWait = time.Minute
)

// unsafe are the calls that would do more than was asked for if they were
// repeated after a lost answer; creating calls that take a nonce are not among
// them.
var unsafe = map[string]bool{
	"project/new": true, "project/clone": true, "project/move": true, "project/removeFolder": true, "project/renameFolder": true,
	"project/invite": true, "project/transfer": true, "user/update": true, "app/new": false,
}

// repeatable tells whether a call whose answer was lost may be made again.
func repeatable(subject, method string) bool {
	class, _, _ := strings.Cut(subject, "-")
	return !unsafe[class+"/"+method]
}

// nonce is new at each call of Create and the same at each of its tries.
func nonce() string {
	var b [32]byte
	_, _ = crand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// again calls do until it succeeds, fails for good, or patience ends.
func (c *Client) again(ctx context.Context, safe bool, do func() error) error {
	failed := 0
	waited := time.Duration(0)
	for turn := 1; ; turn++ {
		err := do()
		if err == nil || context.Cause(ctx) != nil {
			return err
		}
		var refused *Error
		var lost *lostError
		wait := pause(turn)
		switch {
		case errors.As(err, &refused) && refused.throttled():
			wait = stretched(refused.After, turn, wait)
		case errors.As(err, &refused) && (refused.again || refused.Status >= http.StatusInternalServerError):
			failed++
		case errors.As(err, &lost) && lost.refused:
			failed++
			if failed >= dials {
				return fmt.Errorf("after %d tries: %w", failed, err)
			}
		case errors.As(err, &lost) && safe:
			failed++
		case lost != nil:
			return fmt.Errorf("%w: %w", ErrOutcome, err)
		default:
			return err
		}
		if waited += wait; failed >= tries || waited > patience {
			return fmt.Errorf("after %d tries: %w", turn, err)
		}
		if err := c.clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// pause is the wait before the next try: one second, then about doubled each
// time, spread so that many clients do not come back at once.
func pause(turn int) time.Duration {
	if turn <= 1 {
		return time.Second
	}
	most := time.Second << min(turn-1, 7)
	return most/2 + rand.N(most/2)
}

// stretched follows the server's wish, a little longer at each further try.
func stretched(wish time.Duration, turn int, otherwise time.Duration) time.Duration {
	if wish <= 0 {
		return otherwise
	}
	if wish >= longWait {
		return wish
	}
	return min(wish+wish*time.Duration(min(turn-1, 20))/4, longWait)
}
