package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

func example() *program {
	return &program{
		content: []byte("program"), os: "linux", arch: "amd64", version: "v0.2.0-rc.1", commit: "72da50c", goes: "go1.26.8",
		time: time.Date(2026, 12, 1, 14, 3, 0, 0, time.UTC), modules: []*debug.Module{{Path: "gonum.org/v1/gonum"}},
	}
}

func TestArchiveHasItsFoldersAndTheCommitsTime(t *testing.T) {
	p := example()
	files := []file{{"headstart", p.content, 0o755}, {"man/headstart.1", []byte("page"), 0o644}}
	var first, second bytes.Buffer
	for _, w := range []io.Writer{&first, &second} {
		if err := writeTarGz(w, under("headstart-v1/", files), p.time); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same files make other bytes")
	}
	unzipped, err := gzip.NewReader(&first)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
		if !header.ModTime.Equal(p.time) {
			t.Errorf("%s is of %v", header.Name, header.ModTime)
		}
	}
	if want := []string{"headstart-v1/", "headstart-v1/man/", "headstart-v1/headstart", "headstart-v1/man/headstart.1"}; !slices.Equal(names, want) {
		t.Errorf("it holds %q", names)
	}
}

func TestDebianPackageIsReadByDpkg(t *testing.T) {
	dpkg, err := exec.LookPath("dpkg-deb")
	if err != nil {
		t.Skip("needs dpkg-deb")
	}
	p := example()
	content, err := deb(p, []file{{"headstart", p.content, 0o755}, {"LICENSE", []byte("text"), 0o644}, {"man/headstart.1", []byte("page"), 0o644}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), p.debName())
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	fields, err := exec.Command(dpkg, "--field", path, "Version", "Architecture").CombinedOutput()
	if err != nil || !strings.Contains(string(fields), "Version: 0.2.0~rc.1\n") || !strings.Contains(string(fields), "Architecture: amd64\n") {
		t.Errorf("%v: %s", err, fields)
	}
	list, err := exec.Command(dpkg, "--contents", path).CombinedOutput()
	for _, want := range []string{"-rwxr-xr-x root/root", "./usr/bin/headstart", "./usr/share/man/man1/headstart.1.gz", "./usr/share/doc/headstart/copyright"} {
		if err != nil || !strings.Contains(string(list), want) {
			t.Errorf("%v: no %s in\n%s", err, want, list)
		}
	}
	if _, err := deb(p, []file{{"stray", nil, 0o644}}); err == nil || !strings.Contains(err.Error(), "stray") {
		t.Errorf("a file without a place: %v", err)
	}
}

func TestLicencesAreKnownByTheirWords(t *testing.T) {
	for want, text := range map[string]string{
		"MIT":          "Permission is hereby granted,\n free of charge, to any person",
		"BSD-3-Clause": "Redistributions in binary form must reproduce ... * Neither the name of",
		"BSD-2-Clause": "Redistributions in binary form must reproduce",
		"Apache-2.0":   "Apache License\n   Version 2.0, January 2004",
		"":             "All rights reserved",
	} {
		if got := strings.Join(idsOf([]file{{"LICENSE", []byte(text), 0}}), ","); got != want {
			t.Errorf("%q is %s, not %s", text, got, want)
		}
	}
}

func TestNoticesAndBillNameTheLGPLPart(t *testing.T) {
	t.Chdir("../..")
	parts, err := decoderComponents()
	if err != nil {
		t.Fatal(err)
	}
	notices := string(noticesOf(parts))
	for _, want := range []string{"libde265 1.1.3 (LGPL-3.0-or-later)", "scripts/sandbox/build.sh", "GNU LESSER GENERAL PUBLIC LICENSE"} {
		if !strings.Contains(notices, want) {
			t.Errorf("the notices do not say %s", want)
		}
	}
	text, err := billOfMaterials(example(), parts)
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BOMFormat  string
		Components []struct {
			Name     string
			Licenses []struct{ License struct{ ID string } }
		}
	}
	if err := json.Unmarshal(text, &bill); err != nil || bill.BOMFormat != "CycloneDX" {
		t.Fatalf("%v: %s", err, text)
	}
	if first := bill.Components[0]; first.Name != "libde265" || first.Licenses[0].License.ID != "LGPL-3.0-or-later" {
		t.Errorf("the first part is %+v", first)
	}
	// The version of the sources is written in build.sh.
	script, err := os.ReadFile("scripts/sandbox/build.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if part.version != "" && !strings.Contains(string(script), part.name+"-"+part.version) {
			t.Errorf("build.sh does not build %s %s", part.name, part.version)
		}
	}
}
