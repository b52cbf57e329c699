package main

import (
	"strings"

	"github.com/urfave/cli/v2"
)

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

func jsonFlag(destination *bool) cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON", Destination: destination}
}
