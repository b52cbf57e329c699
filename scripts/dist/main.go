// Command dist packs programs of headstart that scripts/build_binary.sh has built:
//
//	go run ./scripts/dist -o FOLDER -pages FOLDER PROGRAM...
//
// Each becomes an archive (zip for Windows, else tar.gz) with its licences, man page
// and shell completions, for Linux a Debian package as well, and a bill of materials
// beside it (CycloneDX). SHA256SUMS names them all. What a program is, its platform,
// version and modules, is read from the program itself. The same programs make the
// same bytes: every file has the time of the commit.
package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("dist: ")
	into := flag.String("o", "dist", "folder for what is made")
	pages := flag.String("pages", "", "folder with headstart.1, headstart.bash, headstart.zsh and headstart.fish")
	flag.Parse()
	if flag.NArg() == 0 || *pages == "" {
		log.Fatal("usage: dist -o FOLDER -pages FOLDER PROGRAM...")
	}
	made := map[string][]byte{}
	for _, path := range flag.Args() {
		if err := pack(path, *pages, made); err != nil {
			log.Fatalf("%s: %v", path, err)
		}
	}
	made["SHA256SUMS"] = checksums(made)
	if err := os.MkdirAll(*into, 0o777); err != nil {
		log.Fatal(err)
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join(*into, name), content, 0o666); err != nil {
			log.Fatal(err)
		}
	}
}

// pack makes the packages of one program.
func pack(path, pages string, made map[string][]byte) error {
	p, err := readProgram(path)
	if err != nil {
		return err
	}
	modules, err := p.licences()
	if err != nil {
		return err
	}
	notices := noticesOf(modules)
	files := []file{{"headstart" + p.extension(), p.content, 0o755}, {"THIRD-PARTY-NOTICES", notices, 0o644}}
	for name, from := range map[string]string{
		"LICENSE": "LICENSE", "README.md": "README.md", "man/headstart.1": filepath.Join(pages, "headstart.1"),
		"completions/headstart.bash": filepath.Join(pages, "headstart.bash"),
		"completions/_headstart":     filepath.Join(pages, "headstart.zsh"),
		"completions/headstart.fish": filepath.Join(pages, "headstart.fish"),
	} {
		content, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		files = append(files, file{name, content, 0o644})
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })

	var archive bytes.Buffer
	if p.os == "windows" {
		err = writeZip(&archive, under(p.name()+"/", files), p.time)
		made[p.name()+".zip"] = archive.Bytes()
	} else {
		err = writeTarGz(&archive, under(p.name()+"/", files), p.time)
		made[p.name()+".tar.gz"] = archive.Bytes()
	}
	if err != nil {
		return err
	}
	if p.os == "linux" {
		if made[p.debName()], err = deb(p, files); err != nil {
			return err
		}
	}
	made[p.name()+".cdx.json"], err = billOfMaterials(p, modules)
	return err
}

// checksums is what sha256sum --check reads.
func checksums(made map[string][]byte) []byte {
	var lines []string
	for name, content := range made {
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(content), name))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	return []byte(strings.Join(lines, ""))
}
