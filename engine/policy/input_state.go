package policy

// CopySubject is input.copy: one copy as recorded, with what was proved of it.
// Absent figures are unknown, and rules say so.
type CopySubject struct {
	Address       string   `json:"address" doc:"DESTINATION:SOURCE/PATH, version N"`
	Backups       []string `json:"backups" doc:"addresses of the backup plans that claim it; empty for an orphan"`
	Destination   string   `json:"destination" doc:"address"`
	Source        string   `json:"source" doc:"instance name"`
	Path          string   `json:"path"`
	PathB64       string   `json:"path_b64,omitempty"`
	Kind          string   `json:"kind" enum:"file,directory,symlink,applet,workflow,app,record,database"`
	Class         string   `json:"class,omitempty"`
	Seq           int      `json:"seq"`
	Status        string   `json:"status" enum:"written,verified,damaged,missing,retired,expired,entry"`
	Size          int64    `json:"size"`
	Digest        string   `json:"digest,omitempty"`
	SourceID      string   `json:"source_id,omitempty"`
	ID            string   `json:"id,omitempty"`
	Current       bool     `json:"current" doc:"of the object's present version, not retired"`
	Live          bool     `json:"live" doc:"its object is at the source, as far as the last inventory says"`
	Replaced      bool     `json:"replaced" doc:"damaged or missing, and a verified replacement lies at the same destination"`
	Removed       bool     `json:"removed" doc:"a tombstone: expired and taken away"`
	CopiedAt      string   `json:"copied_at,omitempty"`
	VerifiedAt    string   `json:"verified_at,omitempty"`
	VerifiedDays  *int64   `json:"verified_days,omitempty" doc:"whole days since it was last verified, rounded up"`
	MetadataEqual *bool    `json:"metadata_equal,omitempty" doc:"its metadata was compared with the source's; absent where it was not"`
	VerifyMethod  string   `json:"verify_method,omitempty"`
	CopiedDays    *int64   `json:"copied_days,omitempty"`
	RetainUntil   string   `json:"retain_until,omitempty"`
	RetainDays    *int64   `json:"retain_days,omitempty" doc:"whole days from the copy's anchor to the end of its term, rounded up; absent for open and forever"`
	RemovedEarly  bool     `json:"removed_early" doc:"a tombstone whose removal came before retain_until"`
	LockMode      string   `json:"lock_mode,omitempty" enum:"governance,compliance"`
	LockedUntil   string   `json:"locked_until,omitempty"`
	LockedDays    *int64   `json:"locked_days,omitempty" doc:"whole days from input.now, rounded down"`
	Held          []string `json:"held"`
	Tier          string   `json:"tier,omitempty" enum:"live,archival,archived,unarchiving" doc:"where its bytes were last seen or asked to lie; absent: never moved"`
	TieredAt      string   `json:"tiered_at,omitempty"`
}

// ObjectSubject is input.object: one object with the totals of its copies.
type ObjectSubject struct {
	Address      string   `json:"address" doc:"BACKUP:PATH"`
	Backup       string   `json:"backup,omitempty" doc:"address"`
	Source       string   `json:"source" doc:"instance name"`
	Path         string   `json:"path"`
	PathB64      string   `json:"path_b64,omitempty"`
	Class        string   `json:"class,omitempty"`
	Size         int64    `json:"size"`
	Live         bool     `json:"live"`
	Verified     int      `json:"verified" doc:"destinations with a verified copy of the present version"`
	Written      int      `json:"written" doc:"destinations with a copy of the present version that was never verified"`
	Copies       int      `json:"copies" doc:"verified, and the original if it lives"`
	Destinations []string `json:"destinations" doc:"addresses with a verified copy of the present version"`
	Held         []string `json:"held"`
	StorageKinds []string `json:"storage_kinds" doc:"kinds of storage that its copies and its original lie on; filled in from destinations"`
	OffSite      int      `json:"off_site" doc:"destinations off its source's site; filled in"`
	SiteUnknown  int      `json:"site_unknown" doc:"destinations of which nobody knows; filled in"`
	NewestHours  *int64   `json:"newest_hours,omitempty" doc:"age of its newest copy, rounded up"`
	WaitingHours *int64   `json:"waiting_hours,omitempty" doc:"how long its present version has lacked a copy somewhere, rounded up"`
}

// StateTotals is input.totals: what the state says as a whole.
type StateTotals struct {
	Sources      []SummarySource    `json:"sources"`
	Backups      []StateBackup      `json:"backups"`
	Destinations []StateDestination `json:"destinations"`
	Holds        []StateHold        `json:"holds"`
	Tests        []StateTest        `json:"tests" doc:"the last restore test of each backup plan and destination"`
	Runs         StateRuns          `json:"runs"`
	Audit        StateAudit         `json:"audit"`
	Erasure      *StateErasure      `json:"erasure,omitempty" doc:"absent where no list of erased subjects was compared"`
	Projects     []StateProject     `json:"projects" doc:"projects of the DNAnexus platform that data blocks found"`
	Trail        *StateTrail        `json:"trail,omitempty" doc:"absent where the days of the platform's audit trail were not counted"`
}

