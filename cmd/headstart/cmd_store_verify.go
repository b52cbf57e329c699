package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type storeVerifyOptions struct {
	store  string
	repair bool
	json   bool
}

func storeVerifyCommand(t *terminal) *cli.Command {
	var o storeVerifyOptions
	return &cli.Command{
		Name:  "verify",
		Usage: "check everything in the store against its checksums",
		Description: description(`
			Exit status 1 if anything is damaged, 0 once it is repaired. Writes nothing
			unless --repair is given: that drops what is damaged, so that the next extract
			computes it again, and keeps the rest.`,
			"headstart store verify",
			"headstart store verify --repair"),
		Flags: []cli.Flag{
			storeFlag(&o.store),
			&cli.BoolFlag{Name: "repair", Usage: "drop what is damaged, keep the rest", Destination: &o.repair},
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("store verify takes no arguments; --store DIR names the store")
			}
			return runStoreVerify(c.Context, t, o)
		},
	}
}

func runStoreVerify(ctx context.Context, t *terminal, o storeVerifyOptions) error {
	store, err := headstart.OpenStore(o.store)
	if err != nil {
		return err
	}
	t.kept = "what is not listed above was not changed"
	health, err := store.Verify(ctx, o.repair, func(h headstart.SpecHealth) error {
		for _, p := range h.Problems {
			t.note("damaged: %s: %s", h.Backbone, p)
		}
		if o.json {
			return nil
		}
		return t.print("%s (%s): %s, %d unreadable: %s", h.Backbone, h.Hash, wording.Count(int(h.Images), "image", "images"), h.Unreadable, healthText(h))
	})
	if err != nil {
		return err
	}
	if health.FilesDamage != "" {
		t.note("damaged: %s", health.FilesDamage)
	}
	switch {
	case o.json:
		err = t.json(health)
	case len(health.Embeddings) == 0:
		err = t.print("%s holds no embeddings", health.Store)
	}
	if err == nil && health.Left > 0 {
		err = &damagedStoreError{health.Store, health.Left}
	}
	return err
}

// healthText says how the embeddings are now.
func healthText(h headstart.SpecHealth) string {
	switch {
	case h.Left > 0:
		return wording.Count(h.Left, "problem", "problems")
	case len(h.Problems) > 0:
		return "repaired, " + wording.Count(int(h.Dropped), "image", "images") + " to extract again"
	}
	return "sound"
}

// damagedStoreError says that verify found damage.
type damagedStoreError struct {
	folder   string
	problems int
}

func (e *damagedStoreError) Error() string {
	return fmt.Sprintf("the store %s is damaged: %s", e.folder, wording.Count(e.problems, "problem, as listed above", "problems, as listed above"))
}
