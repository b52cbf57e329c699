package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// oddNames (odd-names FOLDER PHOTO) makes copies of a photo under names that
// are hard to write down.
func oddNames(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: odd-names FOLDER PHOTO")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o777))
	photo := []byte(ts.ReadFile(args[1]))
	for _, name := range []string{"=1+1.png", "-x.png", "'quoted.png", "two\r\nlines.png", "byte\xff.png"} {
		ts.Check(os.WriteFile(filepath.Join(folder, name), photo, 0o666))
	}
}

// chop (chop FILE BYTES) cuts bytes off the end of a file.
func chop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: chop FILE BYTES")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()-n))
}

// longAgo is a time of change that makes a file's next reading worth remembering.
var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// age (age FILE) makes a file as old as longAgo.
func age(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: age FILE")
	}
	ts.Check(os.Chtimes(ts.MkAbs(args[0]), longAgo, longAgo))
}

// oddPaths are names that are hard to write down.
var oddPaths = []string{
	"a.png", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "\ttab", "\rreturn", "\nline", "'quoted", "''twice", `"`, `a"b,c`,
	"two\nlines", "two\r\nlines", "end\r", "byte\xff\xfe", "\ufeffmark", " spaces ", `\.`, "#no comment", "é", "\x00",
}

func TestCSVTextIsReversibleAndNoFormula(t *testing.T) {
	for _, text := range append(oddPaths, "") {
		cell := csvText(text)
		if textOf(cell) != text {
			t.Errorf("%q becomes %q", text, textOf(cell))
		}
		if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
			t.Errorf("%q is a formula", cell)
		}
	}
}

// formats are those a file of scores may have.
func formats() map[string]scoreFormat {
	classes := []string{"cats", "=dogs", "'birds"}
	return map[string]scoreFormat{
		"CSV":         newCSVScores(classes, 1, "0123456789ab"),
		"CSV, top 3":  newCSVScores(classes, 3, "0123456789ab"),
		"JSON":        &jsonScores{classes: classes, head: "0123456789ab"},
		"JSON, top 2": &jsonScores{classes: classes, top: 2, head: "0123456789ab"},
	}
}

// scoresOf is a file of scores of the given paths, some of which have errors.
// lines are the bytes at which its lines end.
func scoresOf(f scoreFormat, paths []string) (file []byte, ends []int) {
	file = append(file, f.header()...)
	for i, path := range paths {
		s := &scored{path: path, probabilities: []float64{0.2, 0.5, 0.3}}
		if unreadable(i) {
			s.err = errors.New(badImage)
		}
		file = append(file, f.line(s)...)
		ends = append(ends, len(file))
	}
	return file, ends
}

const badImage = "=bad,\n\"image\""

func unreadable(i int) bool { return i%3 == 2 }

// Wherever a run is killed, the next one knows what is done and where to go on.
func TestResumeAfterAnyByte(t *testing.T) {
	for name, f := range formats() {
		t.Run(name, func(t *testing.T) {
			file, ends := scoresOf(f, oddPaths)
			for cut := range len(file) + 1 {
				begun, err := f.resume(bytes.NewReader(file[:cut]))
				if err != nil {
					t.Fatalf("%q: %v", file[:cut], err)
				}
				size := 0
				if header := len(f.header()); cut >= header {
					size = header
				}
				for i, path := range oddPaths {
					reason, has := begun.look(path)
					if whole := ends[i] <= cut; whole != has {
						t.Fatalf("cut at %d: %q is there: %v, and it should be %v", cut, path, has, whole)
					} else if whole {
						size = ends[i]
					}
					if bad := has && unreadable(i); bad != (reason == badImage) || !bad && reason != "" {
						t.Fatalf("cut at %d: %q is unreadable: %q", cut, path, reason)
					}
				}
				if begun.size != int64(size) {
					t.Fatalf("cut at %d: go on at %d, not %d", cut, begun.size, size)
				}
			}
		})
	}
}

