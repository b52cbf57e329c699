package web

import (
	"os"
	"testing"
)

func TestDev(t *testing.T) {
	f, _ := os.Create("/tmp/page/r.html")
	defer f.Close()
	if err := WriteReport(f, synthetic(t, flowers, 150), os.Getenv("L")); err != nil {
		t.Fatal(err)
	}
}
