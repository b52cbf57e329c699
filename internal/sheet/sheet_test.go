package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
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
		"sep=":                   "sep=|\r\npath|label\r\n1.jpg|café\r\n2.jpg|dog\r\n",
		"sep= in quotes":         "\ufeff\"sep=;\"\npath;label\n1.jpg;café\n2.jpg;dog\n",
		"sep= and a tab":         "SEP=\t\npath\tlabel\n1.jpg\tcafé\n2.jpg\tdog\n",
		"UTF-8 with mark":        "\ufeff" + plain,
		"UTF-16 of Excel":        wide("\ufeffpath\tlabel\r\n1.jpg\tcafé\r\n2.jpg\tdog\r\n", false),
		"UTF-16, big end":        wide("\ufeff"+plain, true),
		"UTF-16 without mark":    wide(plain, false),
		"big end, without mark":  wide(plain, true),
		"old Macintosh":          "path,label\r1.jpg,café\r2.jpg,dog\r",
		"without a last line's":  "path,label\r1.jpg,café\r2.jpg,dog",
		"spaces around quotes":   "path, \"label\"\n\"1.jpg\" , \"café\" \n2.jpg,dog\n",
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
		if got, err := (&Reader{Separator: ';'}).Number(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"1,500", "1,000,000", "1.000,5", "", ","} {
		if got, err := (&Reader{Separator: ';'}).Number(text); err == nil {
			t.Errorf("%s is read as %v", text, got)
		}
	}
	if _, err := (&Reader{Separator: ','}).Number("0,5"); err == nil {
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

// FuzzReader compares with encoding/csv, where both read the same language.
func FuzzReader(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "a;b\n\"x\"\"y\";\"\n\"", "sep=;\na;b", "\"a\n", "a\rb\r", "\xff\xfea\x00", "a,\"b\"c", ",\n, \n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := NewReader(bytes.NewReader(text), 1<<10, known)
		var got [][]string
		var wrong error
		for last := 0; ; {
			fields, line, err := c.Read()
			if err == nil && line <= last || line < 1 {
				t.Fatalf("line %d comes after line %d", line, last)
			}
			last = line
			if wrong = err; err != nil {
				break
			}
			got = append(got, slices.Clone(fields))
		}
		if c.Separator != ',' || bytes.ContainsAny(text, "\r \t\x00\v\f") || bytes.ContainsAny(text, "\u0085\u00a0\ufeff\u2000") || bytes.HasPrefix(text, []byte{0xff}) || bytes.HasPrefix(text, []byte{0xfe}) || bytes.HasPrefix(bytes.ToLower(text), []byte("sep=")) {
			return
		}
		r := csv.NewReader(bytes.NewReader(text))
		r.FieldsPerRecord = -1
		records, err := r.ReadAll()
		if err == nil && wrong == io.EOF {
			records = slices.DeleteFunc(records, func(record []string) bool { return !slices.ContainsFunc(record, filled) })
			if !slices.EqualFunc(got, records, func(a, b []string) bool {
				return slices.Equal(a, b[:min(len(a), len(b))])
			}) {
				t.Errorf("%q: %q, want %q", text, got, records)
			}
		}
		if err != nil && wrong == io.EOF {
			t.Errorf("%q is read as %q, want %v", text, got, err)
		}
	})
}
