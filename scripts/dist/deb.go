package main

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"fmt"
	"path"
	"strings"
)

// debName is the file name of the program's Debian package.
func (p *program) debName() string { return "headstart_" + p.debVersion() + "_" + p.arch + ".deb" }

// debVersion is the version as Debian orders them: what git calls a version before
// another, with a hyphen, is one with a tilde.
func (p *program) debVersion() string {
	return strings.ReplaceAll(strings.TrimPrefix(p.version, "v"), "-", "~")
}

// debPlaces says where a Debian system has what is in the archive.
var debPlaces = map[string]string{
	"headstart":                  "usr/bin/headstart",
	"LICENSE":                    "usr/share/doc/headstart/copyright",
	"THIRD-PARTY-NOTICES":        "usr/share/doc/headstart/THIRD-PARTY-NOTICES",
	"README.md":                  "usr/share/doc/headstart/README.md",
	"man/headstart.1":            "usr/share/man/man1/headstart.1.gz",
	"completions/headstart.bash": "usr/share/bash-completion/completions/headstart",
	"completions/_headstart":     "usr/share/zsh/vendor-completions/_headstart",
	"completions/headstart.fish": "usr/share/fish/vendor_completions.d/headstart.fish",
}

// deb returns the Debian package of files: an ar archive of two tar archives, as
// deb(5) describes it.
func deb(p *program, files []file) ([]byte, error) {
	var placed []file
	var sums strings.Builder
	size := 0
	for _, f := range files {
		place := debPlaces[f.name]
		if place == "" {
			return nil, fmt.Errorf("no place for %s in a Debian package", f.name)
		}
		if path.Ext(place) == ".gz" {
			var page bytes.Buffer
			w := gzip.NewWriter(&page)
			w.Write(f.content) // to memory
			w.Close()
			f.content = page.Bytes()
		}
		fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.content), place)
		size += (len(f.content) + 1023) / 1024
		f.name = "./" + place
		placed = append(placed, f)
	}
	control := fmt.Sprintf(`Package: headstart
Version: %s
Architecture: %s
Maintainer: The headstart authors <headstart@localhost>
Installed-Size: %d
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1
Section: science
Priority: optional
Homepage: https://github.com/digitalinnovationone/headstart
Description: turn a folder of labelled photos into a classifier
 A frozen backbone makes an embedding of each image once, and a small head is
 trained on the embeddings. ONNX Runtime's library is not part of this package.
`, p.debVersion(), p.arch, size)

	var inner, data bytes.Buffer
	if err := writeTarGz(&inner, []file{{"./control", []byte(control), 0o644}, {"./md5sums", []byte(sums.String()), 0o644}}, p.time); err != nil {
		return nil, err
	}
	if err := writeTarGz(&data, placed, p.time); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("!<arch>\n")
	for _, member := range []file{{"debian-binary", []byte("2.0\n"), 0}, {"control.tar.gz", inner.Bytes(), 0}, {"data.tar.gz", data.Bytes(), 0}} {
		fmt.Fprintf(&out, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", member.name, p.time.Unix(), 0, 0, "100644", len(member.content))
		out.Write(member.content)
		if len(member.content)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), nil
}
