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
				return usagef("store verify takes no argument; --store DIR names the store")
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
	Rebuilt    bool     `json:"rebuilt"` // the index
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
	problems, left := 0, 0
	for _, k := range all {
		health, err := verifyKept(ctx, folder, k, o.repair)
		if err != nil {
			return err
		}
		if k.unknown {
			health.Problems = append(health.Problems, "spec.json is not what the folder is named after, and cannot be repaired: headstart store drop --backbone "+k.hash)
			left++
		}
		for _, p := range health.Problems {
			t.note("damaged: %s: %s", k.name, p)
		}
		problems += len(health.Problems)
		report.Embeddings = append(report.Embeddings, health)
		if o.json {
			continue
		}
		outcome := "sound"
		switch {
		case len(health.Problems) > 0 && !o.repair || k.unknown:
			outcome = count(len(health.Problems), "problem", "problems")
		case health.Rebuilt:
			outcome = "repaired, index made anew; extract again for what it had lost"
		case len(health.Problems) > 0:
			outcome = "repaired, " + count(int(health.Dropped), "image", "images") + " to extract again"
		}
		if err := t.print("%s (%s): %d images, %d unreadable: %s", k.name, k.hash, health.Images, health.Unreadable, outcome); err != nil {
			return err
		}
	}
	if len(all) > 0 {
		damage, err := verifyFiles(folder, o.repair)
		if err != nil {
			return err
		}
		if report.FilesDamage = damage; damage != "" {
			problems++
			t.note("damaged: %s", damage)
		}
	}
	report.Repaired = o.repair && problems > left
	if o.json {
		if err := t.json(report); err != nil {
			return err
		}
	}
	if !o.repair {
		left = problems
	}
	if left > 0 {
		return &damagedStoreError{folder, left}
	}
	return nil
}

// verifyKept verifies the embeddings of one spec, and repairs them if it shall.
func verifyKept(ctx context.Context, folder string, k kept, repair bool) (keptHealth, error) {
	health := keptHealth{Hash: k.hash, Backbone: k.name, Problems: []string{}}
	var done store.Repair
	var err error
	if repair {
		done, err = store.RepairHash(ctx, folder, k.hash)
		health.Dropped, health.Rebuilt = done.Dropped, done.Rebuilt
	} else {
		done.Report, err = store.VerifyHash(ctx, folder, k.hash)
	}
	if errors.Is(err, context.Canceled) {
		return health, &interruptedError{"nothing was changed", err}
	}
	if err != nil {
		return health, err
	}
	for _, p := range done.Problems {
		health.Problems = append(health.Problems, p.String())
	}
	health.Images, health.Unreadable = done.Rows-done.Unused, done.Unreadable
	if len(health.Problems) == 0 || !repair {
		return health, nil
	}
	s, err := store.OpenHash(folder, k.hash)
	if err != nil {
		return health, err
	}
	info, err := s.Info()
	health.Images, health.Unreadable = info.Images(), info.Unreadable
	return health, err
}

// verifyFiles verifies the memo of files read, and replaces it if it shall.
func verifyFiles(folder string, repair bool) (damage string, err error) {
	if repair {
		replaced, err := store.RepairFiles(folder)
		if replaced {
			damage = "files.db was replaced: the next extract reads the images once more, and computes none of them"
		}
		return damage, err
	}
	damaged, err := store.VerifyFiles(folder)
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
