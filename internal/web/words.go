package web

import (
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
)

// languages are those that the report speaks, the usual one first.
var languages = []language.Tag{language.English, language.BrazilianPortuguese}

// words are what the page says in one language. The English of a message is its
// key; what depends on a number has its forms in plurals.
type words struct {
	*message.Printer
	tag  language.Tag
	said func(key string) // is told of each message, in tests
}

// wordsIn returns the words of a language such as pt or pt-BR; "" is English.
func wordsIn(lang string) (*words, error) {
	if lang == "" {
		lang = "en"
	}
	unknown := fmt.Errorf("no report in language %q: must be en or pt", lang)
	wanted, err := language.Parse(strings.ReplaceAll(lang, "_", "-"))
	if err != nil {
		return nil, unknown
	}
	_, i, confidence := language.NewMatcher(languages).Match(wanted)
	if confidence == language.No {
		return nil, unknown
	}
	return &words{message.NewPrinter(languages[i], message.Catalog(messages)), languages[i], nil}, nil
}

// messages holds all that is said, in all languages.
var messages = func() catalog.Catalog {
	b := catalog.NewBuilder(catalog.Fallback(language.English))
	set := func(tag language.Tag, key string, m ...catalog.Message) {
		if err := b.Set(tag, key, m...); err != nil {
			panic(fmt.Sprintf("message %q: %v", key, err)) // they are constants
		}
	}
	for key, text := range portuguese {
		set(language.BrazilianPortuguese, key, catalog.String(text))
	}
	for key, forms := range plurals {
		for i, tag := range languages {
			one, other := forms[2*i], forms[2*i+1]
			set(tag, key, plural.Selectf(1, "%d", plural.One, one, plural.Other, other))
		}
	}
	return b
}()

// text returns a message, which is given in English.
func (w *words) text(key string, args ...any) string {
	if w.said != nil {
		w.said(key)
	}
	return w.Sprintf(key, args...)
}

// share returns a number from 0 to 1 with three digits, as in 0.963.
func (w *words) share(value float64) string { return w.Sprintf("%.3f", value) }

// probability returns a number from 0 to 1 with two digits. One that is not certain
// is not rounded to what is.
func (w *words) probability(value float64) string {
	switch {
	case value > 0.995 && value < 1:
		return ">" + w.Sprintf("%.2f", 0.99)
	case value < 0.005 && value > 0:
		return "<" + w.Sprintf("%.2f", 0.01)
	}
	return w.Sprintf("%.2f", value)
}
