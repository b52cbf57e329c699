package download

import (
	"strings"
	"testing"
)

func TestShownAddressesHaveNoPassword(t *testing.T) {
	for address, want := range map[string]string{
		"https://host/a@b":            "https://host/a@b",
		"https://me:secret@host/file": "https://me:xxxxx@host/file",
		"https://me:secret@host/%zz":  "xxxxx@host/%zz",
		"https://me:sec/ret@host/x":   "xxxxx@host/x",
		"me:secret@host":              "xxxxx@host",
		"no address":                  "no address",
	} {
		if got := Shown(address); got != want {
			t.Errorf("%s is shown as %s, not %s", address, got, want)
		}
	}
}

func TestErrorsOnAddressesHaveNoPassword(t *testing.T) {
	for _, address := range []string{"https://me:secret@host/%zz", "https://me:secret/@host/x", "ftp://me:secret@host/x"} {
		_, mirrorErr := OnMirror(address, "https://other/x")
		for _, err := range []error{Fetch(t.Context(), wanted(t, address), new(log).report), mirrorErr} {
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", address, err)
			}
		}
	}
}
