package faults

import "testing"

func TestStrike(t *testing.T) {
	var s Set
	if _, ok := s.Strike("file/new"); ok {
		t.Error("no rule struck")
	}
	s.Replace([]Rule{
		{Route: "file-xxxx/*", Action: Status, Status: 503, Skip: 1, Times: 2},
		{Route: "file-xxxx/close", Action: Drop},
	})
	for i, want := range []string{"", Status, Status, ""} {
		if rule, ok := s.Strike("file-xxxx/describe"); rule.Action != want || ok != (want != "") {
			t.Errorf("call %d: %q", i, rule.Action)
		}
	}
	if rule, _ := s.Strike("file-xxxx/close"); rule.Action != Drop {
		t.Errorf("the second rule did not follow the spent first: %q", rule.Action)
	}
	if rules := s.Rules(); rules[0].Hits != 2 || rules[1].Hits != 1 {
		t.Errorf("hits %v", rules)
	}
	s.Replace([]Rule{{Route: "*", Action: Slow}})
	for _, route := range []string{"upload", "system/whoami"} {
		if _, ok := s.Strike(route); !ok {
			t.Errorf("* does not mean %s", route)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, bad := range []Rule{
		{}, {Route: "x"}, {Route: "x", Action: "burn"}, {Route: "", Action: Drop}, {Route: "[", Action: Drop}, {Route: "x", Action: Status, Status: 200},
	} {
		if bad.Check() == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if err := (Rule{Route: "*", Action: Status, Status: 500}).Check(); err != nil {
		t.Error(err)
	}
}
