package catalogue

import (
	"strings"

	"github.com/backstay/backstay/engine/record"
)

func sumsKey(segment string) string {
	return strings.TrimSuffix(segment, ".jsonl.gz") + ".SHA256SUMS"
}

// Sums is the list of checksums of the copies that events made or adopted, and
// of their segment, for "sha256sum -c" run in the destination's root. Copies
// with another digest than SHA-256 are left out.
func Sums(events []record.Event, segment File) []byte {
	var b []byte
	for i := range events {
		e := &events[i]
		if e.Copy == nil || e.Copy.Key == "" || e.Op != record.OpCopy && e.Op != record.OpAdopt {
			continue
		}
		if sum, ok := strings.CutPrefix(e.Copy.Digest, "sha256:"); ok {
			if b == nil { // lines of a batch are about as long as its first
				b = make([]byte, 0, (len(events)+2)*(len(sum)+len(e.Copy.Key)+16))
			}
			b = appendSum(b, sum, e.Copy.Key)
		}
	}
	return appendSum(b, strings.TrimPrefix(segment.Digest, "sha256:"), segment.Key)
}

var sumEscapes = strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\r", "\\r")

// appendSum writes a line as coreutils does: a name with a backslash or a line
// break is escaped, which a backslash at the line's beginning announces.
func appendSum(b []byte, sum, key string) []byte {
	if strings.ContainsAny(key, "\\\n\r") {
		b = append(b, '\\')
		key = sumEscapes.Replace(key)
	}
	b = append(append(b, sum...), "  "...)
	return append(append(b, key...), '\n')
}
