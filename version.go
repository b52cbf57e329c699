package headstart

import (
	"runtime/debug"
	"time"
)

// modulePath is the module that Version is the version of.
const modulePath = "github.com/digitalinnovationone/headstart"

// Version returns the version of this module in the running program, as the Go
// toolchain recorded it from git's tags, or "(devel)".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(devel)"
	}
	if info.Main.Path == modulePath && info.Main.Version != "" {
		return info.Main.Version
	}
	for _, dep := range info.Deps {
		if dep.Path == modulePath && dep.Version != "" {
			return dep.Version
		}
	}
	return "(devel)"
}

// Commit returns the commit that the running program was built from and when it was
// made, as the Go toolchain recorded them; "" and the zero time where it did not, as
// in tests and in programs that only import this module.
func Commit() (hash string, at time.Time) {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == modulePath {
		return commitIn(info.Settings)
	}
	return "", time.Time{}
}

func commitIn(settings []debug.BuildSetting) (hash string, at time.Time) {
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			hash = s.Value
		case "vcs.time":
			at, _ = time.Parse(time.RFC3339, s.Value) // else the zero time
		}
	}
	return hash, at
}
