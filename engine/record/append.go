package record

import (
	"encoding/base64"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// The JSON line of an event. Members that are absent or zero are left out.
// Raw bytes (path, key, target, hard_link, names of extended attributes) that
// are not UTF-8 have a second member NAME_b64 which then decides. Instants are
// RFC 3339 with milliseconds in UTC, file times integers in nanoseconds.
// Written by hand because apply and checkpoints write millions of them.

// AppendEvent appends the JSON object of an event, without a newline. At is
// cut to whole milliseconds. Text that is not raw bytes (names, reasons) and
// not UTF-8 is written with U+FFFD in place of bad bytes.
func AppendEvent(dst []byte, e *Event) []byte {
	w := object{dst: append(dst, '{')}
	w.text("op", string(e.Op))
	if !e.At.IsZero() {
		w.name("at")
		w.dst = appendInstant(w.dst, e.At.UnixMilli())
	}
	w.text("run", e.Run)
	if e.Copy != nil {
		w.name("copy")
		w.dst = AppendCopy(w.dst, e.Copy)
	}
	if e.Hold != nil {
		w.name("hold")
		w.dst = AppendHold(w.dst, e.Hold)
	}
	if e.Tombstone != nil {
		w.name("tombstone")
		w.dst = AppendTombstone(w.dst, e.Tombstone)
	}
	if e.Evidence != nil {
		w.name("evidence")
		w.dst = AppendEvidence(w.dst, e.Evidence)
	}
	return append(w.dst, '}')
}

// AppendCopy appends the JSON object of a copy.
func AppendCopy(dst []byte, c *Copy) []byte {
	w := object{dst: append(dst, '{')}
	w.text("destination", c.Destination)
	w.text("source", c.Source)
	w.raw("path", c.Path)
	w.number("seq", int64(c.Seq))
	w.text("kind", c.Kind)
	w.text("status", string(c.Status))
	w.raw("key", c.Key)
	w.text("id", c.ID)
	w.appendFacts(c)
	w.texts("claims", c.Claims)
	w.instant("copied_at", c.CopiedAt)
	w.instant("verified_at", c.VerifiedAt)
	w.text("verify_method", c.VerifyMethod)
	w.instant("superseded_at", c.SupersededAt)
	w.instant("gone_at", c.GoneAt)
	w.until("retain_until", c.RetainUntil)
	w.text("term_reason", c.TermReason)
	w.instant("retired_at", c.RetiredAt)
	w.text("retired_from", string(c.RetiredFrom))
	w.text("lock_mode", c.LockMode)
	w.until("locked_until", c.LockedUntil)
	w.texts("holds", c.Holds)
	w.text("tier", c.Tier)
	w.instant("tiered_at", c.TieredAt)
	w.text("run", c.Run)
	return append(w.dst, '}')
}

func (w *object) appendFacts(c *Copy) {
	w.number("size", c.Size)
	w.text("digest", c.Digest)
	w.number("mtime_ns", c.MTime)
	w.number("ctime_ns", c.CTime)
	w.unsigned("inode", c.Inode)
	w.text("source_id", c.SourceID)
	w.unsigned("mode", uint64(c.Mode))
	w.unsigned("uid", uint64(c.UID))
	w.unsigned("gid", uint64(c.GID))
	w.unsigned("nlink", uint64(c.Nlink))
	w.raw("hard_link", c.HardLink)
	w.raw("target", c.Target)
	w.xattrs(c.Xattrs)
	w.text("class", c.Class)
}

// AppendExtra appends a JSON object of the facts that few copies have: link
// target, hard-link group and extended attributes. It returns dst unchanged if
// the copy has none of them.
func AppendExtra(dst []byte, c *Copy) []byte {
	if c.HardLink == "" && c.Target == "" && len(c.Xattrs) == 0 {
		return dst
	}
	w := object{dst: append(dst, '{')}
	w.raw("hard_link", c.HardLink)
	w.raw("target", c.Target)
	w.xattrs(c.Xattrs)
	return append(w.dst, '}')
}

// AppendHold appends the JSON object of a hold.
func AppendHold(dst []byte, h *Hold) []byte {
	w := object{dst: append(dst, '{')}
	w.text("name", h.Name)
	w.text("reason", h.Reason)
	w.text("owner", h.Owner)
	w.text("selector", h.Selector)
	w.texts("targets", h.Targets)
	w.instant("set_at", h.SetAt)
	w.instant("released_at", h.ReleasedAt)
	w.text("released_by", h.ReleasedBy)
	return append(w.dst, '}')
}

// AppendTombstone appends the JSON object of a tombstone.
func AppendTombstone(dst []byte, t *Tombstone) []byte {
	w := object{dst: append(dst, '{')}
	w.text("destination", t.Destination)
	w.text("source", t.Source)
	w.text("name_hash", t.NameHash)
	w.number("seq", int64(t.Seq))
	w.number("size", t.Size)
	w.text("digest", t.Digest)
	w.instant("expired_at", t.ExpiredAt)
	w.text("run", t.Run)
	return append(w.dst, '}')
}

// AppendEvidence appends the JSON object of a piece of evidence.
func AppendEvidence(dst []byte, e *Evidence) []byte {
	w := object{dst: append(dst, '{')}
	w.text("kind", e.Kind)
	w.instant("at", e.At)
	w.text("run", e.Run)
	w.text("destination", e.Destination)
	w.text("backup", e.Backup)
	w.text("method", e.Method)
	w.number("objects", e.Objects)
	w.number("bytes", e.Bytes)
	w.number("failed", e.Failed)
	w.text("outcome", e.Outcome)
	w.text("detail", e.Detail)
	return append(w.dst, '}')
}

// object writes the members of one JSON object.
type object struct {
	dst  []byte
	more bool
}

func (w *object) name(n string) {
	if w.more {
		w.dst = append(w.dst, ',')
	}
	w.more = true
	w.dst = append(append(append(w.dst, '"'), n...), '"', ':')
}

func (w *object) text(n, v string) {
	if v != "" {
		w.name(n)
		w.dst = appendString(w.dst, v)
	}
}

func (w *object) raw(n, v string) {
	text, b64 := addr.PathJSON(v)
	w.text(n, text)
	if b64 != "" {
		w.text(n+"_b64", b64)
	}
}

func (w *object) number(n string, v int64) {
	if v != 0 {
		w.name(n)
		w.dst = strconv.AppendInt(w.dst, v, 10)
	}
}

func (w *object) unsigned(n string, v uint64) {
	if v != 0 {
		w.name(n)
		w.dst = strconv.AppendUint(w.dst, v, 10)
	}
}

func (w *object) instant(n string, ms int64) {
	if ms != 0 {
		w.name(n)
		w.dst = appendInstant(w.dst, ms)
	}
}

func (w *object) until(n string, u schema.Until) {
	switch u {
	case schema.UntilNone:
	case schema.UntilOpen, schema.UntilForever:
		w.text(n, u.String())
	default:
		w.instant(n, int64(u))
	}
}

func (w *object) texts(n string, list []string) {
	if len(list) == 0 {
		return
	}
	w.name(n)
	w.dst = AppendStrings(w.dst, list)
}

func (w *object) xattrs(m map[string]string) {
	if len(m) == 0 {
		return
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	w.name("xattrs")
	w.dst = append(w.dst, '[')
	for i, name := range names {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		x := object{dst: append(w.dst, '{')}
		x.raw("name", name)
		x.text("value_b64", base64.StdEncoding.EncodeToString([]byte(m[name])))
		w.dst = append(x.dst, '}')
	}
	w.dst = append(w.dst, ']')
}

// AppendStrings appends a JSON array of strings.
func AppendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

// The years that RFC 3339 can spell; a time outside them is nobody's, and
// stands as the nearest that can be written.
var (
	firstInstant = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastInstant  = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()
)

// appendInstant writes 2006-01-02T15:04:05.000Z. Date does the calendar; the
// digits by hand take a third of AppendFormat's time, and there are several in
// each of millions of lines.
func appendInstant(dst []byte, ms int64) []byte {
	ms = min(max(ms, firstInstant), lastInstant)
	t := time.UnixMilli(ms).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = append(dst, '"')
	dst = appendDigits(dst, year, 1000)
	dst = appendDigits(append(dst, '-'), int(month), 10)
	dst = appendDigits(append(dst, '-'), day, 10)
	dst = appendDigits(append(dst, 'T'), hour, 10)
	dst = appendDigits(append(dst, ':'), minute, 10)
	dst = appendDigits(append(dst, ':'), second, 10)
	dst = appendDigits(append(dst, '.'), t.Nanosecond()/1e6, 100)
	return append(dst, 'Z', '"')
}

// appendDigits writes v with as many digits as top has.
func appendDigits(dst []byte, v, top int) []byte {
	for ; top > 0; top /= 10 {
		dst = append(dst, byte('0'+v/top%10))
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
		} else if b == '"' || b == '\\' {
			dst = append(append(dst, s[start:i]...), '\\', b)
		} else {
			dst = append(append(dst, s[start:i]...), '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
