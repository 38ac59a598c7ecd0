package model

import "slices"

// Links lists each target of the links in an object's details once, in order.
func (o *Object) Links() []string {
	links := []string{}
	collect(o.Details, &links)
	slices.Sort(links)
	return slices.Compact(links)
}

func collect(value any, into *[]string) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			collect(item, into)
		}
	case map[string]any:
		if target, ok := v["$dnanexus_link"]; ok && len(v) == 1 {
			switch t := target.(type) {
			case string:
				*into = append(*into, t)
			case map[string]any:
				if id, ok := t["id"].(string); ok {
					*into = append(*into, id)
				}
			}
			return
		}
		for _, item := range v {
			collect(item, into)
		}
	}
}

// Bundled lists the objects that an applet brings along.
func (o *Object) Bundled() []string {
	run, _ := o.Spec["runSpec"].(map[string]any)
	ids := []string{}
	collect(run["bundledDepends"], &ids)
	if byRegion, ok := run["bundledDependsByRegion"].(map[string]any); ok {
		list, _ := byRegion[o.Region].([]any)
		for _, item := range list {
			if entry, ok := item.(map[string]any); ok {
				if id, ok := entry["id"].(string); ok {
					ids = append(ids, id)
				}
				collect(entry["id"], &ids)
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
