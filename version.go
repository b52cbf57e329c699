package headstart

import "runtime/debug"

// modulePath is the module that Version is the version of.
const modulePath = "github.com/digitalinnovationone/headstart"

// Version returns the version of this module in the running program, as the Go
// toolchain recorded it, or "(devel)".
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
