package dataset

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ClassName returns the form in which names of classes are compared: Unicode's
// NFC. macOS and programs that copy from it write é as two characters, others as
// one, and both look the same. Bytes that are not UTF-8 stay as they are.
func ClassName(name string) string { return norm.NFC.String(name) }

// FindClass returns the index in classes of the one with that name, as ClassName
// compares, or -1.
func FindClass(classes []string, name string) int {
	if i := slices.Index(classes, name); i >= 0 {
		return i
	}
	name = ClassName(name)
	return slices.IndexFunc(classes, func(class string) bool { return ClassName(class) == name })
}

// classNames brings the names of classes, or of groups, into the form that is
// compared.
type classNames struct {
	kept   map[string]string // as written → the form that is compared, one copy for all samples
	first  map[string]string // that form → as it was first written; without names in ASCII
	shared map[string]bool   // forms that are written in several ways
	one    string            // the first of them
}

func newClassNames() *classNames {
	return &classNames{kept: map[string]string{}, first: map[string]string{}, shared: map[string]bool{}}
}

func (p *classNames) name(written string) string {
	if kept, known := p.kept[written]; known {
		return kept
	}
	written = strings.Clone(written) // not a part of a line
	kept := ClassName(written)
	p.kept[written] = kept
	if isASCII(written) {
		return kept
	}
	switch before, seen := p.first[kept]; {
	case !seen:
		p.first[kept] = written
	case before != written && !p.shared[kept]:
		if p.shared[kept] = true; len(p.shared) == 1 {
			p.one = kept
		}
	}
	return kept
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

// note says which names were taken for one, and which for another that looks the
// same.
func (p *classNames) note(one, more string) (notes []string) {
	var other []string // written in another form only
	for kept, first := range p.first {
		if first != kept && !p.shared[kept] {
			other = append(other, kept)
		}
	}
	add := func(n int, first, what string) {
		switch {
		case n == 1:
			notes = append(notes, fmt.Sprintf("%s %.200q is %s", one, first, what))
		case n > 1:
			notes = append(notes, fmt.Sprintf("%d %s are %s: the first is %.200q", n, more, what, first))
		}
	}
	add(len(p.shared), p.one, "written in two Unicode forms (NFC and NFD), taken for one")
	if len(other) > 0 {
		add(len(other), slices.Min(other), "written in Unicode's NFD and taken for the name in NFC, which looks the same")
	}
	return notes
}
