package sheet

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// known prefers separators that give more of the columns path and label.
func known(first []string, _ byte) (n int) {
	for _, name := range first {
		if name = strings.TrimSpace(name); name == "path" || name == "label" {
			n++
		}
	}
	return n
}

// wide returns text in UTF-16, after its byte order mark if there is one in it.
func wide(text string, bigEndian bool) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		pair := []byte{byte(unit), byte(unit >> 8)}
		if bigEndian {
			slices.Reverse(pair)
		}
		out = append(out, pair...)
	}
	return string(out)
}

func TestWhatProgramsWrite(t *testing.T) {
	const plain = "path,label\n1.jpg,café\n2.jpg,dog\n"
	for name, text := range map[string]string{
		"plain":                  plain,
		"Excel, German":          "path;label\r\n1.jpg;café\r\n2.jpg;dog\r\n",
		"tabs":                   "path\tlabel\r\n1.jpg\tcafé\r\n2.jpg\tdog",
		"sep=":                   "sep=;\r\npath;label\r\n1.jpg;café\r\n2.jpg;dog\r\n",
		"sep= in quotes":         "\ufeff\"sep=;\"\npath;label\n1.jpg;café\n2.jpg;dog\n",
		"sep= and a tab":         "SEP=\t\npath\tlabel\n1.jpg\tcafé\n2.jpg\tdog\n",
		"UTF-8 with mark":        "\ufeff" + plain,
		"UTF-16 of Excel":        wide("\ufeffpath\tlabel\r\n1.jpg\tcafé\r\n2.jpg\tdog\r\n", false),
		"UTF-16, big end":        wide("\ufeff"+plain, true),
		"UTF-16 without mark":    wide(plain, false),
		"big end, without mark":  wide(plain, true),
		"old Macintosh":          "path,label\r1.jpg,café\r2.jpg,dog\r",
		"without a last line's":  "path,label\r1.jpg,café\r2.jpg,dog",
		"Python on Windows":      "path,label\r\r\n1.jpg,café\r\r\n2.jpg,\"dog\"\r\r\n",
		"spaces before quotes":   "path, \"label\"\n\"1.jpg\", \"café\"\n2.jpg,dog\n",
		"rows without a value":   "\n,\npath,label\n,\n1.jpg,café\n \n2.jpg,dog\n",
		"empty values at an end": "path,label\n1.jpg,café,,\n2.jpg,dog,\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(strings.NewReader(text), 1000, known)
			var got []string
			last := 0
			for {
				fields, line, err := r.Read()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if line <= last {
					t.Errorf("line %d after line %d", line, last)
				}
				last = line
				got = append(got, strings.Join(fields, "|"))
			}
			if want := []string{"path|label", "1.jpg|café", "2.jpg|dog"}; !slices.Equal(got, want) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestSpacesStayWithValues(t *testing.T) {
	r := NewReader(strings.NewReader("path,label\n 1.jpg ,\" cat \"\n"), 1000, known)
	_, _, _ = r.Read()
	if fields, _, err := r.Read(); err != nil || !slices.Equal(fields, []string{" 1.jpg ", " cat "}) {
		t.Errorf("%q, %v", fields, err)
	}
}

func TestLinesAreCounted(t *testing.T) {
	for _, text := range []string{
		"path,label\n\"a\nb\",c\n\nx", "path,label\r\n\"a\r\nb\",c\r\n\r\nx", "path,label\r\"a\rb\",c\r\rx", "sep=,\npath,label\n\"a b\",c\nx",
	} {
		r := NewReader(strings.NewReader(text), 1000, known)
		var lines []int
		for {
			_, line, err := r.Read()
			lines = append(lines, line)
			if err != nil {
				break
			}
		}
		if last := lines[len(lines)-1]; last != 5-strings.Count(text, "sep") {
			t.Errorf("%q: lines %d", text, lines)
		}
	}
}

func TestNumbersWithACommaInThem(t *testing.T) {
	for text, want := range map[string]float64{"0,5": 0.5, " 2,25 ": 2.25, "0,125": 0.125, "1.5": 1.5, "1e3": 1000} {
		if got, err := Number(text, ';'); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"1,500", "1,000,000", "1.000,5", "", ","} {
		if got, err := Number(text, ';'); err == nil {
			t.Errorf("%s is read as %v", text, got)
		}
	}
	if _, err := Number("0,5", ','); err == nil {
		t.Error("a comma between values stands in a number")
	}
}

func TestScanLines(t *testing.T) {
	for _, text := range []string{"a\nb\n\nc", "a\r\nb\r\n\r\nc\r\n", "a\rb\r\rc\r", "a\nb\r\n\rc"} {
		for size := range 3 {
			lines := bufio.NewScanner(&slow{[]byte(text), size + 1})
			lines.Split(ScanLines)
			var got []string
			for lines.Scan() {
				got = append(got, lines.Text())
			}
			if !slices.Equal(got, []string{"a", "b", "", "c"}) {
				t.Errorf("%q: %q", text, got)
			}
		}
	}
}

// slow gives a few bytes at a time.
type slow struct {
	rest []byte
	n    int
}

func (s *slow) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest[:min(s.n, len(s.rest))])
	s.rest = s.rest[n:]
	return n, nil
}

func FuzzReader(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "a;b\n\"x\"\"y\";\"\n\"", "sep=;\na;b", "\"a\n", "a\rb\r", "\xff\xfea\x00", "a,\"b\"c", ",\n, \n", "\n\n\"\n\"\n" + strings.Repeat("x", 2000)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(bytes.NewReader(text), 1<<10, known)
		for last, values := 0, 0; ; {
			fields, line, err := r.Read()
			if err == io.EOF {
				return
			}
			if line <= last {
				t.Fatalf("line %d comes after line %d (%v)", line, last, err)
			}
			if err != nil {
				return
			}
			if values > 0 && len(fields) != values || len(strings.Join(fields, "")) > 1<<10 {
				t.Fatalf("%d values after %d: %q", len(fields), values, fields)
			}
			last, values = line, len(fields)
		}
	})
}
