package tree

import (
	"testing"
)

// TestRules applies every rule to the module that this package is part of.
func TestRules(t *testing.T) {
	root, err := Root(".")
	if err != nil {
		t.Fatal(err)
	}
	module, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(module.Packages) < 10 {
		t.Fatalf("found %d packages: the tree was not read", len(module.Packages))
	}
	for _, rule := range Rules {
		t.Run(rule.Name, func(t *testing.T) {
			problems := rule.Check(module)
			for _, problem := range problems {
				t.Error(problem)
			}
			if len(problems) > 0 {
				t.Log(rule.Why)
			}
		})
	}
}
