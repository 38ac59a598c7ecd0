package dnanexus

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

var _ storage.Readied = (*Source)(nil)

// mostAsked is up to how many files are asked one by one for copies in projects
// that the caller cannot see: there is no call for many.
const mostAsked = 50

// Readiness tells what stands in the way of archiving files of the project:
// rights, licence, sponsorship and region by a dry run in the other direction,
// which moves nothing; files that are open or empty; and live copies elsewhere
// under the same payer. It takes one search for each 1,000 files and for each
// 1,000 of their copies in other projects, a few calls besides, and one for each
// file where there are few.
func (s *Source) Readiness(ctx context.Context, objects []storage.Object) ([]storage.Ready, error) {
	found, live, err := s.everywhere(ctx, objects)
	if err != nil {
		return nil, fmt.Errorf("look at the files to be archived: %w", err)
	}
	out, err := s.service(ctx, found, objects)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		out = append(out, unfit(&o, found[o.ID])...)
	}
	more, err := s.elsewhere(ctx, objects, live)
	out = append(out, more...)
	slices.SortStableFunc(out, func(a, b storage.Ready) int {
		return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Key, b.Key))
	})
	return out, err
}

// unfit says what is wrong with one file.
func unfit(o *storage.Object, have wire.Object) (out []storage.Ready) {
	switch {
	case have.ID == "":
		return nil // it is gone, and apply says so
	case have.State != closed:
		return []storage.Ready{{Key: o.Key, What: "open", Result: "fail", Detail: "the file is not closed, and cannot be archived"}}
	case have.Size == 0:
		return []storage.Ready{{Key: o.Key, What: "empty", Result: "warn", Detail: "an empty file saves nothing"}}
	}
	return nil
}

// service tells whether the archival service takes the project at all.
func (s *Source) service(ctx context.Context, found map[string]wire.Object, objects []storage.Object) ([]storage.Ready, error) {
	for _, have := range found {
		if have.Sponsored {
			return []storage.Ready{{What: "sponsored", Result: "fail", Detail: "the project is sponsored: move the files out of it, or end the sponsorship"}}, nil
		}
	}
	var p struct {
		Level string `json:"level"`
	}
	if err := s.c.Call(ctx, s.project.ID, "describe", wire.Fields("level"), &p); err != nil {
		return nil, fmt.Errorf("ask for the rights at project %s: %w", s.project.ID, err)
	}
	if p.Level != contribute && p.Level != administer {
		return []storage.Ready{{What: "rights", Result: "fail", Detail: fmt.Sprintf("archiving needs CONTRIBUTE or ADMINISTER, and you have %s", p.Level)}}, nil
	}
	if len(objects) == 0 {
		return nil, nil
	}
	err := s.c.Call(ctx, s.project.ID, "unarchive", map[string]any{"files": idsOf(objects[:min(len(objects), wire.PageSize)]), "dryRun": true}, nil)
	switch {
	case err == nil || len(objects) == 1 && wire.IsType(err, "InvalidState"):
		return nil, nil // of one file that is live it says so: the service took the question
	case wire.IsType(err, "PermissionDenied"):
		return []storage.Ready{{What: "licence", Result: "fail", Detail: "the archival service is refused: " + err.Error()}}, nil
	case wire.IsType(err, "InvalidState"):
		return []storage.Ready{{What: "service", Result: "unknown", Detail: "the archival service does not answer for all of these files: " + err.Error()}}, nil
	}
	return nil, fmt.Errorf("try the archival service: %w", err)
}

// everywhere finds the files in all projects that the caller can see: those of
// this one by id, and where else, under the same payer, one has a live copy.
func (s *Source) everywhere(ctx context.Context, objects []storage.Object) (found map[string]wire.Object, live map[string]string, err error) {
	found, live = make(map[string]wire.Object, len(objects)), map[string]string{}
	payers := map[string]string{}
	for chunk := range slices.Chunk(objects, wire.PageSize) {
		ask := map[string]any{
			"id": idsOf(chunk), "visibility": "either", "state": "any",
			"describe": wire.Fields("state", "archivalState", "size", "sponsored"),
		}
		for row, err := range wire.Pages[wire.Found](ctx, s.c, "system", "findDataObjects", ask) {
			if err != nil {
				return nil, nil, err
			}
			if row.Project == s.project.ID {
				row.Describe.ID = row.ID
				found[row.ID] = row.Describe
				continue
			}
			if row.Describe.State != closed || storage.Tier(row.Describe.Archival) != storage.TierLive {
				continue
			}
			if err := s.payer(ctx, payers, row.Project); err != nil {
				return nil, nil, err
			}
			if payers[row.Project] == s.project.BillTo {
				live[row.ID] = row.Project
			}
		}
	}
	return found, live, nil
}

// elsewhere tells of live copies in other projects, which keep a file in standard
// storage while this copy waits in the state archival.
func (s *Source) elsewhere(ctx context.Context, objects []storage.Object, live map[string]string) ([]storage.Ready, error) {
	byID := make(map[string]storage.Object, len(objects))
	for _, o := range objects {
		byID[o.ID] = o
	}
	out, err := s.unseen(ctx, objects, live)
	for id, project := range live {
		o := byID[id]
		out = append(out, storage.Ready{
			Key: o.Key, What: "live_elsewhere", Result: "warn", Bytes: o.Size,
			Detail: "a live copy under the same payer keeps it in standard storage until it is archived, too: in " + project,
		})
	}
	return out, err
}

// payer asks once who pays for a project.
func (s *Source) payer(ctx context.Context, known map[string]string, project string) error {
	if _, asked := known[project]; asked {
		return nil
	}
	var p sourceProject
	if err := s.c.Call(ctx, project, "describe", wire.Fields("billTo"), &p); err != nil {
		return fmt.Errorf("ask who pays for project %s: %w", project, err)
	}
	known[project] = p.BillTo
	return nil
}

// unseen asks for live copies in projects that the caller cannot see. Only a
// member of the organisation that pays may ask, one file at a time.
func (s *Source) unseen(ctx context.Context, objects []storage.Object, live map[string]string) ([]storage.Ready, error) {
	if !strings.HasPrefix(s.project.BillTo, "org-") {
		return nil, nil // who pays sees their own projects
	}
	unknown := func(why string) []storage.Ready {
		return []storage.Ready{{What: "live_elsewhere", Result: "unknown", Detail: why}}
	}
	if len(objects) > mostAsked {
		return unknown(fmt.Sprintf("copies in projects that you cannot see were not asked for: that takes a call for each of more than %d files", mostAsked)), nil
	}
	for _, o := range objects {
		if live[o.ID] != "" {
			continue
		}
		var answer struct {
			Live []string `json:"liveProjects"`
		}
		err := s.c.Call(ctx, o.ID, "listProjects", map[string]any{"archivalInfoForOrg": s.project.BillTo}, &answer)
		if wire.IsType(err, "PermissionDenied", "ResourceNotFound") {
			return unknown("who else has a live copy is told to members of " + s.project.BillTo + " only"), nil
		}
		if err != nil {
			return nil, fmt.Errorf("ask for copies elsewhere: %w", err)
		}
		for _, project := range answer.Live {
			if project != s.project.ID {
				live[o.ID] = project
			}
		}
	}
	return nil, nil
}
