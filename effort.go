package headstart

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// How much Train tries to find the best head, see TrainOptions.Effort. What the Config
// names (a backbone, blocks, a view, a size) is not varied.
const (
	EffortQuick  = "quick"  // the last block of the backbone
	EffortNormal = "normal" // all its blocks, or the last one where that is as good
	EffortBest   = "best"   // also each view, a larger size, and all installed backbones
)

// Efforts returns the values of TrainOptions.Effort, least first.
func Efforts() []string { return []string{EffortQuick, EffortNormal, EffortBest} }

// Auto stands for all values that Train should choose from: as Config.View, or for
// Config.Size as [AutoSize].
const (
	AutoView = "auto"
	AutoSize = -1
)

// largerBy is how many pixels the larger size has more. Sizes that differ by 64 are
// halved alike by a network: five times, to an odd or an even number at each step, on
// which the padding depends that is written in its file.
const largerBy = 64

// input is one way to make embeddings of the training images.
type input struct {
	name     string
	backbone backbone.Backbone
	x        *extractor.Extractor
	cost     float64 // multiplications per image
	found    *Embeddings
}

// inputs returns the ways to make embeddings that an effort tries. The first is what
// the Config names. A size that another backbone does not take is left out, with a note.
func (e *Engine) inputs(effort string) (all []*input, said notes, err error) {
	own, err := e.own()
	if err != nil {
		return nil, nil, err
	}
	best := effort == EffortBest
	backbones := []backbone.Backbone{own.Backbone()}
	if best && e.config.Backbone == backbone.Auto {
		if backbones, err = withInstalled(backbones[0]); err != nil {
			return nil, nil, err
		}
	}
	c := e.config
	views, sizes := []string{c.View}, []int{c.Size}
	if c.View == AutoView || best && c.View == "" {
		views = Views()
	}
	if c.Size == AutoSize || best && c.Size == 0 {
		sizes = []int{0, AutoSize}
	}
	if c.Blocks == "" && effort == EffortQuick {
		c.Blocks = backbone.LastBlock
	}
	several := len(backbones)*len(views)*len(sizes) > 1
	for _, b := range backbones {
		for _, size := range sizes {
			if c.Size = size; size == AutoSize {
				c.Size = b.OwnSide() + largerBy
			}
			of, err := e.inputsOf(b, c, views, several)
			if refused, ok := errors.AsType[*backbone.SizeError](err); ok && len(all) > 0 {
				said.notTried(refused)
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			all = append(all, of...)
		}
	}
	return all, said, nil
}

func (n *notes) notTried(refused *backbone.SizeError) { n.note("not tried: %v", refused) }

// inputsOf returns the inputs of a backbone at one size, for each of some views.
func (e *Engine) inputsOf(b backbone.Backbone, c Config, views []string, several bool) (all []*input, err error) {
	for _, view := range views {
		c.View = view
		variant, err := c.variant(b)
		if err != nil {
			return nil, err
		}
		in := &input{name: nameOf(variant), backbone: variant}
		if in.x, err = e.forBackbone(variant); err != nil {
			return nil, err
		}
		all = append(all, in)
	}
	if !several {
		return all, nil
	}
	adds, err := all[0].backbone.MultiplyAdds()
	for _, in := range all {
		in.weigh(adds)
	}
	return all, err
}

// weigh tells what an image costs, given the multiplications for one view.
func (in *input) weigh(adds int64) {
	in.cost = float64(max(1, adds) * int64(len(in.backbone.Preprocessing.EachView())))
}

// withInstalled returns first and all other backbones that are installed.
func withInstalled(first backbone.Backbone) ([]backbone.Backbone, error) {
	names, err := backbone.AddedNames()
	if err != nil {
		return nil, err
	}
	for _, entry := range backbone.Catalogue() {
		names = append(names, entry.Name)
	}
	all := []backbone.Backbone{first}
	for _, name := range names {
		if name == first.Name {
			continue
		}
		b, err := backbone.Resolve(name)
		if errors.Is(err, backbone.ErrNotInstalled) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(other backbone.Backbone) bool { return other.SHA256 == b.SHA256 }) {
			all = append(all, b)
		}
	}
	return all, nil
}

// nameOf names a variant of a backbone.
func nameOf(b backbone.Backbone) string {
	view := ViewCrop
	if b.Preprocessing.View != imageio.CropView {
		view = b.Preprocessing.View
	}
	return fmt.Sprintf("%s, %s, %d px", wording.Name(b.Name), view, b.Preprocessing.Crop)
}

