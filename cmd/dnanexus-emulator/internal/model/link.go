package model

import "slices"

// Link is a reference to an object, in a project if it names one.
type Link struct{ Project, ID string }

// Links lists each target of the links in an object's details once, in order.
func (o *Object) Links() []string { return targets(o.Details) }

func targets(value any) []string {
	ids := []string{}
	EachLink(value, func(l Link) { ids = append(ids, l.ID) })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// EachLink visits the links in a JSON value.
func EachLink(value any, visit func(Link)) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			EachLink(item, visit)
		}
	case map[string]any:
		if target, ok := v["$dnanexus_link"]; ok && len(v) == 1 {
			if l := linkOf(target); l.ID != "" {
				visit(l)
			}
			return
		}
		for _, item := range v {
			EachLink(item, visit)
		}
	}
}

func linkOf(target any) (l Link) {
	switch t := target.(type) {
	case string:
		l.ID = t
	case map[string]any:
		l.ID, _ = t["id"].(string)
		l.Project, _ = t["project"].(string)
	}
	return l
}

// Bundled lists the objects that an applet brings along.
func (o *Object) Bundled() []string {
	run, _ := o.Spec["runSpec"].(map[string]any)
	ids := targets(run["bundledDepends"])
	if byRegion, ok := run["bundledDependsByRegion"].(map[string]any); ok {
		list, _ := byRegion[o.Region].([]any)
		for _, item := range list {
			if entry, ok := item.(map[string]any); ok {
				if id, ok := entry["id"].(string); ok {
					ids = append(ids, id)
				}
				ids = append(ids, targets(entry["id"])...)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// hiddenBehind adds the hidden copies of a project that the given ones reach by
// links.
func (p *Project) hiddenBehind(w *World, from []*Copy) []*Copy {
	seen := map[*Copy]bool{}
	for _, c := range from {
		seen[c] = true
	}
	var behind []*Copy
	for queue := slices.Clone(from); len(queue) > 0; queue = queue[1:] {
		for _, id := range queue[0].Object.Links() {
			o := w.Objects[id]
			if o == nil || !o.Hidden {
				continue
			}
			if c := o.CopyIn(p.ID); c != nil && !seen[c] {
				seen[c] = true
				behind = append(behind, c)
				queue = append(queue, c)
			}
		}
	}
	return behind
}
