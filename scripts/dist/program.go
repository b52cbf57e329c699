package main

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

// A program is an executable file, and what the Go toolchain wrote into it.
type program struct {
	content  []byte
	os, arch string // as Go names them
	version  string // of git's tags: v0.2.0
	commit   string
	time     time.Time // of the commit
	goes     string    // version of Go
	modules  []*debug.Module
}

func readProgram(path string) (*program, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	info, err := buildinfo.Read(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	p := &program{content: content, version: info.Main.Version, goes: info.GoVersion, modules: info.Deps}
	for _, s := range info.Settings {
		switch s.Key {
		case "GOOS":
			p.os = s.Value
		case "GOARCH":
			p.arch = s.Value
		case "vcs.revision":
			p.commit = s.Value
		case "vcs.time":
			if p.time, err = time.Parse(time.RFC3339, s.Value); err != nil {
				return nil, err
			}
		}
	}
	if p.time.IsZero() || p.version == "" || p.version == "(devel)" {
		return nil, errors.New("it was built without its version: build it in a clone, with git installed")
	}
	return p, nil
}

// name is that of the program's archive, without extension.
func (p *program) name() string {
	arch := p.arch
	if arch == "amd64" {
		arch = "x86_64"
	}
	return strings.Join([]string{"headstart", p.version, p.os, arch}, "-")
}

func (p *program) extension() string {
	if p.os == "windows" {
		return ".exe"
	}
	return ""
}
