package local

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// terminate asks a process and everything below it to end, and kills after the
// grace period what is still there then. A shell often has the real work in a
// child, and a child left alone would go on after a cancelled `up`. The processes
// stay in the plugin's own group, so the engine can still kill plugin and
// commands together.
func terminate(root int, grace time.Duration) error {
	asked := tree(root)
	for _, entry := range asked {
		_ = syscall.Kill(entry.pid, syscall.SIGTERM)
	}
	time.AfterFunc(grace, func() {
		now := table()
		for _, entry := range asked {
			if now[entry.pid] == entry { // not a later process with the same number
				_ = syscall.Kill(entry.pid, syscall.SIGKILL)
			}
		}
	})
	return nil
}

// entry is one process; its start time tells it from a later one of that number.
type entry struct {
	pid, parent int
	start       string
}

// table reads all processes from /proc, those that vanish meanwhile left out.
func table() map[int]entry {
	entries := map[int]entry{}
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// "pid (name) state ppid …": the name may hold anything, so count from its end.
		fields := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
		if len(fields) < 20 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(string(fields[1]))
		entries[pid] = entry{pid: pid, parent: parent, start: string(fields[19])}
	}
	return entries
}

// tree lists a process and all its descendants, the root first.
func tree(root int) []entry {
	all := table()
	found := []entry{}
	if first, ok := all[root]; ok {
		found = append(found, first)
	}
	for next := 0; next < len(found); next++ {
		for _, candidate := range all {
			if candidate.parent == found[next].pid {
				found = append(found, candidate)
			}
		}
	}
	return found
}
