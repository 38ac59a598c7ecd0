package review

import "slices"

// Kind says what a change is about. It is stable: reports use it as the id of
// a rule.
type Kind string

// The kinds, in the order in which they are told: what is lost for good first.
const (
	BackupRemoved     Kind = "backup_removed"
	CopyLost          Kind = "copy_lost"
	ScopeShrunk       Kind = "scope_shrunk"
	RetentionShorter  Kind = "retention_shortened"
	RetireAdded       Kind = "retire_added"
	EligibleEarlier   Kind = "eligible_earlier"
	HoldRemoved       Kind = "hold_removed"
	HoldReleased      Kind = "hold_released"
	TermsShortened    Kind = "shorten_added"
	LockWeakened      Kind = "lock_weakened"
	DestinationMoved  Kind = "destination_changed"
	AccessWeakened    Kind = "access_weakened"
	EncryptionWeaker  Kind = "encryption_weakened"
	SourceChanged     Kind = "source_changed"
	VerifyWeakened    Kind = "verify_weakened"
	RestoreTestWeaker Kind = "restore_test_weakened"
	ObjectiveLowered  Kind = "objective_lowered"
	LimitLoosened     Kind = "limit_loosened"
	ApprovalWeakened  Kind = "approval_weakened"
	PolicyRemoved     Kind = "policy_removed"
	SeverityLowered   Kind = "severity_lowered"
	ParameterLoosened Kind = "parameter_loosened"
	PolicyWeakened    Kind = "policy_weakened"
	PolicyChanged     Kind = "policy_changed"
	PolicyTightened   Kind = "policy_tightened"
	ControlFails      Kind = "control_fails"
	WaiverAdded       Kind = "waiver_added"
	FactChanged       Kind = "fact_changed"
	SettingChanged    Kind = "setting_changed"
	NotComparable     Kind = "not_comparable"
	Described         Kind = "description_changed"
	BlockAdded        Kind = "block_added"
)

// Titles of the kinds, without user data.
var titles = []struct {
	kind  Kind
	title string
}{
	{BackupRemoved, "Backup plan removed"},
	{CopyLost, "Copy lost"},
	{ScopeShrunk, "Scope changed"},
	{RetentionShorter, "Retention changed"},
	{RetireAdded, "Copies given up"},
	{EligibleEarlier, "Copies removable earlier"},
	{HoldRemoved, "Hold changed"},
	{HoldReleased, "Hold released"},
	{TermsShortened, "Terms of existing copies shortened"},
	{LockWeakened, "Lock changed"},
	{DestinationMoved, "Destination changed"},
	{AccessWeakened, "Access changed"},
	{EncryptionWeaker, "Encryption changed"},
	{SourceChanged, "Source changed"},
	{VerifyWeakened, "Verification changed"},
	{RestoreTestWeaker, "Restore test changed"},
	{ObjectiveLowered, "Objective changed"},
	{LimitLoosened, "Brake changed"},
	{ApprovalWeakened, "Approvals changed"},
	{PolicyRemoved, "Control no longer asked"},
	{SeverityLowered, "Severity changed"},
	{ParameterLoosened, "Policy parameter changed"},
	{PolicyWeakened, "Policy lets more pass"},
	{PolicyChanged, "Policy text changed"},
	{PolicyTightened, "Policy asks more"},
	{ControlFails, "Control fails now"},
	{WaiverAdded, "Waiver changed"},
	{FactChanged, "Attested fact changed"},
	{SettingChanged, "Setting changed"},
	{NotComparable, "Cannot be compared"},
	{Described, "Description changed"},
	{BlockAdded, "New block"},
}

// Title is the heading of a kind, without user data.
func (k Kind) Title() string {
	for _, t := range titles {
		if t.kind == k {
			return t.title
		}
	}
	return string(k)
}

// kindRank is the place of a kind in the list.
func kindRank(k Kind) int {
	for i, t := range titles {
		if t.kind == k {
			return i
		}
	}
	return len(titles)
}

// Kinds lists all kinds, in the order in which they are told.
func Kinds() []Kind {
	var all []Kind
	for _, t := range titles {
		all = append(all, t.kind)
	}
	return slices.Clip(all)
}
