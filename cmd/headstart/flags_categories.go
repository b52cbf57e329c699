package main

import "github.com/urfave/cli/v2"

// manyFlags is how many options a command has before its help shows them under
// headings.
const manyFlags = 15

// categories are the headings under which help shows options that are about the same
// thing, wherever they are; the others come first, without one.
var categories = map[string][]string{
	"Data:":             {"class-depth", "limit", "seed", "test", "val", "no-near-duplicates", "flipped"},
	"Embeddings:":       {"backbone", "blocks", "view", "size"},
	"Head:":             {"effort", "head", "C", "hidden", "class-weight", "known-recall"},
	"Speed and memory:": {"device", "batch", "threads", "workers", "memory", "max-pixels"},
	"Store:":            {"store", "no-store", "retry-unreadable", "rehash", "verify"},
}

// categorize puts flags under their headings.
func categorize(flags []cli.Flag) {
	if len(flags) < manyFlags {
		return
	}
	heading := make(map[string]string)
	for category, names := range categories {
		for _, name := range names {
			heading[name] = category
		}
	}
	for _, flag := range flags {
		category := heading[flag.Names()[0]]
		switch f := flag.(type) {
		case *cli.BoolFlag:
			f.Category = category
		case *cli.StringFlag:
			f.Category = category
		case *cli.IntFlag:
			f.Category = category
		case *cli.Int64Flag:
			f.Category = category
		case *cli.Uint64Flag:
			f.Category = category
		case *cli.Float64Flag:
			f.Category = category
		case *cli.GenericFlag:
			f.Category = category
		}
	}
}
