package headstart

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// Store is the folder in which embeddings are kept, for those who look after it.
// An [Engine] needs none of this.
type Store struct {
	root  *store.Root
	names map[string]string // of backbones, by the digest of their file
}

// NotStoreError says that a folder holds something else than a store.
type NotStoreError = store.NotStoreError

// OpenStore opens the store in a folder, or [DefaultStore] if folder is empty. It
// creates nothing.
func OpenStore(folder string) (*Store, error) {
	if folder == "" {
		var err error
		if folder, err = DefaultStore(); err != nil {
			return nil, err
		}
	}
	root, err := store.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	return &Store{root, backboneNames()}, nil
}

// Folder returns the store's folder.
func (s *Store) Folder() string { return s.root.Dir() }

// StoreInfo tells what a store holds.
type StoreInfo struct {
	Store      string     `json:"store"`
	Embeddings []SpecInfo `json:"embeddings"`
	Files      int64      `json:"files"`       // remembered by path, size and times
	FilesBytes int64      `json:"files_bytes"` // of files.db

	Thumbnails      int64 `json:"thumbnails"` // images whose thumbnail is remembered
	ThumbnailsBytes int64 `json:"thumbnails_bytes"`
}

// SpecInfo tells what a store holds of one backbone and way of preprocessing.
type SpecInfo struct {
	Hash       string   `json:"hash"`
	Backbone   string   `json:"backbone"` // its name, or how its digest begins
	SHA256     string   `json:"backbone_sha256"`
	Images     int64    `json:"images"`
	Unreadable int64    `json:"unreadable"`
	Unused     int64    `json:"unused_rows"`
	Dim        int      `json:"dim"`
	Blocks     []string `json:"blocks"`     // of the backbone, in each row
	View       string   `json:"view"`       // ViewCrop, ViewSquare or ViewBoth
	ImageSize  int      `json:"image_size"` // side of the square that the backbone took; 0 if that is not known
	Bytes      int64    `json:"bytes"`
	Vectors    string   `json:"vectors"` // the NumPy file
}

// Info tells what the store holds.
func (s *Store) Info(ctx context.Context) (*StoreInfo, error) {
	all, err := s.all()
	if err != nil {
		return nil, err
	}
	info := &StoreInfo{Store: s.Folder(), Embeddings: []SpecInfo{}}
	if len(all) == 0 {
		return info, nil
	}
	for _, k := range all {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		rows, err := k.root.OpenHash(k.Hash)
		if err != nil {
			return nil, err
		}
		i, err := rows.Info()
		if err != nil {
			return nil, err
		}
		if k.thumbnails {
			info.Thumbnails += i.Images
			info.ThumbnailsBytes += i.Bytes
			continue
		}
		info.Embeddings = append(info.Embeddings, SpecInfo{
			Hash: k.Hash, Backbone: k.name, SHA256: k.spec.Backbone,
			Images: i.Images, Unreadable: i.Unreadable, Unused: i.Rows - i.Images,
			Dim: i.Dim, Blocks: k.blocks(), View: cmp.Or(k.spec.Preprocessing.View, ViewCrop), ImageSize: k.spec.Preprocessing.Crop,
			Bytes: i.Bytes, Vectors: rows.VectorsPath(),
		})
	}
	memo, err := s.root.HashCacheInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot count the files remembered: %w", err)
	}
	info.Files, info.FilesBytes = memo.Files, memo.Bytes
	return info, nil
}

// StoreHealth tells what is damaged in a store.
type StoreHealth struct {
	Store       string       `json:"store"`
	Embeddings  []SpecHealth `json:"embeddings"`
	FilesDamage string       `json:"files_damage,omitempty"`
	Repaired    bool         `json:"repaired"`
	Left        int          `json:"-"` // problems that are there still
}

// SpecHealth tells what is damaged of the embeddings of one backbone, or of the
// thumbnails.
type SpecHealth struct {
	Hash       string   `json:"hash"`
	Backbone   string   `json:"backbone"` // its name, or how its digest begins; or "thumbnails"
	Images     int64    `json:"images"`   // after the repair, if there was one
	Unreadable int64    `json:"unreadable"`
	Problems   []string `json:"problems"`
	Dropped    int64    `json:"dropped"` // images, by the repair
	Left       int      `json:"-"`       // problems that are there still
}

// Verify compares everything that is kept with its checksums. It writes nothing,
// unless it is to repair: then it drops what is damaged, so that the next
// extraction makes it again, and keeps the rest. It calls each, if that is not
// nil, as soon as it is done with the embeddings of one backbone.
func (s *Store) Verify(ctx context.Context, repair bool, each func(SpecHealth) error) (*StoreHealth, error) {
	all, err := s.all()
	if err != nil {
		return nil, err
	}
	health := &StoreHealth{Store: s.Folder(), Embeddings: []SpecHealth{}}
	found := 0
	for _, k := range all {
		h, err := s.verify(ctx, k, repair)
		if err == nil && each != nil {
			err = each(h)
		}
		if err != nil {
			return nil, err
		}
		health.Embeddings = append(health.Embeddings, h)
		found, health.Left = found+len(h.Problems), health.Left+h.Left
	}
	damage, err := s.verifyFiles(ctx, repair)
	if err != nil {
		return nil, err
	}
	if health.FilesDamage = damage; damage != "" {
		found++
		if !repair {
			health.Left++
		}
	}
	health.Repaired = found > health.Left
	return health, nil
}

