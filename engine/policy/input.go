package policy

import "github.com/backstay/backstay/schema"

// Input is what a rule sees as `input`. Which members exist depends on the
// phase, and the tag phases says so: a rule runs in the phases that have all
// members it reads. Absent strings, blocks and figures are absent members,
// never empty strings, zeroes or null, so that `not b.restore_test` holds
// exactly when the block is missing.
//
// A duration NAME is three members: NAME as written, and NAME_days and
// NAME_hours, whole and rounded up, which are absent where NAME is "forever".
// Instants are RFC 3339 in UTC with milliseconds, so that they compare as
// strings; sizes are bytes.
type Input struct {
	Phase  string         `json:"phase" enum:"config,plan,state" doc:"the phase that runs"`
	Now    string         `json:"now" doc:"the instant everything is judged at"`
	Params map[string]any `json:"params" doc:"the parameters of the control or policy that asks"`
	Config Config         `json:"config" doc:"the configuration, expanded"`

	Run     RunFacts `json:"run" phases:"plan" doc:"what is known of the run as a whole"`
	Change  Change   `json:"change" phases:"plan" doc:"one change"`
	Summary Summary  `json:"summary" phases:"plan" doc:"the plan's totals, once all changes are known"`

	Copy   CopySubject   `json:"copy" phases:"state" doc:"one recorded copy"`
	Object ObjectSubject `json:"object" phases:"state" doc:"one object with all its copies"`
	Totals StateTotals   `json:"totals" phases:"state" doc:"what the state says as a whole"`

	Waivers []WaiverUse `json:"waivers" doc:"what each waiver did in this phase; known to CHG-5 alone, when all else is decided"`
}

// Config is input.config.
type Config struct {
	Settings     ConfigSettings      `json:"settings"`
	Sources      []ConfigSource      `json:"sources"`
	Destinations []ConfigDestination `json:"destinations"`
	Backups      []ConfigBackup      `json:"backups"`
	Holds        []ConfigHold        `json:"holds"`
	Releases     []ConfigRelease     `json:"releases"`
	Shortens     []ConfigRelease     `json:"shortens"`
	Retires      []ConfigRetire      `json:"retires"`
	Attests      []ConfigAttest      `json:"attests"`
	Archives     []ConfigArchive     `json:"archives"`
	Policies     []ConfigPolicy      `json:"policies"`
	Waivers      []ConfigWaiver      `json:"waivers"`
}

// ConfigSettings is the backstay block.
type ConfigSettings struct {
	RequiredVersion string `json:"required_version,omitempty"`
	StateType       string `json:"state_type" enum:"sqlite,postgres"`
	AllowedSigners  string `json:"allowed_signers,omitempty"`
}

// ConfigPlace is where data lies.
type ConfigPlace struct {
	Site     string `json:"site,omitempty"`
	Region   string `json:"region,omitempty"`
	Country  string `json:"country,omitempty"`
	Provider string `json:"provider,omitempty"`
}

// ConfigSource is one source block. Options are the attributes of its type.
type ConfigSource struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Type    string `json:"type"`
	ConfigPlace
	ContainsPHI   *bool          `json:"contains_phi,omitempty"`
	Personal      *bool          `json:"personal,omitempty"`
	Rights        string         `json:"rights,omitempty" enum:"own,licensed,none"`
	Subjects      *int64         `json:"subjects,omitempty"`
	NIHControlled *bool          `json:"nih_controlled,omitempty"`
	DUAEnd        string         `json:"dua_end,omitempty"`
	DUADaysLeft   *int64         `json:"dua_days_left,omitempty" doc:"whole days from input.now to the end of dua_end; negative once it is over"`
	StorageKind   string         `json:"storage_kind,omitempty" doc:"what fails together: disk, tape, or object/ with provider or type"`
	Options       map[string]any `json:"options"`
}

// ConfigDestination is one destination block.
type ConfigDestination struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Type    string `json:"type"`
	ConfigPlace
	Operator      string            `json:"operator,omitempty"`
	Media         string            `json:"media,omitempty" enum:"disk,object,tape"`
	Offline       *bool             `json:"offline,omitempty"`
	ContainsPHI   *bool             `json:"contains_phi,omitempty"`
	Restricted    *bool             `json:"restricted,omitempty"`
	Deleters      []string          `json:"deleters"`
	DeletersKnown bool              `json:"deleters_known" doc:"deleters was written; an empty list then says that nobody can"`
	Archivist     string            `json:"archivist,omitempty"`
	Attested      []string          `json:"attested"`
	AttestedUntil string            `json:"attested_until,omitempty"`
	AttestedLeft  *int64            `json:"attested_days_left,omitempty" doc:"whole days from input.now to the end of attested_until; negative once it is over"`
	Lockdown      *bool             `json:"lockdown,omitempty"`
	BillTo        string            `json:"bill_to,omitempty"`
	Tier          string            `json:"tier,omitempty"`
	Encryption    *ConfigEncryption `json:"encryption,omitempty"`
	StorageKind   string            `json:"storage_kind,omitempty" doc:"as in sources"`
	Options       map[string]any    `json:"options"`
}

