package arguments

import (
	"errors"
	"flag"

	"github.com/backstay/backstay/engine"
)

// Restore are the arguments of restore.
type Restore struct {
	Config  Config
	Request engine.RestoreRequest
}

var restoreSpec = Spec{
	Name:    "restore",
	Summary: "bring objects back from their copies",
	Text: `
Brings back what the last applied inventory listed, or what there was at -at,
as DIR/<source>/<path>, with modes, owners, times and links. Digests are
compared while writing. Files that are there and equal are left alone; the same
command again carries on after an interruption.

Into a project of the platform (-to-project) objects come back as what they
were, into the folders they lay in: files with tags, types, properties and
details, and records, applets and workflows made of their exports. They get new
ids, and links among them follow. What was not lost is left alone.

Copies that lie in an archive come back first: how many, and what that costs
where the system tells, is said before they are asked for, and -dry-run asks for
nothing. A copy elsewhere that can be read at once is preferred.

With -json, one JSON object a line is printed, the last with "complete": true.`,
	Exits: []Exit{{1, "failure, or some objects could not be brought back"}, exitLocked},
	New:   func() Command { return &Restore{} },
}

func (a *Restore) define(f *flag.FlagSet) {
	a.Config.define(f)
	r := &a.Request
	f.StringVar(&r.To, "to", "", "restore below `DIR`")
	f.StringVar(&r.ToProject, "to-project", "", "restore into `PROJECT` of the DNAnexus platform (id or name)")
	f.BoolVar(&r.InPlace, "in-place", false, "restore into the sources' own folders")
	f.BoolVar(&r.Overwrite, "overwrite", false, "replace files that differ")
	f.StringVar(&r.Backup, "backup", "", "only objects of `BACKUP` (address or name)")
	f.StringVar(&r.Source, "source", "", "only objects of `SOURCE` (address or name)")
	f.Var(&pattern{&r.Path}, "path", "only objects whose path matches `GLOB`")
	f.Var(&instant{&r.At}, "at", "the versions there were at `TIME` (RFC 3339)")
	f.BoolVar(&r.Gone, "gone", false, "objects too that have vanished from their source")
	f.StringVar(&r.From, "from", "", "read from `DESTINATION` (address or name) only")
	f.BoolVar(&r.DryRun, "dry-run", false, "say what would be restored and write nothing")
	f.StringVar(&r.Rate, "rate", "", "bring archived copies back at `RATE`, as the system names it")
	parallelism(f, &r.Parallelism)
}

func (a *Restore) accept(operands []string) error {
	if err := noOperands(operands); err != nil {
		return err
	}
	switch r := &a.Request; {
	case r.To == "" && r.ToProject == "" && !r.InPlace:
		return errors.New("it needs -to DIR, -to-project PROJECT, or -in-place")
	case r.To != "" && r.InPlace:
		return errors.New("-to and -in-place exclude each other")
	case r.ToProject != "" && (r.To != "" || r.InPlace):
		return errors.New("-to-project goes with neither -to nor -in-place")
	}
	return nil
}
