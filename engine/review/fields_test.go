package review

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

// unseen are fields that no review compares, each with its reason.
var unseen = map[string]string{
	"Dir":         "where the configuration lies is no part of what it says",
	"Digest":      "made of everything else",
	"Credentials": "secrets reach no report",
	"DSN":         "a secret",
	"Moves":       "renames labels; what they rename is compared",
	"Policies":    "compared as the controls and texts that they bring",
	"Deferred":    "listed, whatever is in it",
}

// full is a configuration in which every field is set.
func full() *schema.Configuration {
	cfg := &schema.Configuration{}
	fill(reflect.ValueOf(cfg).Elem(), 0)
	cfg.Moves, cfg.Policies, cfg.Deferred = nil, nil, nil
	cfg.Sources[0].Addr = addr.Resource{Kind: addr.Source, Type: "filesystem", Name: "x"}
	cfg.Destinations[0].Addr = addr.Resource{Kind: addr.Destination, Type: "filesystem", Name: "x"}
	b := cfg.Backups[0]
	b.Addr = addr.Resource{Kind: addr.Backup, Name: "x"}
	b.Copies[0].Lock.Mode = "governance"
	cfg.Destinations[0].Encryption.Kind = "customer"
	b.Scope.Shared = "include"
	cfg.Releases[0].Hold = "y"
	for kind, a := range map[addr.Kind]*addr.Resource{
		addr.Hold: &cfg.Holds[0].Addr, addr.Release: &cfg.Releases[0].Addr, addr.Shorten: &cfg.Shortens[0].Addr, addr.Retire: &cfg.Retires[0].Addr,
		addr.Attest: &cfg.Attests[0].Addr, addr.Archive: &cfg.Archives[0].Addr, addr.Waiver: &cfg.Waivers[0].Addr,
	} {
		*a = addr.Resource{Kind: kind, Name: "x"}
	}
	return cfg
}

// fill sets every field of a value to something that is not zero.
func fill(v reflect.Value, depth int) {
	if depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[schema.Term]() {
			v.Set(reflect.ValueOf(schema.Term{Count: 3, Unit: schema.Days}))
			return
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "Origin" && name != "Addr" {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		if v.Type().Elem().Kind() == reflect.String {
			m.SetMapIndex(reflect.ValueOf("k"), reflect.ValueOf("v"))
		} else {
			m.SetMapIndex(reflect.ValueOf("path"), reflect.ValueOf(any("v")))
		}
		v.Set(m)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int64:
		v.SetInt(2)
	case reflect.Float64:
		v.SetFloat(0.5)
	}
}

// leaf is one field of a configuration, reached by a walk that is the same for
// equal values.
type leaf struct {
	path  string
	value reflect.Value
}

func leaves(v reflect.Value, path string) (out []leaf) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return leaves(v.Elem(), path)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[schema.Term]() {
			return []leaf{{path, v}}
		}
		matches := v.Type() == reflect.TypeFor[schema.Selector]() && strings.HasSuffix(path, ".Match")
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if matches && slices.Contains(strings.Fields("Class Reason Owner Method Inputs"), f.Name) {
				continue // the language gives a match none of them
			}
			if _, skip := unseen[f.Name]; f.Name != "Origin" && f.Name != "Addr" && !skip {
				out = append(out, leaves(v.Field(i), path+"."+f.Name)...)
			}
		}
		return out
	case reflect.Slice:
		if v.Len() > 0 && v.Index(0).Kind() == reflect.Pointer {
			return leaves(v.Index(0), path+"[0]")
		}
	}
	return []leaf{{path, v}}
}

// other changes a leaf to another value of its kind.
func other(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct: // a term
		v.Set(reflect.ValueOf(schema.Term{Count: 2, Unit: schema.Days}))
	case reflect.Slice, reflect.Map:
		v.SetZero()
	case reflect.String:
		v.SetString("other")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int64:
		v.SetInt(1)
	case reflect.Float64:
		v.SetFloat(0.75)
	}
}

// Whatever field of a configuration changes, a review says something: what it
// does not know would pass in silence.
func TestEveryFieldIsCompared(t *testing.T) {
	all := leaves(reflect.ValueOf(full()).Elem(), "")
	if len(all) < 120 {
		t.Fatalf("only %d fields are found", len(all))
	}
	for i := range all {
		head := full()
		l := leaves(reflect.ValueOf(head).Elem(), "")[i]
		other(l.value)
		r, err := Run(context.Background(), Side{Config: full()}, Side{Config: head})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Changes) == 0 {
			t.Errorf("%s changes and nothing is said", l.path)
		}
		for _, c := range r.Changes {
			if c.Message == "" || c.Address == "" || !slices.Contains(Kinds(), c.Kind) {
				t.Errorf("%s: %+v", l.path, c)
			}
		}
	}
}

// What is gone is never strengthened, but for blocks that loosen.
func TestEveryBlockThatGoesIsTold(t *testing.T) {
	cfg := reflect.ValueOf(full()).Elem()
	for i := range cfg.NumField() {
		name := cfg.Type().Field(i).Name
		if cfg.Field(i).Kind() != reflect.Slice || unseen[name] != "" {
			continue
		}
		head := full()
		reflect.ValueOf(head).Elem().Field(i).SetZero()
		r, err := Run(context.Background(), Side{Config: full()}, Side{Config: head})
		if err != nil {
			t.Fatal(err)
		}
		loosens := slices.Contains(strings.Fields("Releases Shortens Retires Archives Prices Waivers"), name)
		if len(r.Changes) == 0 || (len(r.Weakened()) == 0) != loosens {
			t.Errorf("%s go: %s", name, lines(r.Changes))
		}
		back, err := Run(context.Background(), Side{Config: head}, Side{Config: full()})
		if err != nil || len(back.Changes) == 0 {
			t.Errorf("%s come: %s", name, fmt.Sprint(back.Changes, err))
		}
	}
}