// ConfigEncryption is a destination's encryption block.
type ConfigEncryption struct {
	Kind       string `json:"kind" enum:"none,provider,customer,client"`
	Key        string `json:"key,omitempty"`
	KeyAccount string `json:"key_account,omitempty"`
	Rotated    string `json:"rotated,omitempty"`
	RotatedAge *int64 `json:"rotated_days,omitempty" doc:"whole days since rotated"`
}

// ConfigBackup is one backup plan.
type ConfigBackup struct {
	Name        string             `json:"name"`
	Address     string             `json:"address"`
	Source      string             `json:"source" doc:"the source's address"`
	Owner       string             `json:"owner,omitempty"`
	Reviewed    string             `json:"reviewed,omitempty"`
	ReviewedAge *int64             `json:"reviewed_days,omitempty" doc:"whole days since reviewed"`
	Regimes     []string           `json:"regimes"`
	Every       *schema.Term       `json:"every,omitempty"`
	Personal    *bool              `json:"personal,omitempty"`
	Scope       ConfigScope        `json:"scope"`
	Copies      []ConfigCopy       `json:"copies"`
	Retention   ConfigRetention    `json:"retention"`
	Objective   ConfigObjective    `json:"objective"`
	Verify      *ConfigVerify      `json:"verify,omitempty"`
	RestoreTest *ConfigRestoreTest `json:"restore_test,omitempty"`
	Approvals   *ConfigApprovals   `json:"approvals,omitempty"`
	Budget      *ConfigBudget      `json:"budget,omitempty"`
	Alert       *ConfigAlert       `json:"alert,omitempty"`
	Erasure     *ConfigErasure     `json:"erasure,omitempty"`
	Limits      ConfigLimits       `json:"limits" doc:"defaults filled in"`
}

// ConfigScope is a scope block.
type ConfigScope struct {
	Includes []ConfigSelector `json:"includes"`
	Excludes []ConfigSelector `json:"excludes"`
	Shared   string           `json:"shared" enum:"include,exclude"`
}

// ConfigSelector is an include, an exclude, or the match of a hold.
type ConfigSelector struct {
	Paths       []string          `json:"paths"`
	Names       []string          `json:"names"`
	Kinds       []string          `json:"kinds"`
	Types       []string          `json:"types"`
	Tags        []string          `json:"tags"`
	Properties  map[string]string `json:"properties"`
	IDs         []string          `json:"ids"`
	LargerThan  *int64            `json:"larger_than,omitempty"`
	SmallerThan *int64            `json:"smaller_than,omitempty"`
	OlderThan   *schema.Term      `json:"older_than,omitempty"`
	NewerThan   *schema.Term      `json:"newer_than,omitempty"`
	Class       string            `json:"class,omitempty"`
	Reason      string            `json:"reason,omitempty"`
	Owner       string            `json:"owner,omitempty"`
	Method      string            `json:"method,omitempty"`
	Inputs      []string          `json:"inputs"`
}

// ConfigCopy is one copy block. Address is backup.NAME.copy.LABEL.
type ConfigCopy struct {
	Name         string       `json:"name"`
	Address      string       `json:"address"`
	To           string       `json:"to" doc:"the destination's address"`
	Purpose      string       `json:"purpose" enum:"recovery,record"`
	Tier         string       `json:"tier,omitempty"`
	ArchiveAfter *schema.Term `json:"archive_after,omitempty"`
	Deep         bool         `json:"deep"`
	Metadata     bool         `json:"metadata"`
	Lock         *ConfigLock  `json:"lock,omitempty"`
	OffSite      *bool        `json:"off_site,omitempty" doc:"site or region differ from the source's; absent where neither tells"`
	OtherVendor  *bool        `json:"other_vendor,omitempty" doc:"provider differs from the source's; absent where unknown"`
	SameSystem   bool         `json:"same_system" doc:"source and destination are of one type"`
}

// ConfigLock is a lock block.
type ConfigLock struct {
	Mode string       `json:"mode" enum:"governance,compliance"`
	For  *schema.Term `json:"for,omitempty"`
}

// ConfigRetention is a retention block, defaults filled in.
type ConfigRetention struct {
	Keep           *schema.Term `json:"keep,omitempty"`
	KeepMax        *schema.Term `json:"keep_max,omitempty"`
	KeepLast       int          `json:"keep_last"`
	KeepDaily      int          `json:"keep_daily"`
	KeepWeekly     int          `json:"keep_weekly"`
	KeepMonthly    int          `json:"keep_monthly"`
	KeepYearly     int          `json:"keep_yearly"`
	KeepSuperseded *schema.Term `json:"keep_superseded,omitempty"`
	Quarantine     *schema.Term `json:"quarantine,omitempty"`
	Anchor         string       `json:"anchor" enum:"created,reported,study_end,submission,approval,last_device,superseded,method_retired,released,batch_expiry"`
}

// ConfigObjective is an objective block.
type ConfigObjective struct {
	RPO *schema.Term `json:"rpo,omitempty"`
	RTO *schema.Term `json:"rto,omitempty"`
}