// extractInputs makes the embeddings of samples in each way, of those that can be read.
// A size that a backbone does not take is left out, with a note, unless it is the first.
func (e *Engine) extractInputs(ctx context.Context, inputs []*input, samples []dataset.Sample) (some []*input, said notes, err error) {
	var unreadable []Unreadable
	type size struct {
		backbone string
		side     int
	}
	noted := map[size]bool{}
	for i, in := range inputs {
		if len(inputs) > 1 {
			e.event(InputStarted{in.name, i + 1, len(inputs)})
		}
		found, err := e.extract(ctx, in.x, samples)
		if refused, ok := errors.AsType[*backbone.SizeError](err); ok && i > 0 {
			if at := (size{refused.Backbone, refused.Size}); !noted[at] {
				said.notTried(refused)
				noted[at] = true
			}
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if len(inputs) > 1 {
			in.x.Unload() // one network in memory at a time
		}
		in.found, samples = found, found.Samples // what one cannot read is left out of all
		unreadable = append(unreadable, found.Unreadable...)
		some = append(some, in)
	}
	readable := make(map[store.Key]bool)
	for _, key := range some[len(some)-1].found.Keys {
		readable[key] = true
	}
	skipped := some[0].found.Skipped
	for _, in := range some {
		if len(in.found.Samples) > len(samples) {
			in.found = in.found.only(func(i int) bool { return readable[in.found.Keys[i]] })
		}
		in.found.Unreadable, in.found.Skipped = unreadable, skipped
	}
	return some, said, nil
}

// forHead returns the input as the head input of one split, which the caller closes.
func (in *input) forHead(ctx context.Context, split dataset.Split) (head.Input, *Matrix, error) {
	rows, err := in.found.In(split).Matrix(ctx)
	if err != nil {
		return head.Input{}, nil, err
	}
	h := head.Input{Name: in.name, X: rows, Cost: in.cost}
	if given := in.backbone.Given(); len(given) > 1 {
		for _, b := range given {
			h.Blocks = append(h.Blocks, head.Block{Name: b.Name, Dim: b.Dim})
		}
	}
	return h, rows, nil
}

// used returns the variant of the backbone that gives the blocks that a head uses:
// the last ones.
func (in *input) used(t head.Training) backbone.Backbone {
	given := in.backbone.Given()
	if t.Blocks == nil {
		return in.backbone
	}
	return in.backbone.WithBlocks(given[len(given)-len(t.Blocks):])
}

// chosenOf returns the input that a fit has taken.
func chosenOf(inputs []*input, t head.Training) *input {
	return inputs[slices.IndexFunc(inputs, func(in *input) bool { return in.name == t.Input })]
}

// recordTried is what a head file says of the inputs that the head, of embeddings of a
// Spec, was chosen from.
func recordTried(inputs []*input, spec extractor.Spec) (tried []head.Tried) {
	if len(inputs) == 1 && inputs[0].x.Spec().Hash() == spec.Hash() {
		return nil
	}
	for _, in := range inputs {
		b := in.backbone
		tried = append(tried, head.Tried{
			Name: in.name, Backbone: head.Backbone{Name: b.Name, SHA256: b.SHA256}, Spec: in.x.Spec().JSON(),
		})
	}
	return tried
}

// tried returns the inputs that a head was chosen from.
func (c *Classifier) tried() ([]*input, error) {
	if c.head.Meta.Tried == nil {
		x, err := c.extractor()
		if err != nil {
			return nil, err
		}
		return []*input{{name: c.head.Meta.Training.Input, backbone: c.backbone, x: x}}, nil
	}
	var inputs []*input
	for _, tried := range c.head.Meta.Tried {
		in, err := c.engine.again(tried, c.backbone)
		if err == nil && len(c.head.Meta.Tried) > 1 {
			var adds int64
			adds, err = in.backbone.MultiplyAdds()
			in.weigh(adds)
		}
		if err != nil {
			return nil, fmt.Errorf("head %s was chosen from several inputs, of which %s cannot be made again: %w", c.file(), tried.Name, err)
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// again returns an input that a head file tells of. own is the head's backbone.
func (e *Engine) again(tried head.Tried, own backbone.Backbone) (*input, error) {
	spec, err := specOf(head.Meta{Spec: tried.Spec})
	if err != nil {
		return nil, err
	}
	name := own.Path // which need not be installed
	if tried.Backbone.SHA256 != own.SHA256 {
		name = tried.Backbone.Name
	}
	b, err := backbone.Resolve(name)
	if err != nil {
		return nil, err
	}
	b.Name = tried.Backbone.Name
	if b, err = variantOf(b, spec); err != nil {
		return nil, err
	}
	if extractor.SpecOf(b).Hash() != spec.Hash() {
		return nil, fmt.Errorf("backbone %s is another file than it was, or this version sees images otherwise", b.Name)
	}
	x, err := e.forBackbone(b)
	if err != nil {
		return nil, err
	}
	return &input{name: tried.Name, backbone: b, x: x}, nil
}
