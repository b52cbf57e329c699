package imageio

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Bounds of DefaultMemory.
const (
	leastMemory   = 512 << 20
	unknownMemory = 4 << 30 // assumed where the system does not tell, other than on Linux
)

// DefaultMemory returns the budget in bytes that suits this machine: half of its
// memory or of its control group's limit, whichever is lower, but at least
// 512 MiB. Where the system does not tell (other than on Linux) it is 2 GiB.
func DefaultMemory() int64 { return max(machineMemory("/")/2, leastMemory) }

// machineMemory is the memory in bytes that this process may use, by the files
// under root.
func machineMemory(root string) int64 {
	total := int64(unknownMemory)
	if info, err := os.ReadFile(filepath.Join(root, "proc/meminfo")); err == nil {
		if fields := strings.Fields(string(info)); len(fields) >= 2 && fields[0] == "MemTotal:" {
			if kilobytes, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
				total = kilobytes << 10
			}
		}
	}
	for _, file := range controlGroupLimits(root) {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64); err == nil { // else it is "max"
			total = min(total, limit)
		}
	}
	return total
}

// controlGroupLimits lists the files that may limit this process: of its own
// group and the groups around it, of version 2, and of version 1's root as
// containers see it.
func controlGroupLimits(root string) []string {
	const mount = "sys/fs/cgroup"
	files := []string{mount + "/memory/memory.limit_in_bytes", mount + "/memory.max"}
	groups, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return files
	}
	for lines := bufio.NewScanner(bytes.NewReader(groups)); lines.Scan(); {
		group, ok := strings.CutPrefix(lines.Text(), "0::")
		for ; ok && strings.Trim(group, "/.") != ""; group = filepath.Dir(group) {
			files = append(files, filepath.Join(mount, group, "memory.max"))
		}
	}
	return files
}
