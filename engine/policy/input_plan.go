package policy

// RunFacts is input.run: what is known of a plan before its first change.
// Digests and age are facts of apply, where the plan in hand may be old;
// Bound is true once the engine has compared every digest.
type RunFacts struct {
	Apply       bool     `json:"apply" doc:"false in plan, true when apply judges again"`
	Allow       []string `json:"allow" doc:"brakes that -allow lets pass"`
	Partial     bool     `json:"partial"`
	AgeHours    int64    `json:"age_hours" doc:"whole hours since the plan's as-of, rounded up"`
	MaxAgeHours int64    `json:"max_age_hours"`
	ConfigBound bool     `json:"config_bound" doc:"the configuration's digest is the plan's"`
	PolicyBound bool     `json:"policy_bound" doc:"the policy set's digest is the plan's"`
	StateBound  bool     `json:"state_bound" doc:"lineage and serial are the plan's"`
	Author      string   `json:"author,omitempty" doc:"who asks: the committer, else the user of the run"`
	// Tests and LastAppliedDays are of the record.
	Tests           []StateTest `json:"tests,omitempty" doc:"the last restore test of each backup plan and destination; absent where the record was not read"`
	LastAppliedDays *int64      `json:"last_applied_days,omitempty" doc:"whole days since the last apply began; absent where there was none"`
}

// Change is input.change: one step of a plan, with figures that the engine made
// so that a rule needs no arithmetic on time.
type Change struct {
	Address     string       `json:"address"`
	Backup      string       `json:"backup,omitempty" doc:"absent for an orphan"`
	Copy        string       `json:"copy,omitempty" doc:"label of the copy block"`
	Destination string       `json:"destination" doc:"empty for a change in place at a source"`
	Action      string       `json:"action" enum:"copy,recopy,recheck,adopt,archive,unarchive,lock,hold,release,tag,verify,revoke,retire,expire"`
	Reason      string       `json:"reason" enum:"new_object,content_changed,inode_changed,digest_asked,metadata_changed,new_entry,source_gone,source_back,out_of_scope,term_raised,term_lowered,orphaned,claimed,copy_missing,copy_damaged,not_verified,scrub_due,equal_copy_there,label_moved,source_moved,hold_set,hold_released,term_over,given_up,quarantine_over,archive_due,tier_asked,cost_measure,access_drift,setting_drift"`
	Removes     bool         `json:"removes" doc:"retire or expire"`
	Bytes       int64        `json:"bytes"`
	Object      ChangeObject `json:"object"`
	Before      *ChangeCopy  `json:"before,omitempty"`
	After       *ChangeCopy  `json:"after,omitempty"`
	// TermChange compares before.retain_until with after.retain_until.
	TermChange   string `json:"term_change" enum:"none,same,raised,lowered"`
	LockChange   string `json:"lock_change" enum:"none,same,raised,lowered"`
	Remaining    int    `json:"remaining" doc:"verified copies of this version left everywhere once the change is done"`
	CopiesBefore int    `json:"copies_before"`
	CopiesAfter  int    `json:"copies_after"`
}

// ChangeObject is the object that a change is about.
type ChangeObject struct {
	Source  string `json:"source" doc:"the source's instance name"`
	Path    string `json:"path"`
	PathB64 string `json:"path_b64,omitempty" doc:"the bytes of a path that is not UTF-8"`
	Kind    string `json:"kind" enum:"file,directory,symlink,applet,workflow,app,record,database,access" doc:"access: a right that a revoke takes from whom path names, or a setting of that name that it puts right"`
	Size    int64  `json:"size"`
	ID      string `json:"id,omitempty"`
	Class   string `json:"class,omitempty"`
	Live    bool   `json:"live" doc:"it is at its source"`
}

// ChangeCopy is a copy before or after a change. TermOver is false for open
// and forever; RetiredDays is absent where it was not retired.
type ChangeCopy struct {
	Key         string   `json:"key,omitempty"`
	Seq         int      `json:"seq"`
	Status      string   `json:"status,omitempty" enum:"written,verified,damaged,missing,retired,expired,entry"`
	Size        int64    `json:"size"`
	Digest      string   `json:"digest,omitempty"`
	CopiedAt    string   `json:"copied_at,omitempty"`
	VerifiedAt  string   `json:"verified_at,omitempty"`
	RetainUntil string   `json:"retain_until,omitempty" doc:"an instant, open or forever"`
	TermOver    bool     `json:"term_over" doc:"retain_until is set and passed at input.now"`
	TermReason  string   `json:"term_reason,omitempty"`
	RetiredAt   string   `json:"retired_at,omitempty"`
	RetiredDays *int64   `json:"retired_days,omitempty" doc:"whole days since it was retired, rounded down"`
	Claims      []string `json:"claims" doc:"who wants the copy; empty for an orphan"`
	Held        []string `json:"held"`
	LockedUntil string   `json:"locked_until,omitempty"`
	Locked      bool     `json:"locked" doc:"locked_until has not passed at input.now"`
	Tier        string   `json:"tier,omitempty" enum:"live,archival,archived,unarchiving" doc:"where its bytes were last seen or asked to lie; absent: never moved"`
	TieredAt    string   `json:"tiered_at,omitempty"`
}

