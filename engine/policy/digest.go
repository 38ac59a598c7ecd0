package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Digest is the digest of everything that judges: all modules and data, which
// controls were chosen, how severe and with which parameters. It is
// "sha256:<hex>", and equal for equal sets on any machine.
func (e *Engine) Digest() string { return e.digest }

// digestControl is what a chosen control adds to the digest.
type digestControl struct {
	ID       string         `json:"id"`
	Severity Severity       `json:"severity"`
	Params   map[string]any `json:"params"`
	Packs    []string       `json:"packs"`
}

func (e *Engine) computeDigest() (string, error) {
	type file struct{ Name, Digest string }
	doc := struct {
		Format   string          `json:"format"`
		Files    []file          `json:"files"`
		Data     map[string]any  `json:"data"`
		Controls []digestControl `json:"controls"`
	}{Format: "backstay-policy-set-v1", Data: e.data}
	for i, s := range e.sets {
		for _, m := range s.modules {
			sum := sha256.Sum256(m.text)
			name := m.name
			if !s.shipped && s.label == "" {
				name = "organisation/" + m.base // where its folder lies is no part of what it says
			}
			doc.Files = append(doc.Files, file{fmt.Sprintf("%d:%s", i, name), hex.EncodeToString(sum[:])})
		}
	}
	for _, c := range e.controls {
		doc.Controls = append(doc.Controls, digestControl{c.id, c.severity, c.params, c.packs})
	}
	text, err := json.Marshal(doc) // object members in sorted order
	if err != nil {
		return "", fmt.Errorf("digest the policy set: %w", err)
	}
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}
