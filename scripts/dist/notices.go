package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// decoders is the folder with the decoders that are embedded as WebAssembly.
const decoders = "extractor/imageio/internal/heif"

// A component is part of the program and has licences of its own.
type component struct {
	name, version string
	kind          string   // "golang" for a module, else "generic"
	ids           []string // SPDX names of its licences
	texts         []file
}

// licences returns the program's components, each with the licences that are in its
// folder. It fails where one has none, or one that it does not know.
func (p *program) licences() ([]component, error) {
	arguments := []string{"list", "-m", "-f", "{{.Path}}\t{{.Version}}\t{{.Dir}}"}
	for _, m := range p.modules {
		arguments = append(arguments, m.Path)
	}
	if out, err := exec.Command("go", append([]string{"mod", "download"}, arguments[4:]...)...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go mod download: %w: %s", err, out)
	}
	list, err := exec.Command("go", arguments...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	all := []component{{name: "Go's standard library", version: runtime.Version(), kind: "generic"}}
	folders := []string{strings.TrimSpace(string(root))}
	for line := range strings.Lines(string(list)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, component{name: fields[0], version: fields[1], kind: "golang"})
		folders = append(folders, fields[2])
	}
	for i := range all {
		if all[i].texts, err = licenceFiles(folders[i]); err != nil {
			return nil, err
		}
		if all[i].ids = idsOf(all[i].texts); len(all[i].ids) == 0 {
			return nil, fmt.Errorf("%s has no licence that is known, in %s", all[i].name, folders[i])
		}
	}
	all[0].version = p.goes
	embedded, err := decoderComponents()
	return append(all, embedded...), err
}

// licenceFiles returns the files that tell a folder's licence, and those of a folder
// of licences in it.
func licenceFiles(folder string) ([]file, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	telling := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|third_party_licen[cs]es)([-_.].*)?$`)
	var files []file
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case !telling.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go"):
		case e.IsDir():
			within, err := filepath.Glob(filepath.Join(path, "*"))
			if err != nil {
				return nil, err
			}
			for _, path := range within {
				content, err := os.ReadFile(path)
				if err != nil {
					return nil, err
				}
				files = append(files, file{e.Name() + "/" + filepath.Base(path), content, 0})
			}
		default:
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			files = append(files, file{e.Name(), content, 0})
		}
	}
	return files, nil
}

// signs are words that only the licence of that SPDX name has.
var signs = []struct{ id, words string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License Version 2.0"},
	{"MIT", "Permission is hereby granted, free of charge"},
	{"BSD-3-Clause", "Neither the name"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
	{"ISC", "Permission to use, copy, modify, and"},
	{"Unlicense", "This is free and unencumbered software"},
}

// idsOf returns the SPDX names of the licences in files.
func idsOf(files []file) []string {
	var ids []string
	for _, f := range files {
		text := strings.ReplaceAll(strings.Join(strings.Fields(string(f.content)), " "), ", Version 2.0", " Version 2.0")
		for _, sign := range signs {
			if strings.Contains(text, sign.words) {
				ids = append(ids, sign.id)
				break
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// decoderComponents returns what no list of modules has.
func decoderComponents() ([]component, error) {
	all := []component{
		{name: "libde265", version: "1.1.3", kind: "generic", ids: []string{"LGPL-3.0-or-later"}},
		{name: "dav1d", version: "1.5.4", kind: "generic", ids: []string{"BSD-2-Clause"}},
		{name: "llvm", kind: "generic", ids: []string{"Apache-2.0"}},
		{name: "zig", kind: "generic", ids: []string{"MIT"}},
		{name: "wasi-libc", kind: "generic", ids: []string{"Apache-2.0", "BSD-2-Clause", "MIT"}},
	}
	for i, c := range all {
		content, err := os.ReadFile(filepath.Join(decoders, "LICENSE."+c.name))
		if err != nil {
			return nil, err
		}
		all[i].texts = []file{{"LICENSE." + c.name, content, 0}}
	}
	return all, nil
}

const preface = `headstart is licensed under the Apache License 2.0 (LICENSE). It contains the parts
below, under their own licences.

The LGPL part: HEIC photos are decoded by libde265 (LGPL-3.0-or-later), embedded as
a WebAssembly module that runs in a sandbox and is linked with nothing else. To
replace it with a changed one, take headstart's source of this version, build the
module from libde265's source, changed or not, with

    scripts/sandbox/build.sh SOURCES

and then the program with "go build ./cmd/headstart". The checksums of the sources,
and where they are, stand in ` + decoders + `/README.md.

ONNX Runtime (MIT) is not in the program: it is a library that the program loads.
`

// noticesOf is the text that goes with the program.
func noticesOf(components []component) []byte {
	var text bytes.Buffer
	text.WriteString(preface + "\n")
	for _, c := range components {
		fmt.Fprintf(&text, "  %s\n", strings.TrimSpace(c.name+" "+c.version+" ("+strings.Join(c.ids, ", ")+")"))
	}
	for _, c := range components {
		for _, f := range c.texts {
			fmt.Fprintf(&text, "\n%s\n%s %s: %s\n\n%s\n", strings.Repeat("=", 78), c.name, c.version, f.name, bytes.TrimSpace(f.content))
		}
	}
	return text.Bytes()
}
