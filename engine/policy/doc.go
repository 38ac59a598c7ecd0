// Package policy asks Rego whether a configuration, a plan and what exists are
// what they should be, and turns the answers into findings.
//
// In go a *schema.Configuration, the shipped controls of package policies, an
// organisation's set and the user's own Rego; then, per phase, a plan's changes
// one by one and its totals, or the subjects of a compliance check. Out come
// findings with control, severity, result and the place in the HCL that the
// failing rule read, counts per control, and one digest of all that was asked.
//
// Two sets are compared by meaning: what is left of their rules once everything
// but the subject is known is compared over finite cells between the constants
// that occur, and what is found weaker is shown with a subject that Rego judged
// on both sides. What is not proved is not said.
//
// It is closed by default: what does not compile, cannot run, raises a builtin
// error or answers in an odd shape is an error, never a pass. It never opens a
// network connection, reads a clock or the environment, prints, or keeps more
// than a bounded number of findings. It is the only package that imports OPA.
package policy
