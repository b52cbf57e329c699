package main

import (
	"encoding/json"
	"strings"
	"time"
)

// billOfMaterials returns what is in the program, in CycloneDX 1.6
// (https://cyclonedx.org/docs/1.6/json/).
func billOfMaterials(p *program, parts []component) ([]byte, error) {
	type object = map[string]any
	var components []object
	for _, c := range parts {
		var licences []object
		for _, id := range c.ids {
			licences = append(licences, object{"license": object{"id": id}})
		}
		entry := object{"type": "library", "name": c.name, "licenses": licences}
		if c.version != "" {
			entry["version"] = c.version
		}
		if c.kind == "golang" {
			entry["purl"] = "pkg:golang/" + c.name + "@" + strings.ReplaceAll(c.version, "+", "%2B")
			entry["bom-ref"] = entry["purl"]
		}
		components = append(components, entry)
	}
	text, err := json.MarshalIndent(object{
		"$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata": object{
			"timestamp": p.time.UTC().Format(time.RFC3339),
			"component": object{
				"type": "application", "name": "headstart", "version": p.version,
				"licenses": []object{{"license": object{"id": "Apache-2.0"}}},
				"properties": []object{
					{"name": "commit", "value": p.commit}, {"name": "platform", "value": p.os + "/" + p.arch},
				},
			},
		},
		"components": components,
	}, "", "  ")
	return append(text, '\n'), err
}
