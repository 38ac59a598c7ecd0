package apply

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/backstay/backstay/engine/storage"
)

func partsOf(pieces ...string) []storage.Part {
	var parts []storage.Part
	for _, p := range pieces {
		sum := md5.Sum([]byte(p))
		parts = append(parts, storage.Part{Size: int64(len(p)), MD5: hex.EncodeToString(sum[:])})
	}
	return parts
}

// Bytes are the object's if every part has its checksum, none is missing and
// nothing is left over, however they arrive.
func TestPartChecker(t *testing.T) {
	for name, c := range map[string]struct {
		parts   []storage.Part
		content string
		ok      bool
	}{
		"one part":           {partsOf("abc"), "abc", true},
		"three parts":        {partsOf("ab", "c", "defg"), "abcdefg", true},
		"empty":              {partsOf(""), "", true},
		"an empty last part": {partsOf("abc", ""), "abc", true},
		"another byte":       {partsOf("ab", "cd"), "abcx", false},
		"cut otherwise":      {partsOf("abcd"), "abcdabcd", false},
		"too short":          {partsOf("ab", "cd"), "abc", false},
		"a part missing":     {partsOf("ab", "cd"), "ab", false},
		"too long":           {partsOf("ab"), "abc", false},
		"parts exchanged":    {partsOf("cd", "ab"), "abcd", false},
	} {
		for way, r := range map[string]io.Reader{
			"at once": strings.NewReader(c.content), "by bytes": iotest.OneByteReader(strings.NewReader(c.content)),
		} {
			k := &partChecker{parts: c.parts, sum: md5.New()}
			_, err := io.Copy(struct{ io.Writer }{k}, r)
			if err == nil {
				err = k.end()
			}
			if (err == nil) != c.ok || err != nil && !errors.Is(err, errMismatch) {
				t.Errorf("%s, %s: %v", name, way, err)
			}
		}
	}
}