func TestResumeRefusesOtherFiles(t *testing.T) {
	for name, f := range formats() {
		file, _ := scoresOf(f, oddPaths[:4])
		lines := strings.SplitAfter(string(file), "\n")
		for what, other := range map[string]string{
			"another head":       strings.ReplaceAll(string(file), "0123456789ab", "ba9876543210"),
			"a poem":             "Tyger Tyger, burning bright,\nIn the forests of the night;\n",
			"the start of one":   "Tyger Tyger",
			"a photo":            "\x89PNG\r\n\x1a\n\x00",
			"a line between":     lines[0] + lines[1] + "x\n" + strings.Join(lines[2:], ""),
			"another line first": "x\n" + string(file),
		} {
			if begun, err := f.resume(strings.NewReader(other)); err == nil {
				t.Errorf("%s: %s is taken, %d bytes of it", name, what, begun.size)
			}
		}
		for otherName, other := range formats() {
			if otherName == name {
				continue
			}
			if _, err := other.resume(bytes.NewReader(file)); err == nil {
				t.Errorf("%s goes on with a file of %s", otherName, name)
			}
		}
	}
}

func TestOneRunAtATimeAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.csv")
	format := newCSVScores([]string{"cats", "dogs"}, 1, "0123456789ab")
	quiet := &terminal{err: io.Discard}
	first, err := openAppended(t.Context(), quiet, path, format)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openAppended(t.Context(), quiet, path, format); !errors.Is(err, filelock.ErrHeld) {
		t.Errorf("a second run: %v", err)
	}
	first.close()
	if next, err := openAppended(t.Context(), quiet, path, format); err != nil {
		t.Errorf("the next run: %v", err)
	} else {
		next.close()
	}
}

// repeated is a file of many lines that takes no memory: the same ones with
// other paths.
type repeated struct {
	scoreFormat
	lines, at int
	rest      []byte
	size      int64
}

func (r *repeated) Size() int64 { return r.size }

func (r *repeated) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.at > r.lines {
			return 0, io.EOF
		}
		if r.rest = r.header(); r.at > 0 {
			path := fmt.Sprintf("/photos/of/a/long/holiday/%09d.jpg", r.at)
			r.rest = r.line(&scored{path: path, probabilities: []float64{0.2, 0.5, 0.3}})
		}
		r.at++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// BenchmarkResume reports the memory that each line of an earlier run takes.
func BenchmarkResume(b *testing.B) {
	for name := range formats() {
		b.Run(name, func(b *testing.B) {
			file := &repeated{scoreFormat: formats()[name], lines: 100_000}
			size, err := io.Copy(io.Discard, file)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				*file = repeated{scoreFormat: file.scoreFormat, lines: file.lines, size: size}
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				begun, err := formats()[name].resume(file)
				if err != nil || begun.size != size || len(begun.lines) != file.lines {
					b.Fatalf("%v, %d lines", err, len(begun.lines))
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(file.lines), "held-B/line")
				runtime.KeepAlive(begun)
			}
		})
	}
}

func FuzzResume(f *testing.F) {
	for _, format := range formats() {
		file, _ := scoresOf(format, oddPaths)
		f.Add(file)
		f.Add(file[:len(file)-5])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, format := range formats() {
			begun, err := format.resume(bytes.NewReader(data))
			if err != nil {
				continue
			}
			if begun.size > int64(len(data)) {
				t.Fatalf("%s: go on at %d of %d bytes", name, begun.size, len(data))
			}
			again, err := format.resume(bytes.NewReader(data[:begun.size]))
			if err != nil || again.size != begun.size || !maps.Equal(again.lines, begun.lines) || !maps.Equal(again.reasons, begun.reasons) {
				t.Fatalf("%s: what is kept is not what was read: %v", name, err)
			}
		}
	})
}

func TestCSVIsReadAsWritten(t *testing.T) {
	f := newCSVScores([]string{"cats", "dogs"}, 1, "")
	file, _ := scoresOf(f, oddPaths)
	rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range oddPaths {
		want := strings.ReplaceAll(path, "\r\n", "\n") // as encoding/csv reads it
		if got := textOf(rows[i+1][0]); got != want {
			t.Errorf("%q is read as %q", path, got)
		}
	}
}
