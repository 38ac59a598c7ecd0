package record

import (
	"errors"
	"fmt"
	"time"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// millis is an instant as RFC 3339, kept as milliseconds since the epoch.
type millis int64

func (m *millis) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return fmt.Errorf("%q is not an instant", b)
	}
	*m = millis(t.UnixMilli())
	return nil
}

// term is an instant, "open" or "forever". It is not schema.Until's own
// reading, which turns instants of the last day into forever: a line must give
// back what was recorded.
type term schema.Until

func (u *term) UnmarshalText(b []byte) error {
	switch string(b) {
	case "open":
		*u = term(schema.UntilOpen)
		return nil
	case "forever":
		*u = term(schema.UntilForever)
		return nil
	}
	return (*millis)(u).UnmarshalText(b)
}

type wireEvent struct {
	Op        Op             `json:"op"`
	At        millis         `json:"at"`
	Run       string         `json:"run"`
	Copy      *wireCopy      `json:"copy"`
	Hold      *wireHold      `json:"hold"`
	Tombstone *wireTombstone `json:"tombstone"`
	Evidence  *wireEvidence  `json:"evidence"`
}

type wireCopy struct {
	Destination  string      `json:"destination"`
	Source       string      `json:"source"`
	Path         string      `json:"path"`
	PathB64      string      `json:"path_b64"`
	Seq          int         `json:"seq"`
	Kind         string      `json:"kind"`
	Status       Status      `json:"status"`
	Key          string      `json:"key"`
	KeyB64       string      `json:"key_b64"`
	ID           string      `json:"id"`
	Size         int64       `json:"size"`
	Digest       string      `json:"digest"`
	MTime        int64       `json:"mtime_ns"`
	CTime        int64       `json:"ctime_ns"`
	Inode        uint64      `json:"inode"`
	SourceID     string      `json:"source_id"`
	Mode         uint32      `json:"mode"`
	UID          uint32      `json:"uid"`
	GID          uint32      `json:"gid"`
	Nlink        uint32      `json:"nlink"`
	HardLink     string      `json:"hard_link"`
	HardLinkB64  string      `json:"hard_link_b64"`
	Target       string      `json:"target"`
	TargetB64    string      `json:"target_b64"`
	Xattrs       []wireXattr `json:"xattrs"`
	Class        string      `json:"class"`
	Claims       []string    `json:"claims"`
	CopiedAt     millis      `json:"copied_at"`
	VerifiedAt   millis      `json:"verified_at"`
	VerifyMethod string      `json:"verify_method"`
	SupersededAt millis      `json:"superseded_at"`
	GoneAt       millis      `json:"gone_at"`
	RetainUntil  term        `json:"retain_until"`
	TermReason   string      `json:"term_reason"`
	RetiredAt    millis      `json:"retired_at"`
	RetiredFrom  Status      `json:"retired_from"`
	LockMode     string      `json:"lock_mode"`
	LockedUntil  term        `json:"locked_until"`
	Holds        []string    `json:"holds"`
	Tier         string      `json:"tier"`
	TieredAt     millis      `json:"tiered_at"`
	Run          string      `json:"run"`
}

type wireXattr struct {
	Name    string `json:"name"`
	NameB64 string `json:"name_b64"`
	Value   []byte `json:"value_b64"`
}

func (w *wireCopy) copy() (*Copy, error) {
	c := &Copy{
		Destination: w.Destination, Source: w.Source, Seq: w.Seq, Kind: w.Kind, Status: w.Status, ID: w.ID,
		Size: w.Size, Digest: w.Digest, MTime: w.MTime, CTime: w.CTime, Inode: w.Inode, SourceID: w.SourceID,
		Mode: w.Mode, UID: w.UID, GID: w.GID, Nlink: w.Nlink, Class: w.Class, Claims: w.Claims,
		CopiedAt: int64(w.CopiedAt), VerifiedAt: int64(w.VerifiedAt), VerifyMethod: w.VerifyMethod,
		SupersededAt: int64(w.SupersededAt), GoneAt: int64(w.GoneAt), RetainUntil: schema.Until(w.RetainUntil),
		TermReason: w.TermReason, RetiredAt: int64(w.RetiredAt), RetiredFrom: w.RetiredFrom,
		LockMode: w.LockMode, LockedUntil: schema.Until(w.LockedUntil), Holds: w.Holds, Tier: w.Tier, TieredAt: int64(w.TieredAt), Run: w.Run,
	}
	if err := errors.Join(
		fromRaw(&c.Path, w.Path, w.PathB64),
		fromRaw(&c.Key, w.Key, w.KeyB64),
		fromRaw(&c.HardLink, w.HardLink, w.HardLinkB64),
		fromRaw(&c.Target, w.Target, w.TargetB64),
	); err != nil {
		return nil, err
	}
	for _, x := range w.Xattrs {
		var name string
		if err := fromRaw(&name, x.Name, x.NameB64); err != nil {
			return nil, err
		}
		if c.Xattrs == nil {
			c.Xattrs = make(map[string]string, len(w.Xattrs))
		}
		c.Xattrs[name] = string(x.Value)
	}
	return c, nil
}

func fromRaw(into *string, text, b64 string) error {
	s, err := addr.PathFromJSON(text, b64)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	*into = s
	return nil
}

type wireHold struct {
	Name       string   `json:"name"`
	Reason     string   `json:"reason"`
	Owner      string   `json:"owner"`
	Selector   string   `json:"selector"`
	Targets    []string `json:"targets"`
	SetAt      millis   `json:"set_at"`
	ReleasedAt millis   `json:"released_at"`
	ReleasedBy string   `json:"released_by"`
}

func (w *wireHold) hold() *Hold {
	if w == nil {
		return nil
	}
	return &Hold{
		Name: w.Name, Reason: w.Reason, Owner: w.Owner, Selector: w.Selector, Targets: w.Targets,
		SetAt: int64(w.SetAt), ReleasedAt: int64(w.ReleasedAt), ReleasedBy: w.ReleasedBy,
	}
}

type wireTombstone struct {
	Destination string `json:"destination"`
	Source      string `json:"source"`
	NameHash    string `json:"name_hash"`
	Seq         int    `json:"seq"`
	Size        int64  `json:"size"`
	Digest      string `json:"digest"`
	ExpiredAt   millis `json:"expired_at"`
	Run         string `json:"run"`
}

func (w *wireTombstone) tombstone() *Tombstone {
	if w == nil {
		return nil
	}
	return &Tombstone{
		Destination: w.Destination, Source: w.Source, NameHash: w.NameHash, Seq: w.Seq,
		Size: w.Size, Digest: w.Digest, ExpiredAt: int64(w.ExpiredAt), Run: w.Run,
	}
}

type wireEvidence struct {
	Kind        string `json:"kind"`
	At          millis `json:"at"`
	Run         string `json:"run"`
	Destination string `json:"destination"`
	Backup      string `json:"backup"`
	Method      string `json:"method"`
	Objects     int64  `json:"objects"`
	Bytes       int64  `json:"bytes"`
	Failed      int64  `json:"failed"`
	Outcome     string `json:"outcome"`
	Detail      string `json:"detail"`
}

func (w *wireEvidence) evidence() *Evidence {
	if w == nil {
		return nil
	}
	return &Evidence{
		Kind: w.Kind, At: int64(w.At), Run: w.Run, Destination: w.Destination, Backup: w.Backup,
		Method: w.Method, Objects: w.Objects, Bytes: w.Bytes, Failed: w.Failed, Outcome: w.Outcome, Detail: w.Detail,
	}
}
