package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type storeDropOptions struct {
	store    string
	backbone string
}

func storeDropCommand(t *terminal) *cli.Command {
	var o storeDropOptions
	return &cli.Command{
		Name:  "drop",
		Usage: "delete the embeddings of one backbone",
		Description: description(`
			Does not ask for confirmation. They are extracted again when they are needed.`,
			"headstart store drop --backbone resnet50",
			"headstart store drop --backbone 3f2a91   # as store info shows hashes"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "backbone", Usage: "`NAME`, file or hash of the backbone, hash of the embeddings, or thumbnails", Destination: &o.backbone},
			storeFlag(&o.store),
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() > 0:
				return usagef("store drop takes no arguments; --backbone NAME says what to drop")
			case o.backbone == "":
				return usagef("store drop needs --backbone NAME: headstart store info lists what there is")
			}
			return runStoreDrop(t, o)
		},
	}
}

func runStoreDrop(t *terminal, o storeDropOptions) error {
	store, err := headstart.OpenStore(o.store)
	if err != nil {
		return err
	}
	dropped, err := store.Drop(o.backbone)
	if err != nil {
		return pickError(err)
	}
	for _, path := range dropped.Left {
		t.note("note: not removed, as headstart did not make it: %s", wording.Name(path))
	}
	return t.print("dropped %s (%s): %s freed", dropped.Backbone, dropped.Hash, megabytes(dropped.Bytes))
}

// pickError makes a usage error of a --backbone that may mean several.
func pickError(err error) error {
	if errors.As(err, new(*headstart.AmbiguousError)) {
		return usagef("--backbone: %v", err)
	}
	return err
}