// StateErasure is what is left of erased subjects.
type StateErasure struct {
	Waiting Count `json:"waiting" doc:"copies of erased subjects, within the lag"`
	Overdue Count `json:"overdue" doc:"copies of erased subjects, past the lag"`
}

// StateProject is a project that a data block found.
type StateProject struct {
	Lookup      string `json:"lookup" doc:"address of the data block"`
	Name        string `json:"name"`
	ID          string `json:"id"`
	Region      string `json:"region,omitempty"`
	BillTo      string `json:"bill_to,omitempty"`
	Protected   bool   `json:"protected" doc:"a backup plan reads it"`
	KeepsCopies bool   `json:"keeps_copies" doc:"it is a destination"`
}

// StateTrail is how whole the platform's own audit trail is.
type StateTrail struct {
	MissingDays int64 `json:"missing_days"`
}

// StoreFacts is what a store says of itself; what it does not tell is absent.
type StoreFacts struct {
	Encrypted   *bool  `json:"encrypted,omitempty"`
	Cipher      string `json:"cipher,omitempty" doc:"aes256 or kms"`
	Deleters    *int64 `json:"deleters,omitempty" doc:"persons and roles that can delete by hand"`
	ContainsPHI *bool  `json:"contains_phi,omitempty"`
	Restricted  *bool  `json:"restricted,omitempty"`
	Protected   *bool  `json:"protected,omitempty"`
}

// StateBackup is the figures of one backup plan.
type StateBackup struct {
	Backup       string           `json:"backup" doc:"address"`
	Listed       bool             `json:"listed" doc:"an inventory of its source was recorded"`
	ListedHours  *int64           `json:"listed_hours,omitempty"`
	Matched      Count            `json:"matched"`
	Unprotected  Count            `json:"unprotected" doc:"objects without a verified copy of their present version"`
	ByClass      map[string]Count `json:"by_class" doc:"objects with a verified copy, by class"`
	Reach        []StateReach     `json:"reach" doc:"each of its destinations"`
	NewestHours  *int64           `json:"newest_hours,omitempty" doc:"since the last run that carried it out"`
	WaitingHours *int64           `json:"waiting_hours,omitempty" doc:"age of the oldest object that lacks a copy"`
	Cost         *StateCost       `json:"cost,omitempty" doc:"of its copies; a copy that others claim too counts for the first of them"`
}

// StateCost is what the copies of a backup plan cost. The amount is a claim only
// where Known is true.
type StateCost struct {
	Known        bool     `json:"known" doc:"the price book has all prices that the copies need"`
	Currency     string   `json:"currency"`
	StorageMonth float64  `json:"storage_month"`
	Missing      []string `json:"missing" doc:"names of the prices that are missing"`
}

// StateReach is who can delete at a backup plan's source and at a destination.
type StateReach struct {
	Destination string `json:"destination" doc:"address"`
	Shared      *int64 `json:"shared,omitempty" doc:"persons and roles, the operator left out, that can delete by hand both there and at the source; absent where one of the two does not tell"`
}

// StateDestination is the figures of one destination.
type StateDestination struct {
	Destination  string      `json:"destination" doc:"address"`
	Copies       Count       `json:"copies"`
	Damaged      Count       `json:"damaged" doc:"without a verified replacement"`
	VerifiedDays *int64      `json:"verified_days,omitempty" doc:"since the last verification, rounded up"`
	Store        *StoreFacts `json:"store,omitempty" doc:"as read back; absent where the store was not asked"`
}

// StateHold is one recorded hold that was not released.
type StateHold struct {
	Name    string   `json:"name"`
	Targets []string `json:"targets"`
	Held    Count    `json:"held" doc:"copies under it"`
	Missing Count    `json:"missing" doc:"held copies that are damaged, missing or removed"`
}

// StateTest is one recorded restore test.
type StateTest struct {
	Backup      string `json:"backup" doc:"address"`
	Destination string `json:"destination,omitempty"`
	AgeDays     int64  `json:"age_days" doc:"rounded up"`
	Outcome     string `json:"outcome" enum:"pass,fail"`
	Objects     int64  `json:"objects"`
	Failed      int64  `json:"failed"`
	Leftovers   int64  `json:"leftovers" doc:"restored objects that were not removed again"`
	OverSource  bool   `json:"over_source"`
	Hours       *int64 `json:"hours,omitempty" doc:"how long it took to bring back all that the backup plan protects, worked out from the sample, rounded up"`
}

// StateRuns is what is known of past runs.
type StateRuns struct {
	Known          int64  `json:"known" doc:"runs on record"`
	WithoutDigests int64  `json:"without_digests" doc:"applied runs that lack the digest of plan, configuration or policy set"`
	WithoutVersion *int64 `json:"without_version,omitempty" doc:"applied runs by a release that required_version does not name; absent where versions were not compared"`
}

// StateAudit is the result of verifying the chain of runs.
type StateAudit struct {
	Checked  bool     `json:"checked"`
	Entries  int64    `json:"entries"`
	Intact   bool     `json:"intact"`
	Detail   string   `json:"detail,omitempty"`
	Replicas []string `json:"replicas" doc:"destinations that hold the same chain"`
}
