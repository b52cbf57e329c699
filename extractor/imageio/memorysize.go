package imageio

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// DefaultMemory returns the budget in bytes that suits this machine: half of its
// memory, of its control group's limit or of the process's (ulimit -d), whichever
// is lowest, but at least 512 MiB. Where the system does not tell (other than on Linux) it is 2 GiB.
func DefaultMemory() int64 {
	const least, unknown = 512 << 20, 4 << 30
	total := machineMemory("/")
	if total == 0 {
		total = unknown
	}
	return max(total/2, least)
}

// machineMemory is the memory in bytes that this process may use, by the files
// under root; 0 if there are none.
func machineMemory(root string) (least int64) {
	limit := func(file, prefix string, unit int64) {
		content, _ := os.ReadFile(filepath.Join(root, file))
		_, text, _ := strings.Cut(string(content), prefix)
		fields := strings.Fields(text)
		if len(fields) == 0 {
			return
		}
		if n, err := strconv.ParseInt(fields[0], 10, 64); err == nil && (least == 0 || n*unit < least) { // else it is "max"
			least = n * unit
		}
	}
	limit("proc/meminfo", "MemTotal:", 1<<10)
	limit("proc/self/limits", "Max data size", 1)
	limit("sys/fs/cgroup/memory/memory.limit_in_bytes", "", 1) // version 1
	groups, _ := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	_, group, _ := strings.Cut(string(groups), "0::")
	for group, _, _ = strings.Cut(group, "\n"); ; group = filepath.Dir(group) {
		limit(filepath.Join("sys/fs/cgroup", group, "memory.max"), "", 1)
		if len(group) <= 1 {
			return least
		}
	}
}