func (s *Store) verify(ctx context.Context, k storedSpec, repair bool) (SpecHealth, error) {
	h := SpecHealth{Hash: k.Hash, Backbone: k.name, Problems: []string{}}
	var done store.Repair
	var err error
	if repair {
		done, err = k.root.Repair(ctx, k.Hash)
		h.Left = len(done.Left)
	} else {
		done.Report, err = k.root.Verify(ctx, k.Hash)
		h.Left = len(done.Problems)
	}
	if err != nil {
		return h, err
	}
	for _, p := range done.Problems {
		h.Problems = append(h.Problems, p.String())
	}
	h.Images, h.Unreadable, h.Dropped = done.Images, done.Unreadable, done.Dropped
	if done.Dropped == 0 {
		return h, nil
	}
	rows, err := k.root.OpenHash(k.Hash)
	if err != nil {
		return h, err
	}
	left, err := rows.Info()
	h.Images, h.Unreadable = left.Images, left.Unreadable
	return h, err
}

func (s *Store) verifyFiles(ctx context.Context, repair bool) (damage string, err error) {
	if repair {
		replaced, err := s.root.RepairHashCache(ctx)
		if replaced {
			damage = "files.db was replaced: the next extraction reads the images again, and computes none of them"
		}
		return damage, err
	}
	damaged, err := s.root.VerifyHashCache(ctx)
	if damaged != nil {
		damage = damaged.Error()
	}
	return damage, err
}

// Dropped tells what Drop has removed.
type Dropped struct {
	Hash     string
	Backbone string // its name, or how its digest begins
	store.Dropped
}

// Drop removes the embeddings of one backbone, or "thumbnails": see [Store.Export]
// for how which names them.
func (s *Store) Drop(which string) (Dropped, error) {
	all, err := s.all()
	if err != nil {
		return Dropped{}, err
	}
	k, err := s.pick(all, which)
	if err != nil {
		return Dropped{}, err
	}
	dropped, err := k.root.Drop(k.Hash)
	return Dropped{k.Hash, k.name, dropped}, err
}

// storedSpec is the embeddings of one spec, or thumbnails.
type storedSpec struct {
	store.StoredSpec
	root       *store.Root // it is in
	spec       extractor.Spec
	name       string // the backbone's, or how its digest begins
	thumbnails bool
}

// blocks returns the names of the blocks in a row.
func (k storedSpec) blocks() []string { return backbone.BlockNames(k.spec.Given()) }

// all returns what the store holds: the embeddings, and then the thumbnails.
func (s *Store) all() ([]storedSpec, error) {
	all, err := s.embeddings()
	if err != nil {
		return nil, err
	}
	root, err := s.root.Thumbnails()
	if errors.As(err, new(*NotStoreError)) { // somebody else's
		return all, nil
	} else if err != nil {
		return nil, err
	}
	specs, err := root.Specs()
	for _, spec := range specs {
		all = append(all, storedSpec{StoredSpec: spec, root: root, name: "thumbnails", thumbnails: true})
	}
	return all, err
}

// embeddings returns the embeddings that the store holds, in a stable order.
// Those with a damaged spec.json are listed too.
func (s *Store) embeddings() ([]storedSpec, error) {
	specs, err := s.root.Specs()
	if err != nil {
		return nil, err
	}
	all := make([]storedSpec, len(specs))
	for i, spec := range specs {
		all[i] = storedSpec{StoredSpec: spec, root: s.root, name: "unknown"}
		if json.Unmarshal(spec.JSON, &all[i].spec) == nil && len(all[i].spec.Backbone) > 12 {
			all[i].name = cmp.Or(s.names[all[i].spec.Backbone], all[i].spec.Backbone[:12])
		}
	}
	return all, nil
}

// AmbiguousError says that a name matches several kinds of embeddings.
type AmbiguousError struct{ Found []string } // hash (backbone: blocks)

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("this may mean any of %s: give one of these hashes", strings.Join(e.Found, ", "))
}

// pick returns the spec that which names: by the backbone's name or file, or the
// first four digits or more of its digest or of their hash. "" means the only
// one there is.
func (s *Store) pick(all []storedSpec, which string) (storedSpec, error) {
	var found []storedSpec
	for _, k := range all {
		if which == "" && !k.thumbnails || k.means(which) {
			found = append(found, k)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && which == "":
		return storedSpec{}, fmt.Errorf("the store %s is empty", s.Folder())
	case len(found) == 0:
		return storedSpec{}, fmt.Errorf("the store %s has no embeddings of %s: headstart store info lists what it has", s.Folder(), which)
	}
	ambiguous := &AmbiguousError{}
	for _, k := range found {
		ambiguous.Found = append(ambiguous.Found, fmt.Sprintf("%s (%s: %s)", k.Hash, k.name, strings.Join(k.blocks(), " ")))
	}
	return storedSpec{}, ambiguous
}

func (k storedSpec) means(which string) bool {
	const least = 4 // digits of a hash
	if k.name == which || len(which) >= least && (strings.HasPrefix(k.Hash, which) || strings.HasPrefix(k.spec.Backbone, which)) {
		return true
	}
	b, err := backbone.Resolve(which)
	return err == nil && b.SHA256 == k.spec.Backbone
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