// Count is a number of objects and their bytes.
type Count struct {
	Objects int64 `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

// Summary is input.summary: a plan's totals. Lists are in the plan's order.
type Summary struct {
	Changes      int64                `json:"changes"`
	Actions      map[string]Count     `json:"actions" doc:"by action; an action without changes is absent"`
	Unchanged    Count                `json:"unchanged"`
	Gone         Count                `json:"gone"`
	Orphans      Count                `json:"orphans"`
	Sources      []SummarySource      `json:"sources"`
	Backups      []SummaryBackup      `json:"backups"`
	Destinations []SummaryDestination `json:"destinations"`
	Brakes       []Brake              `json:"brakes"`
	Erased       *Count               `json:"erased,omitempty" doc:"copies that the plan would make of objects of erased subjects; absent where no list was compared"`
	Cost         Cost                 `json:"cost"`
}

// Cost is a plan's forecast. Amounts are claims only where Known is true.
type Cost struct {
	Known         bool     `json:"known" doc:"the price book has all prices that the plan needs"`
	Currency      string   `json:"currency,omitempty"`
	StorageMonth  float64  `json:"storage_month" doc:"of all copies, once the plan is done"`
	StorageBefore float64  `json:"storage_month_before" doc:"of what is recorded today"`
	Egress        float64  `json:"egress"`
	Requests      float64  `json:"requests"`
	Retrieval     float64  `json:"retrieval"`
	EarlyDeletion float64  `json:"early_deletion" doc:"the rest of minimum stays that are not kept"`
	Exposure      float64  `json:"exposure" doc:"what it would cost if everything left its storage class once the plan is done"`
	ExposureUntil string   `json:"exposure_until,omitempty" doc:"the day from which that costs nothing, 2006-01-02"`
	Missing       []string `json:"missing" doc:"names of the prices that are missing"`
}

// SummarySource is the figures of one source.
type SummarySource struct {
	Source         string  `json:"source" doc:"instance name"`
	Address        string  `json:"address,omitempty"`
	Live           Count   `json:"live"`
	InScope        Count   `json:"in_scope"`
	Excluded       Count   `json:"excluded"`
	Uncovered      Count   `json:"uncovered"`
	UncoveredRatio float64 `json:"uncovered_ratio" doc:"uncovered objects as a share of live ones; 0 for an empty source"`
	Recorded       Count   `json:"recorded"`
	Lost           Count   `json:"lost"`
	Changed        Count   `json:"changed"`
	LeftScope      *Count  `json:"left_scope,omitempty" doc:"recorded and still there, and in no scope any more, nor left out with a reason; absent where the source was not listed"`
	Special        int64   `json:"special"`
}

// SummaryBackup is the figures of one backup plan.
type SummaryBackup struct {
	Backup       string           `json:"backup" doc:"address"`
	Matched      Count            `json:"matched"`
	Recorded     int64            `json:"recorded" doc:"objects of its source that the state held as live before this plan"`
	ByClass      map[string]Count `json:"by_class"`
	ByInclude    []int64          `json:"by_include" doc:"objects per include block, in order"`
	WaitingHours *int64           `json:"waiting_hours,omitempty" doc:"age of the oldest object without a copy of its version, rounded up; absent where none waits"`
}

// SummaryDestination is the figures of one destination.
type SummaryDestination struct {
	Destination string `json:"destination" doc:"address"`
	Copies      Count  `json:"copies"`
	Retire      Count  `json:"retire"`
	Expire      Count  `json:"expire"`
	Orphans     Count  `json:"orphans"`
}

// Brake is one brake that the diff pulled. Facade and diff fill it; a brake
// that -allow names has Allowed set.
type Brake struct {
	Name    string  `json:"name" enum:"retire,expire,source_loss,source_change,destination,clock,lock"`
	Address string  `json:"address,omitempty" doc:"source or destination"`
	Message string  `json:"message"`
	Value   float64 `json:"value"`
	Limit   float64 `json:"limit"`
	Allowed bool    `json:"allowed"`
	Final   bool    `json:"final,omitempty" doc:"nothing lets it pass"`
}
