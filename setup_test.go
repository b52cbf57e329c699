package headstart_test

import (
	"errors"
	"flag"
	"fmt"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

// TestMain leaves examples out, which cannot skip themselves, where what make
// setup installs is missing.
func TestMain(m *testing.M) {
	flag.Parse()
	if _, err := backbone.Resolve("efficientnet-lite0"); errors.Is(err, backbone.ErrNotInstalled) {
		fmt.Println("examples are skipped: they need what make setup installs")
		if err := flag.Set("test.skip", "^Example"); err != nil {
			panic(err)
		}
	}
	m.Run()
}
