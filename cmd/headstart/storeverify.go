package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/store"
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
		Usage: "read everything that is kept and compare it with its checksums",
		Description: description(`
			Exit status 1 if anything is damaged, 0 once it is repaired. --repair drops
			what is damaged, so that the next extract makes it again, and keeps the rest.`,
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

// verifyReport is what store verify prints.
type verifyReport struct {
	Store       string       `json:"store"`
	Embeddings  []keptHealth `json:"embeddings"`
	FilesDamage string       `json:"files_damage,omitempty"`
	Repaired    bool         `json:"repaired"`
}

type keptHealth struct {
	Hash       string   `json:"hash"`
	Backbone   string   `json:"backbone"`
	Images     int64    `json:"images"`
	Unreadable int64    `json:"unreadable"`
	Problems   []string `json:"problems"`
	Dropped    int64    `json:"dropped"` // by the repair

	left int // of the problems, those that are there still
}

func runStoreVerify(ctx context.Context, t *terminal, o storeVerifyOptions) error {
	folder, err := storeFolder(o.store)
	if err != nil {
		return err
	}
	all, err := keptIn(folder)
	if err != nil {
		return err
	}
	report := verifyReport{Store: folder, Embeddings: []keptHealth{}}
	found, left := 0, 0 // problems
	for _, k := range all {
		health, err := verifyKept(ctx, folder, k, o.repair)
		if err != nil {
			return err
		}
		for _, p := range health.Problems {
			t.note("damaged: %s: %s", k.name, p)
		}
		if !o.json {
			if err := t.print("%s (%s): %d images, %d unreadable: %s", k.name, k.hash, health.Images, health.Unreadable, health.outcome()); err != nil {
				return err
			}
		}
		found, left = found+len(health.Problems), left+health.left
		report.Embeddings = append(report.Embeddings, health)
	}
	if report.FilesDamage, err = verifyFiles(ctx, folder, o.repair); err != nil {
		return err
	}
	if report.FilesDamage != "" {
		t.note("damaged: %s", report.FilesDamage)
		found++
		if !o.repair {
			left++
		}
	}
	report.Repaired = found > left
	if len(all) == 0 && !o.json {
		if err := t.print("%s holds no embeddings", folder); err != nil {
			return err
		}
	}
	if o.json {
		if err := t.json(report); err != nil {
			return err
		}
	}
	if left > 0 {
		return &damagedStoreError{folder, left}
	}
	return nil
}

// outcome says in words how the embeddings are now.
func (h keptHealth) outcome() string {
	switch {
	case h.left > 0:
		return count(h.left, "problem", "problems")
	case len(h.Problems) > 0:
		return "repaired, " + count(int(h.Dropped), "image", "images") + " to extract again"
	}
	return "sound"
}

// verifyKept verifies the embeddings of one spec, and repairs them if it shall.
func verifyKept(ctx context.Context, folder string, k kept, repair bool) (keptHealth, error) {
	health := keptHealth{Hash: k.hash, Backbone: k.name, Problems: []string{}}
	var done store.Repair
	root, err := store.OpenRoot(folder)
	if err != nil {
		return health, err
	}
	if repair {
		done, err = root.Repair(ctx, k.hash)
		health.Dropped = done.Dropped
	} else {
		done.Report, err = root.Verify(ctx, k.hash)
	}
	if errors.Is(err, context.Canceled) {
		return health, &interruptedError{"what is not listed above was not changed", err}
	}
	if err != nil {
		return health, err
	}
	for _, p := range done.Problems {
		health.Problems = append(health.Problems, p.String())
	}
	health.Images, health.Unreadable = done.Images, done.Unreadable
	if !repair {
		health.left = len(health.Problems)
	} else if len(health.Problems) > 0 {
		health.left = len(done.Left)
		if err := health.recount(root); err != nil {
			return health, err
		}
	}
	return health, nil
}

// recount counts what a repair has left.
func (h *keptHealth) recount(root *store.Root) error {
	s, err := root.OpenHash(h.Hash)
	if err != nil {
		return err
	}
	info, err := s.Info()
	h.Images, h.Unreadable = info.Images, info.Unreadable
	return err
}

// verifyFiles verifies the memo of files read, and replaces it if it shall.
func verifyFiles(ctx context.Context, folder string, repair bool) (damage string, err error) {
	root, err := store.OpenRoot(folder)
	if err != nil {
		return "", err
	}
	if repair {
		replaced, err := root.RepairHashCache(ctx)
		if replaced {
			damage = "files.db was replaced: the next extract reads the images once more, and computes none of them"
		}
		return damage, err
	}
	damaged, err := root.VerifyHashCache(ctx)
	if damaged != nil {
		damage = damaged.Error()
	}
	return damage, err
}

// damagedStoreError says that verify has found something.
type damagedStoreError struct {
	folder   string
	problems int
}

func (e *damagedStoreError) Error() string {
	return fmt.Sprintf("the store %s is damaged: %s", e.folder, count(e.problems, "problem, as listed above", "problems, as listed above"))
}
