package pathjson

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestWhatPythonWrites(t *testing.T) {
	// json.dumps(os.fsdecode(name)) and back.
	for name, text := range map[string]string{
		"plain.jpg":          `"plain.jpg"`,
		"":                   `""`,
		"a\xffb":             `"a\udcffb"`,
		"\x80\xfe":           `"\udc80\udcfe"`,
		"two\nlines \"\\.":   `"two\nlines \"\\."`,
		"\xed\xb2\x80":       `"\udced\udcb2\udc80"`,
		"\U0001f480":         `"\ud83d\udc80"`,
		"\U0001f480\x80":     `"\ud83d\udc80\udc80"`,
		`\udc80`:             `"\\udc80"`,
		"\ufffd is a letter": `"\ufffd is a letter"`,
	} {
		var got String
		if err := json.Unmarshal([]byte(text), &got); err != nil || string(got) != name {
			t.Errorf("%s is read as %q, %v; want %q", text, got, err, name)
		}
	}
	written, err := json.Marshal(String("a\xff\U0001f480\xc3"))
	if err != nil || string(written) != "\"a\\udcff\U0001f480\\udcc3\"" {
		t.Errorf("written as %s, %v", written, err)
	}
}

func TestItIsNoString(t *testing.T) {
	for _, text := range []string{`7`, `{}`, `["a"]`, `true`} {
		var s String
		if err := json.Unmarshal([]byte(text), &s); err == nil {
			t.Errorf("%s is read as %q", text, s)
		}
	}
	kept := String("kept")
	if err := json.Unmarshal([]byte("null"), &kept); err != nil || kept != "kept" {
		t.Errorf("null makes it %q, %v", kept, err)
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"", "a.jpg", "a\xffb", "\xf0\x9f\x92", "\xed\xb2\x80", `\udc80`, "<&>\u2028", "\x00\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(len(s)%2 == 0)
		if err := encoder.Encode(struct{ Path String }{String(s)}); err != nil {
			t.Fatal(err)
		}
		var back struct{ Path String }
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || string(back.Path) != s {
			t.Errorf("%q becomes %q through %s, %v", s, back.Path, &out, err)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{`"a"`, `"\udc80"`, `"\ud83d\udc80"`, `"\`, `"\u12"`, `"\ud83d\u0041"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var plain string
		var s String
		err, wantErr := json.Unmarshal(text, &s), json.Unmarshal(text, &plain)
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%s: %v, but as a plain string %v", text, err, wantErr)
		}
		_ = s.UnmarshalJSON(text) // whatever it is given, it returns
	})
}
