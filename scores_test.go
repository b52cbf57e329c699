package headstart

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/filelock"
)

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
func formats() map[string]lineFormat {
	classes := []string{"cats", "=dogs", "'birds"}
	return map[string]lineFormat{
		"CSV":         newCSVScores(classes, 1, "0123456789ab", false),
		"CSV, top 3":  newCSVScores(classes, 3, "0123456789ab", false),
		"JSON":        &jsonScores{classes: classes, head: "0123456789ab"},
		"JSON, top 2": &jsonScores{classes: classes, top: 2, head: "0123456789ab"},
	}
}

func prediction(path string) Prediction {
	return Prediction{Path: path, Class: "=dogs", Probability: 0.5, Probabilities: []float64{0.2, 0.5, 0.3}, UnknownScore: math.NaN(), Threshold: math.NaN()}
}

// scoresOf is a file of scores of the given paths, some of which have errors.
// lines are the bytes at which its lines end.
func scoresOf(f lineFormat, paths []string) (file []byte, ends []int) {
	file = append(file, f.header()...)
	for i, path := range paths {
		p := prediction(path)
		if unreadable(i) {
			p.Err = errors.New(badImage)
		}
		file = append(file, f.line(p)...)
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
				written, err := f.resume(bytes.NewReader(file[:cut]))
				if err != nil {
					t.Fatalf("%q: %v", file[:cut], err)
				}
				size := 0
				if header := len(f.header()); cut >= header {
					size = header
				}
				for i, path := range oddPaths {
					reason, has := written.find(path)
					if whole := ends[i] <= cut; whole != has {
						t.Fatalf("cut at %d: %q is there: %v, and it should be %v", cut, path, has, whole)
					} else if whole {
						size = ends[i]
					}
					if bad := has && unreadable(i); bad != (reason == badImage) || !bad && reason != "" {
						t.Fatalf("cut at %d: %q is unreadable: %q", cut, path, reason)
					}
				}
				if written.size != int64(size) {
					t.Fatalf("cut at %d: go on at %d, not %d", cut, written.size, size)
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
			if written, err := f.resume(strings.NewReader(other)); err == nil {
				t.Errorf("%s: %s is taken, %d bytes of it", name, what, written.size)
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

// An older version had no column for the likeliest class.
func TestResumeRefusesFilesOfOlderVersions(t *testing.T) {
	for name, f := range formats() {
		old := "path,class,probability,unknown,error,head\na.png,cats,0.900000,0.100000,,0123456789ab\n"
		if strings.HasPrefix(name, "JSON") {
			old = `{"path":"a.png","class":"cats","probability":0.9,"probabilities":{"cats":0.9,"=dogs":0.1},"unknown":0.1,"head":"0123456789ab"}` + "\n"
		}
		if _, err := f.resume(strings.NewReader(old)); !errors.Is(err, errOlderScores) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever an image is called, its likeliest class and whether it is unknown can
// be read.
func TestCallingAnImageUnknownHidesNothing(t *testing.T) {
	classes := []string{"cats", "dogs"}
	p := Prediction{Path: "a", Class: "dogs", Probability: 0.75, Probabilities: []float64{0.25, 0.75}, UnknownScore: 0.5, Threshold: 0.25, IsUnknown: true}
	none := p
	none.UnknownScore, none.Threshold, none.IsUnknown = math.NaN(), math.NaN(), false
	for want, line := range map[string][]byte{
		"a,dogs,dogs,0.750000,0.500000,true,\n":    newCSVScores(classes, 1, "", false).line(p),
		"a,unknown,dogs,0.750000,0.500000,true,\n": newCSVScores(classes, 1, "", true).line(p),
		"a,dogs,dogs,0.750000,,,\n":                newCSVScores(classes, 1, "", true).line(none),
		`{"path":"a","class":"dogs","likeliest":"dogs","probability":0.75,"top":[{"class":"dogs","probability":0.75}],"unknown":0.5,"is_unknown":true,"threshold":0.25}` + "\n":    (&jsonScores{classes: classes, top: 1}).line(p),
		`{"path":"a","class":"unknown","likeliest":"dogs","probability":0.75,"top":[{"class":"dogs","probability":0.75}],"unknown":0.5,"is_unknown":true,"threshold":0.25}` + "\n": (&jsonScores{classes: classes, top: 1, callUnknown: true}).line(p),
		`{"path":"a","class":"dogs","likeliest":"dogs","probability":0.75,"top":[{"class":"dogs","probability":0.75}]}` + "\n":                                                     (&jsonScores{classes: classes, top: 1, callUnknown: true}).line(none),
	} {
		if string(line) != want {
			t.Errorf("got  %swant %s", line, want)
		}
	}
}

func TestOneRunAtATimeAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scores.csv")
	format := newCSVScores([]string{"cats", "dogs"}, 1, "0123456789ab", false)
	first, err := openAppended(t.Context(), path, format)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openAppended(t.Context(), path, format); !errors.Is(err, filelock.ErrHeld) {
		t.Errorf("a second run: %v", err)
	}
	first.close()
	if next, err := openAppended(t.Context(), path, format); err != nil {
		t.Errorf("the next run: %v", err)
	} else {
		next.close()
	}
}

// repeated is a file of many lines that takes no memory: the same ones with
// other paths.
type repeated struct {
	lineFormat
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
			r.rest = r.line(prediction(path))
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
			file := &repeated{lineFormat: formats()[name], lines: 100_000}
			size, err := io.Copy(io.Discard, file)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				*file = repeated{lineFormat: file.lineFormat, lines: file.lines, size: size}
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				written, err := formats()[name].resume(file)
				if err != nil || written.size != size || len(written.lines) != file.lines {
					b.Fatalf("%v, %d lines", err, len(written.lines))
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(file.lines), "held-B/line")
				runtime.KeepAlive(written)
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
			written, err := format.resume(bytes.NewReader(data))
			if err != nil {
				continue
			}
			if written.size > int64(len(data)) {
				t.Fatalf("%s: go on at %d of %d bytes", name, written.size, len(data))
			}
			again, err := format.resume(bytes.NewReader(data[:written.size]))
			if err != nil || again.size != written.size || !maps.Equal(again.lines, written.lines) || !maps.Equal(again.reasons, written.reasons) {
				t.Fatalf("%s: what is kept is not what was read: %v", name, err)
			}
		}
	})
}

func TestCSVIsReadAsWritten(t *testing.T) {
	f := newCSVScores([]string{"cats", "dogs"}, 1, "", false)
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
