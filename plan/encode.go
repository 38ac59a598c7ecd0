package plan

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// The JSON of a change is written by hand: a plan of a first backup has one
// for every object, and reflection would cost more than the comparison that
// made them. planfile/FORMAT.md says what the members mean.

// AppendJSON appends the change as one JSON object without line breaks. Equal
// changes give equal bytes. A path or key that is not UTF-8 travels in a second
// member, path_b64 or key_b64, which then decides.
func (c *Change) AppendJSON(b []byte) []byte {
	b = appendMember(b, '{', "address", c.Address)
	b = appendMember(b, ',', "backup", c.Backup)
	b = appendMember(b, ',', "copy", c.Copy)
	b = appendMember(b, ',', "destination", c.Destination)
	b = appendMember(b, ',', "action", string(c.Action))
	b = appendMember(b, ',', "reason", string(c.Reason))
	b = appendText(b, "detail", c.Detail)
	b = c.Object.appendJSON(append(b, `,"object":`...))
	if c.From != "" {
		b = appendPath(b, "from", c.From)
	}
	b = c.Before.appendJSON(append(b, `,"before":`...))
	b = c.After.appendJSON(append(b, `,"after":`...))
	if c.Superseded != nil {
		b = c.Superseded.appendJSON(append(b, `,"superseded":`...))
	}
	b = appendInt(b, "remaining", int64(c.Remaining))
	b = appendInt(b, "copies_before", int64(c.CopiesBefore))
	b = appendInt(b, "copies_after", int64(c.CopiesAfter))
	if c.Cost != nil {
		b = c.Cost.appendJSON(append(b, `,"cost":`...))
	}
	return append(b, '}')
}

// MarshalJSON gives what AppendJSON appends.
func (c *Change) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

func (o *Object) appendJSON(b []byte) []byte {
	b = appendMember(b, '{', "source", o.Source)
	b = appendPath(b, "path", o.Path)
	b = appendMember(b, ',', "kind", string(o.Kind))
	b = appendInt(b, "size", o.Size)
	b = appendInstant(append(b, `,"mtime":`...), o.MTime)
	if o.CTime != 0 {
		b = appendInstant(append(b, `,"ctime":`...), o.CTime)
	}
	b = appendBig(b, "inode", o.Inode)
	b = appendBig(b, "dev", o.Dev)
	b = appendSome(b, "mode", o.Mode)
	b = appendSome(b, "uid", o.UID)
	b = appendSome(b, "gid", o.GID)
	b = appendSome(b, "nlink", o.Nlink)
	b = appendText(b, "id", o.ID)
	b = appendMember(b, ',', "class", o.Class)
	if o.Live {
		return append(b, `,"live":true}`...)
	}
	return append(b, `,"live":false}`...)
}

func (f *CopyFacts) appendJSON(b []byte) []byte {
	if f == nil {
		return append(b, "null"...)
	}
	b = append(b, `{"seq":`...)
	b = strconv.AppendInt(b, int64(f.Seq), 10)
	b = appendMember(b, ',', "status", f.Status)
	if f.Key != "" {
		b = appendPath(b, "key", f.Key)
	}
	b = appendInt(b, "size", f.Size)
	b = appendText(b, "digest", f.Digest)
	b = appendTime(b, "copied_at", f.CopiedAt)
	b = appendTime(b, "verified_at", f.VerifiedAt)
	b = appendTime(b, "superseded_at", f.SupersededAt)
	b = appendTime(b, "gone_at", f.GoneAt)
	b = appendTime(b, "retired_at", f.RetiredAt)
	b = appendUntil(b, "retain_until", f.RetainUntil)
	b = appendText(b, "term_reason", f.TermReason)
	b = appendList(b, "claims", f.Claims)
	b = appendList(b, "held", f.Held)
	b = appendUntil(b, "locked_until", f.LockedUntil)
	b = appendText(b, "tier", f.Tier)
	b = appendTime(b, "tiered_at", f.TieredAt)
	return append(b, '}')
}

func appendName(b []byte, sep byte, name string) []byte {
	b = append(b, sep, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

func appendMember(b []byte, sep byte, name, value string) []byte {
	return appendString(appendName(b, sep, name), value)
}

func appendText(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendMember(b, ',', name, value)
}

func appendInt(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(appendName(b, ',', name), n, 10)
}

func appendSome(b []byte, name string, n uint32) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendUint(appendName(b, ',', name), uint64(n), 10)
}

// appendBig writes numbers that may pass 2^53 as strings: most readers of JSON
// would round them.
func appendBig(b []byte, name string, n uint64) []byte {
	if n == 0 {
		return b
	}
	b = append(appendName(b, ',', name), '"')
	return append(strconv.AppendUint(b, n, 10), '"')
}

func appendPath(b []byte, name, path string) []byte {
	text, b64 := addr.PathJSON(path)
	b = appendMember(b, ',', name, text)
	return appendText(b, name+"_b64", b64)
}

func appendList(b []byte, name string, list []string) []byte {
	b = append(appendName(b, ',', name), '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendInstant writes nanoseconds since the epoch, to the nanosecond.
func appendInstant(b []byte, ns int64) []byte {
	b = time.Unix(0, ns).UTC().AppendFormat(append(b, '"'), time.RFC3339Nano)
	return append(b, '"')
}

// appendTime writes a moment to the millisecond, always with three digits, so
// that moments sort as their text does; an absent one is left out.
func appendTime(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	return append(appendMillis(append(appendName(b, ',', name), '"'), t.UnixMilli()), '"')
}

func appendUntil(b []byte, name string, u schema.Until) []byte {
	switch u {
	case schema.UntilNone:
		return b
	case schema.UntilOpen, schema.UntilForever:
		return appendMember(b, ',', name, u.String())
	}
	return append(appendMillis(append(appendName(b, ',', name), '"'), int64(u)), '"')
}

func appendMillis(b []byte, ms int64) []byte {
	b = time.UnixMilli(ms).UTC().Truncate(time.Second).AppendFormat(b, time.RFC3339)
	rest := ms % 1000
	if rest < 0 {
		rest += 1000
	}
	b = append(b[:len(b)-1], '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	return append(b, 'Z')
}

// appendString writes a JSON string. Bytes that are not UTF-8 become U+FFFD;
// what may hold such bytes goes through appendPath.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[done:i]...), "\uFFFD"...)
				done = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[done:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		done = i
	}
	return append(append(b, s[done:]...), '"')
}
