package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
)

func datasetsListCommand(t *terminal) *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:  "list",
		Usage: "show the public sets that can be fetched",
		Description: description(`
			Each set with its size and licence; --json adds addresses and digests.`,
			"headstart datasets list", "headstart datasets list --json"),
		Flags: []cli.Flag{jsonFlag(&asJSON)},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("datasets list takes no arguments")
			}
			return runDatasetsList(t, asJSON)
		},
	}
}

func runDatasetsList(t *terminal, asJSON bool) error {
	sets := headstart.PublicSets()
	if asJSON {
		return t.json(sets)
	}
	rows := [][]string{{"NAME", "DOWNLOAD", "IMAGES", "CLASSES", "WHAT"}}
	for _, s := range sets {
		rows = append(rows, []string{s.Name, megabytes(s.Bytes()), fmt.Sprint(s.Images), fmt.Sprint(len(s.Classes)), s.About})
	}
	for _, s := range sets {
		rows = append(rows, []string{""}, []string{"licence of " + s.Name + ": " + s.Licence})
	}
	return t.table(rows)
}
