package backbone

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// ErrNoPreprocessing is wrapped where nothing tells how images are prepared for
// a network.
var ErrNoPreprocessing = errors.New("nothing in it tells how images are prepared for it")

// ranges are the ways to scale levels of 0–255, by name: (x − mean) / std.
var ranges = map[string]struct{ mean, std [3]float32 }{
	"imagenet": {torchvision.Mean, torchvision.Std},                                // ImageNet's mean and deviation, as torchvision
	"tf":       {[3]float32{127.5, 127.5, 127.5}, [3]float32{127.5, 127.5, 127.5}}, // −1 to 1
	"unit":     {[3]float32{}, [3]float32{255, 255, 255}},                          // 0 to 1
	"raw":      {[3]float32{}, [3]float32{1, 1, 1}},                                // 0 to 255
}

// RangeNames returns the names that AddOptions.Preprocess knows.
func RangeNames() []string { return slices.Sorted(maps.Keys(ranges)) }

// recipe returns how images are prepared for the network, and how that is
// known. given is the user's word, "" if there is none.
func (n *network) recipe(path, given string) (p imageio.Preprocessing, why string, err error) {
	p, why, err = n.anyRecipe(path, given)
	if raw := ranges["raw"]; err == nil && n.takesBytes() && (p.Mean != raw.mean || p.Std != raw.std) {
		err = fmt.Errorf("its input %s takes bytes, so levels of 0 to 255 are given as they are: --preprocess raw", n.input.Name)
	}
	return p, why, err
}

func (n *network) takesBytes() bool { return n.input.Type == onnxgraph.Uint8 }

func (n *network) anyRecipe(path, given string) (p imageio.Preprocessing, why string, err error) {
	recorded, found := n.model.Metadata(PreprocessingKey)
	switch {
	case given != "":
		p, err = n.parseRecipe(given)
		return p, "as you say", err
	case found:
		p, err = n.decodeRecipe([]byte(recorded))
		return p, "as the file records it", err
	case n.takesBytes():
		return n.preprocessing(ranges["raw"].mean, ranges["raw"].std), "as it takes bytes", nil
	}
	for _, family := range families {
		if name, known := family.in(n, path); known {
			return n.preprocessing(family.mean, family.std), "a guess by its name, " + name, nil
		}
	}
	return p, "", fmt.Errorf("%w: give --preprocess %s, FILE.json or '{\"mean\": [R, G, B], \"std\": [R, G, B]}' for levels of 0 to 255", ErrNoPreprocessing, strings.Join(RangeNames(), ", "))
}

// parseRecipe takes the name of a range, a JSON file or JSON.
func (n *network) parseRecipe(text string) (imageio.Preprocessing, error) {
	if r, known := ranges[text]; known {
		return n.preprocessing(r.mean, r.std), nil
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		p, err := n.decodeRecipe([]byte(text))
		if err != nil {
			return p, &OptionError{err}
		}
		return p, nil
	}
	if filepath.Ext(text) != ".json" {
		return imageio.Preprocessing{}, optionErrorf("preprocessing %q is none of %s, and neither a .json file nor JSON", text, strings.Join(RangeNames(), ", "))
	}
	data, err := os.ReadFile(text)
	if err != nil {
		return imageio.Preprocessing{}, fmt.Errorf("cannot read preprocessing: %w", err)
	}
	p, err := n.decodeRecipe(data)
	if err != nil {
		return p, fmt.Errorf("%s: %w", text, err)
	}
	return p, nil
}

// decodeRecipe reads the JSON of an imageio.Preprocessing. What it leaves out
// is torchvision's at the network's own size and layout, but levels as they are
// for a network that takes bytes.
func (n *network) decodeRecipe(data []byte) (imageio.Preprocessing, error) {
	p := n.preprocessing(torchvision.Mean, torchvision.Std)
	if n.takesBytes() {
		p = n.preprocessing(ranges["raw"].mean, ranges["raw"].std)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("preprocessing: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return p, errors.New("preprocessing: there is more behind the JSON")
	}
	if p.Type == "uint8" { // the cut adds a cast: levels of 0–255 as float32
		p.Type, p.Mean, p.Std = "float32", ranges["raw"].mean, ranges["raw"].std
	}
	return p, p.Validate()
}

// recipeJSON is what decodeRecipe reads.
func recipeJSON(p imageio.Preprocessing) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // numbers are finite: decodeRecipe checks them
	}
	return string(text)
}

// family is a kind of networks known by words in their names.
type family struct {
	words     []string
	mean, std [3]float32
}

var families = []family{
	{[]string{"efficientnet-lite", "efficientnet_lite"}, [3]float32{127, 127, 127}, [3]float32{128, 128, 128}},
	{[]string{"inception", "xception", "nasnet"}, ranges["tf"].mean, ranges["tf"].std},
	{[]string{
		"resnet", "resnext", "densenet", "vgg", "mobilenet", "squeezenet",
		"shufflenet", "mnasnet", "regnet", "convnext", "efficientnet",
	}, torchvision.Mean, torchvision.Std},
}

// in tells whether the network belongs to the family, by the file's name or the
// graph's. Keras and TensorFlow prepare images for networks of the same names
// in ways of their own, so theirs are not guessed.
func (f family) in(n *network, path string) (name string, known bool) {
	header := n.model.Header()
	producer := strings.ToLower(header.Producer)
	if strings.Contains(producer, "tf2onnx") || strings.Contains(producer, "keras") {
		return "", false
	}
	for _, name := range []string{filepath.Base(path), header.Graph} {
		for _, word := range f.words {
			if strings.Contains(strings.ToLower(name), word) {
				return name, true
			}
		}
	}
	return "", false
}
