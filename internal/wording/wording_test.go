package wording

import "testing"

// Scripts and emoji need characters that are not seen; those that turn text
// around can make a name look like another one.
func TestNamesAreShownAsTheyAreWritten(t *testing.T) {
	for name, want := range map[string]string{
		"👩\u200d🌾.jpg":   "👩\u200d🌾.jpg",
		"می\u200cخواهم":  "می\u200cخواهم",
		"10\u00a0km":     "10\u00a0km",
		"a\u202egpj.exe": `a\u202egpj.exe`,
		"a\u2028b":       `a\u2028b`,
	} {
		if got := Line(name); got != want {
			t.Errorf("%+q is shown as %+q", name, got)
		}
		if got := Name(name); (got == name) != (want == name) {
			t.Errorf("%+q is printed as %+q", name, got)
		}
	}
}
