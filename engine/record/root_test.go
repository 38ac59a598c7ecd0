package record

import (
	"errors"
	"reflect"
	"testing"
)

func TestRootReadsBack(t *testing.T) {
	want := Root{Source: "docs", Mode: 0o040751, UID: 7, GID: 8, MTimeNS: -5, Xattrs: map[string][]byte{"user.a": {0, 255}}}
	detail, err := want.Detail()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseRoot(detail); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, %v", detail, got, err)
	}
	for _, bad := range []string{"", "docs", "{}", `{"source":1}`} {
		if _, err := ParseRoot(bad); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
