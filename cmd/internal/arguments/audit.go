package arguments

import "flag"

// AuditVerify are the arguments of audit verify.
type AuditVerify struct {
	Config Config
}

var auditVerifySpec = Spec{
	Name:    "audit verify",
	Summary: "check the hash chain of runs, here and at the destinations",
	Text: `
Checks that the log of runs is whole and unchanged: each entry's digest, the
links between them, and that every destination holds the same chain.`,
	Exits: []Exit{{1, "failure, or the chain is broken"}},
	New:   func() Command { return &AuditVerify{} },
}

func (a *AuditVerify) define(f *flag.FlagSet) { a.Config.define(f) }

func (a *AuditVerify) accept(operands []string) error { return noOperands(operands) }
