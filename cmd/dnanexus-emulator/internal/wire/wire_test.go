package wire

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestInput(t *testing.T) {
	for _, c := range []struct {
		name, body string
		read       func(*Input)
		refusal    string
	}{
		{"text", `{"k":1}`, func(in *Input) { in.Text("k", "") }, `Expected key "k" of input to be a string`},
		{"needed text", `{}`, func(in *Input) { in.NeedText("k") }, `Expected key "k" of input to be a nonempty string`},
		{"choice", `{"k":"x"}`, func(in *Input) { in.Choice("k", "a", "a", "b") }, `Expected key "k" of input to be one of ["a" "b"]`},
		{"bool", `{"k":"true"}`, func(in *Input) { in.Bool("k", false) }, `Expected key "k" of input to be a boolean`},
		{"int", `{"k":1.5}`, func(in *Input) { in.Int("k", 0, 0, 9) }, `Expected key "k" of input to be an integer`},
		{"range", `{"k":10}`, func(in *Input) { in.Int("k", 0, 0, 9) }, `Expected key "k" of input to be in the range [0, 9]`},
		{"texts", `{"k":["a",1]}`, func(in *Input) { in.Texts("k") }, `Expected key "k" of input to be an array of strings`},
		{"list", `{"k":{}}`, func(in *Input) { in.List("k") }, `Expected key "k" of input to be an array`},
		{"hash", `{"k":[]}`, func(in *Input) { in.Hash("k") }, `Expected key "k" of input to be a hash`},
		{"properties", `{"k":{"a":1}}`, func(in *Input) { in.Properties("k", true) }, `Expected key "k" of input to be a hash of strings`},
		{"null property", `{"k":{"a":null}}`, func(in *Input) { in.Properties("k", false) }, `Expected key "k" of input to be a hash of strings`},
		{"first of two", `{"k":1,"l":1}`, func(in *Input) { in.Text("k", ""); in.Text("l", "") }, `"k"`},
		{"good", `{"k":"v","n":1e3,"b":true,"t":["x"],"p":{"a":null,"b":"c"},"x":null}`, func(in *Input) {
			set, cleared := in.Properties("p", true)
			if in.Text("k", "") != "v" || in.Int("n", 0, 0, 1000) != 1000 || !in.Bool("b", false) || in.Texts("t")[0] != "x" ||
				set["b"] != "c" || cleared[0] != "a" || in.Has("x") || !in.Names("x") || in.Text("x", "d") != "d" {
				in.Fail(errors.New("wrong value"))
			}
		}, ""},
	} {
		in, err := Parse([]byte(c.body))
		if err != nil {
			t.Fatal(err)
		}
		c.read(in)
		if err := in.Err(); c.refusal == "" && err != nil || c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal)) {
			t.Errorf("%s: %v, want %s", c.name, err, c.refusal)
		}
	}
}

func TestParse(t *testing.T) {
	for body, kind := range map[string]string{"": "MalformedJSON", "{": "MalformedJSON", "{} x": "MalformedJSON", "[]": "InvalidInput", "1": "InvalidInput"} {
		if _, err := Parse([]byte(body)); err == nil || AsError(err).Type != kind {
			t.Errorf("%q: %v, want %s", body, err, kind)
		}
	}
}

func TestSendError(t *testing.T) {
	w := httptest.NewRecorder()
	SendError(w, Unavailable(20, "busy"))
	if w.Code != 503 || w.Header().Get("Retry-After") != "20" || w.Body.String() != `{"error":{"message":"busy","type":"ServiceUnavailable"}}` {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = httptest.NewRecorder()
	SendError(w, errors.New("disk full"))
	if w.Code != 500 || !strings.Contains(w.Body.String(), "InternalError") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	details := (&Error{Type: "T", Details: map[string]any{"a": 1}}).Envelope()["error"].(map[string]any)
	if details["details"] == nil {
		t.Error("the details are lost")
	}
}

// FuzzDecode: what is read is written back so that it reads the same.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,"x<>&",null,true]}`, `"\u2028"`, `12345678901234567890`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		value, err := Decode(body)
		if err != nil {
			return
		}
		one, err := Encode(value)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(one)
		if err != nil {
			t.Fatalf("%q was written as %q: %v", body, one, err)
		}
		if two, err := Encode(again); err != nil || string(two) != string(one) {
			t.Errorf("%q, then %q, %v", one, two, err)
		}
	})
}
