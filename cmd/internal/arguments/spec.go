package arguments

import "strings"

// Spec describes one command for help and for finding it.
type Spec struct {
	Name     string // one word, or a group and a word: "state list"
	Operands string // as the synopsis shows them: "[FILE]"
	Summary  string // one line, lower case, no full stop
	Text     string // paragraphs for the command's own help
	Exits    []Exit // what its exit codes mean, beside those of every command
	New      func() Command
}

// Exit is one exit code in the help of one command.
type Exit struct {
	Code    int
	Meaning string
}

// everywhere are the exit codes that each command has.
var everywhere = []Exit{
	{64, "wrong usage"},
	{130, "interrupted"},
}

var (
	exitFailure = Exit{1, "failure: the configuration or something that was touched has errors"}
	exitDenied  = Exit{3, "denied by a policy or stopped by a brake"}
	exitLocked  = Exit{5, "somebody else holds the state"}
)

// specs are the commands in the order in which help lists them. It is filled in
// init because looking up a flag's owner goes through the commands themselves.
var specs []Spec

func init() {
	specs = []Spec{
		initSpec, formatSpec, validateSpec,
		planSpec, showSpec, applySpec,
		checkSpec, reviewSpec, costSpec, verifySpec, restoreSpec, drillSpec,
		stateListSpec, stateShowSpec, statePullSpec, stateRebuildSpec, stateUnlockSpec,
		destinationAdoptSpec,
		policyListSpec, policyExplainSpec, policyTestSpec, policyDiffSpec,
		auditVerifySpec,
		versionSpec,
	}
	for _, s := range specs {
		if group, _, ok := strings.Cut(s.Name, " "); ok {
			groups[group] = true
		}
	}
}

// groups are the first words of two-word commands.
var groups = map[string]bool{}

// commandNames lists all commands.
func commandNames() []string {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	return names
}

// inGroup lists the second words of a group.
func inGroup(group string) []string {
	var words []string
	for _, s := range specs {
		if g, word, ok := strings.Cut(s.Name, " "); ok && g == group {
			words = append(words, word)
		}
	}
	return words
}
