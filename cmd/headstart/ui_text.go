package main

import (
	"fmt"
	"strings"
)

// count puts a number before the word for one or for more.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// maxNamed is how many names a line may list.
const maxNamed = 20

// firstFew lists names on one line, though there be thousands.
func firstFew(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}

// listed names classes, or the first of many.
func listed(classes []string) string {
	const most = 10
	if len(classes) <= most {
		return fmt.Sprintf("%q", classes)
	}
	return fmt.Sprintf("%q and %d more", classes[:most], len(classes)-most)
}

// description joins a command's explanation and its examples.
func description(text string, examples ...string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	lines = append(lines, "", "Examples:")
	for _, example := range examples {
		lines = append(lines, "  "+example)
	}
	return strings.Join(lines, "\n")
}
