package policy

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Where a finding points is found by asking a rule once more; the rule must be
// the same afterwards, since it is asked again.
func TestPlugLeavesTheRule(t *testing.T) {
	head := ast.MustParseTerm(`{"msg": msg, "address": address}`)
	before := head.String()
	locals := ast.NewValueMap()
	locals.Put(ast.Var("msg"), ast.String("no"))
	locals.Put(ast.Var("address"), ast.String("source.a"))
	if got := plug(head, locals).String(); got != `{"address": "source.a", "msg": "no"}` {
		t.Errorf("plugged: %s", got)
	}
	if head.String() != before {
		t.Errorf("the head of the rule became %s", head)
	}
}
