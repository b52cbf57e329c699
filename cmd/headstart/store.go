package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/cachedir"
)

func storeCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "store",
		Usage:     "look at, check, export or drop the embeddings that are kept",
		ArgsUsage: "COMMAND ARGUMENTS...",
		Description: description(`
			The store holds the embeddings of every image, by the image's content and
			by backbone. All of it can be made again by extract.`,
			"headstart store info",
			"headstart store verify --repair",
			"headstart store export --format parquet -o pets.parquet pets/",
			"headstart store drop --backbone resnet50"),
		Subcommands: []*cli.Command{
			storeInfoCommand(t),
			storeVerifyCommand(t),
			storeExportCommand(t),
			storeDropCommand(t),
		},
	}
}

func storeFlag(destination *string) cli.Flag {
	return &cli.StringFlag{Name: "store", Usage: "the store of embeddings is in `DIR`", DefaultText: "in the user's cache folder", Destination: destination}
}

// kept is the embeddings of one spec that a store holds.
type kept struct {
	hash string
	spec extractor.Spec
	name string // the backbone's, or how its digest begins
}

// keptIn returns what the store in folder holds, in a stable order.
func keptIn(folder string) ([]kept, error) {
	root, err := store.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	specs, err := root.Specs()
	if err != nil {
		return nil, err
	}
	names := backboneNames()
	all := make([]kept, len(specs))
	for i, spec := range specs {
		k := kept{hash: spec.Hash, name: "unknown"}
		// One that is damaged is listed all the same, and can be dropped.
		if json.Unmarshal(spec.JSON, &k.spec) == nil && len(k.spec.Backbone) > 12 {
			k.name = cmp.Or(names[k.spec.Backbone], k.spec.Backbone[:12])
		}
		all[i] = k
	}
	return all, nil
}

// backboneNames returns the names that backbones are installed under, or have in
// the catalogue, by the digest of their file.
func backboneNames() map[string]string {
	names := make(map[string]string)
	added, _ := backbone.AddedNames() // without the folder there are none
	for _, name := range added {
		if b, err := backbone.Resolve(name); err == nil {
			names[b.SHA256] = name
		}
	}
	for _, entry := range backbone.Catalogue() {
		names[entry.SHA256] = entry.Name
		if b, err := backbone.Resolve(entry.Name); err == nil {
			names[b.SHA256] = entry.Name
		}
	}
	return names
}

// pick returns the one of the kept that the user means: by the backbone's name
// or file, by how its digest begins, or by how the folder's name does. "" means
// the only one there is.
func pick(folder, which string) (kept, error) {
	all, err := keptIn(folder)
	if err != nil {
		return kept{}, err
	}
	var found []kept
	for _, k := range all {
		if which == "" || k.means(which) {
			found = append(found, k)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && which == "":
		return kept{}, fmt.Errorf("the store %s is empty", folder)
	case len(found) == 0:
		return kept{}, fmt.Errorf("the store %s holds nothing made by %s: headstart store info lists what it holds", folder, which)
	}
	var names []string
	for _, k := range found {
		names = append(names, fmt.Sprintf("%s (%s)", k.hash, k.name))
	}
	return kept{}, usagef("--backbone may mean any of %s: give one of these hashes", strings.Join(names, ", "))
}

// least is how many digits of a hash name one.
const least = 4

func (k kept) means(which string) bool {
	if k.name == which || len(which) >= least && (strings.HasPrefix(k.hash, which) || strings.HasPrefix(k.spec.Backbone, which)) {
		return true
	}
	b, err := backbone.Resolve(which)
	return err == nil && b.SHA256 == k.spec.Backbone
}

// storeFolder returns where the store is that a --store flag means.
func storeFolder(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	return cachedir.Join("store")
}
