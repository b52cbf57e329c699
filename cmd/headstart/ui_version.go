package main

import (
	"fmt"
	"runtime"

	"github.com/digitalinnovationone/headstart"
)

// longVersion is what --version prints after the program's name: a second line names
// the commit, where the build recorded one, and the platform.
func longVersion() string {
	platform := fmt.Sprintf("%s/%s, %s", runtime.GOOS, runtime.GOARCH, runtime.Version())
	if hash, at := headstart.Commit(); hash != "" {
		return fmt.Sprintf("%s\ncommit %s of %s, %s", headstart.Version(), hash, at.UTC().Format("2006-01-02"), platform)
	}
	return headstart.Version() + "\n" + platform
}