// ConfigVerify is a verify block that was written.
type ConfigVerify struct {
	Algorithm string       `json:"algorithm" enum:"sha256,blake3"`
	Scrub     *schema.Term `json:"scrub,omitempty"`
}

// ConfigRestoreTest is a restore_test block.
type ConfigRestoreTest struct {
	Every   *schema.Term `json:"every,omitempty"`
	Sample  int          `json:"sample"`
	Command []string     `json:"command"`
	Target  string       `json:"target,omitempty"`
}

// ConfigApprovals is an approvals block.
type ConfigApprovals struct {
	Delete int `json:"delete"`
}

// ConfigBudget is a budget block.
type ConfigBudget struct {
	Month     *float64 `json:"month,omitempty"`
	Egress    *float64 `json:"egress,omitempty"`
	Retrieval *float64 `json:"retrieval,omitempty"`
}

// ConfigAlert is an alert block.
type ConfigAlert struct {
	To []string `json:"to"`
}

// ConfigErasure is an erasure block.
type ConfigErasure struct {
	MaxLag *schema.Term `json:"max_lag,omitempty"`
	List   string       `json:"list,omitempty"`
}

// ConfigLimits are the brakes' figures, defaults filled in. Ratios are shares
// of 1.
type ConfigLimits struct {
	RetireRatio   float64 `json:"retire_ratio"`
	RetireObjects int64   `json:"retire_objects"`
	RetireBytes   int64   `json:"retire_bytes"`
	SourceLoss    float64 `json:"source_loss"`
	SourceChange  float64 `json:"source_change"`
}

// ConfigHold is a hold block.
type ConfigHold struct {
	Name    string          `json:"name"`
	Address string          `json:"address"`
	Targets []string        `json:"targets"`
	Match   *ConfigSelector `json:"match,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Owner   string          `json:"owner,omitempty"`
}

// ConfigApproval is one approved_by entry. Verified says that an SSH signature
// over what is approved was checked against the allowed signers.
type ConfigApproval struct {
	By       string `json:"by"`
	Verified bool   `json:"verified"`
}

// ConfigRelease is a release or a shorten block.
type ConfigRelease struct {
	Name       string           `json:"name"`
	Address    string           `json:"address"`
	Hold       string           `json:"hold,omitempty"`
	Targets    []string         `json:"targets"`
	Reason     string           `json:"reason,omitempty"`
	ApprovedBy []ConfigApproval `json:"approved_by"`
}

// ConfigRetire is a retire block.
type ConfigRetire struct {
	Name       string           `json:"name"`
	Address    string           `json:"address"`
	Targets    []string         `json:"targets"`
	Reason     string           `json:"reason,omitempty"`
	ApprovedBy []ConfigApproval `json:"approved_by"`
}

// ConfigAttest is an attest block.
type ConfigAttest struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Fact    string `json:"fact"`
	Date    string `json:"date,omitempty"`
	Owner   string `json:"owner,omitempty"`
	Expires string `json:"expires,omitempty"`
	Expired bool   `json:"expired" doc:"at input.now, which is past the end of that day in UTC"`
}

// ConfigArchive is an archive block.
type ConfigArchive struct {
	Name      string       `json:"name"`
	Address   string       `json:"address"`
	Source    string       `json:"source"`
	After     *schema.Term `json:"after,omitempty"`
	AllCopies bool         `json:"all_copies"`
	Tier      string       `json:"tier,omitempty" enum:"archived,live" doc:"live brings objects back; absent: they are archived"`
}

// ConfigPolicy is a policy block.
type ConfigPolicy struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Pack    string `json:"pack,omitempty"`
	Path    string `json:"path,omitempty"`
	Bundle  string `json:"bundle,omitempty"`
}

// ConfigWaiver is a waiver block. ControlSeverity is that of the control it
// names under the chosen packs, absent if no control has that id. Unmatched
// are targets that name nothing in the configuration.
type ConfigWaiver struct {
	Name            string           `json:"name"`
	Address         string           `json:"address"`
	Control         string           `json:"control"`
	ControlSeverity string           `json:"control_severity,omitempty" enum:"mandatory,overridable,advisory"`
	Targets         []string         `json:"targets"`
	Unmatched       []string         `json:"unmatched"`
	Reason          string           `json:"reason,omitempty"`
	Ticket          string           `json:"ticket,omitempty"`
	ApprovedBy      []ConfigApproval `json:"approved_by"`
	Expires         string           `json:"expires,omitempty"`
	Expired         bool             `json:"expired" doc:"at input.now, which is past the end of that day in UTC"`
	DaysLeft        *int64           `json:"days_left,omitempty" doc:"whole days from input.now to the end of the day of expiry"`
}

// WaiverUse is what a waiver let through, over all phases that its control has.
type WaiverUse struct {
	Name    string   `json:"name"`
	Address string   `json:"address"`
	Control string   `json:"control"`
	Expired bool     `json:"expired"`
	Decided bool     `json:"decided" doc:"every phase of the control has run, so that an unused target is known to be unused"`
	Used    []string `json:"used" doc:"targets that a failing subject lay under"`
	Unused  []string `json:"unused"`
}
