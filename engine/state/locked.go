package state

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/backstay/backstay/schema/diag"
)

// LockedError says that somebody else has the lease.
type LockedError struct {
	Holder   Holder
	Since    time.Time // when it was acquired
	Beaten   time.Time // its last sign of life
	SameHost bool
}

// Error names the holder.
func (e *LockedError) Error() string {
	return fmt.Sprintf("state is locked by run %s of %s on %s (process %d) since %s",
		e.Holder.Run, e.Holder.User, e.Holder.Host, e.Holder.PID, e.Since.UTC().Format(time.RFC3339))
}

// Unwrap lets diag.FromError find the diagnostic.
func (e *LockedError) Unwrap() error {
	wait := "Wait for it to end."
	if !e.SameHost {
		wait = fmt.Sprintf("If that machine died, the lease ends %s after its last sign of life at %s.",
			LeaseTerm, e.Beaten.UTC().Format(time.RFC3339))
	}
	return diag.Fail(diag.Diagnostic{
		Severity: diag.Error,
		Code:     "state_locked",
		Summary:  "State is locked by another run",
		Detail: fmt.Sprintf("Run %q of %s on %s (process %d) has been writing since %s. Two runs that write at once would not know of each other's copies. %s If it hangs, \"backstay state unlock\" shuts it out for good.",
			e.Holder.Run, e.Holder.User, e.Holder.Host, e.Holder.PID, e.Since.UTC().Format(time.RFC3339), wait),
	})
}

func (r leaseRow) lockedError(sameHost bool) *LockedError {
	return &LockedError{Holder: r.Holder, Since: instant(r.acquired), Beaten: instant(r.beaten), SameHost: sameHost}
}

// lockedBySomebody is the error when the kernel lock is taken. Its holder may
// not have written its name yet; then the row tells of the one before.
func (s *State) lockedBySomebody(ctx context.Context) error {
	row, err := readLease(ctx, s.reader)
	if err != nil {
		return explain(fmt.Errorf("read the lease: %w", err), s.path)
	}
	return row.lockedError(true)
}

// lockedAt is the error when the kernel lock of a state that is not open here is
// taken. The row may not be readable: the lock alone tells enough to refuse.
func lockedAt(ctx context.Context, path string) error {
	db := openSQL(path, true)
	row, err := readLease(ctx, db)
	if err := errors.Join(err, db.Close()); err != nil {
		return diag.Fail(diag.Diagnostic{
			Severity: diag.Error,
			Code:     "state_locked",
			Summary:  "State is locked by another run",
			Detail: fmt.Sprintf("Another process on this machine holds %s, and the state does not tell which (%v). Two runs that write at once would not know of each other's copies. Wait for it to end.",
				lockPath(path), err),
		})
	}
	return row.lockedError(true)
}

// Locked tells who has the lease now, in the words of the error that Acquire
// would return; nil if nobody does. A holder that died is still named.
func (s *State) Locked(ctx context.Context) (*LockedError, error) {
	row, err := readLease(ctx, s.reader)
	if err != nil {
		return nil, explain(fmt.Errorf("read the lease: %w", err), s.path)
	}
	if !row.held {
		return nil, nil
	}
	return row.lockedError(thisMachine().is(row)), nil
}

// machine tells one running system from another.
type machine struct{ host, id, boot string }

func thisMachine() machine {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return machine{host: host, id: firstLine("/etc/machine-id"), boot: firstLine("/proc/sys/kernel/random/boot_id")}
}

// firstLine is empty where the system has no such file.
func firstLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// is tells whether a lease was taken on this machine: under the same kernel
// (containers of one host share it, and its locks), or before a reboot.
func (m machine) is(r leaseRow) bool {
	switch {
	case m.boot != "" && m.boot == r.boot:
		return true
	case m.id != "" || r.machine != "":
		return m.id == r.machine && m.host == r.Host
	}
	return m.host == r.Host
}
