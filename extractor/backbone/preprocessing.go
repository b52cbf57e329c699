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

// ErrNoPreprocessing is wrapped where it is unknown how a network's images are
// prepared.
var ErrNoPreprocessing = errors.New("it does not record how its images are prepared")

// ranges are ways to scale levels from 0 to 255, by name: (level − mean) / std.
var ranges = map[string]struct{ mean, std [3]float32 }{
	"imagenet": {torchvision.Mean, torchvision.Std},                                // ImageNet's mean and deviation, as torchvision
	"tf":       {[3]float32{127.5, 127.5, 127.5}, [3]float32{127.5, 127.5, 127.5}}, // −1 to 1
	"unit":     {[3]float32{}, [3]float32{255, 255, 255}},                          // 0 to 1
	"raw":      {[3]float32{}, [3]float32{1, 1, 1}},                                // 0 to 255
}

// RangeNames returns the names for AddOptions.Preprocess.
func RangeNames() []string { return slices.Sorted(maps.Keys(ranges)) }

// preprocessing returns how the network's images are prepared, and how that is
// known. given is the user's choice, or "".
func (n *network) preprocessing(path, given string) (p imageio.Preprocessing, why string, err error) {
	p, why, err = n.anyPreprocessing(path, given)
	if raw := ranges["raw"]; err == nil && n.takesBytes() && (p.Mean != raw.mean || p.Std != raw.std) {
		err = fmt.Errorf("its input %s takes bytes, levels from 0 to 255: use --preprocess raw", n.input.Name)
	}
	return p, why, err
}

func (n *network) takesBytes() bool { return n.input.Type == onnxgraph.Uint8 }

func (n *network) anyPreprocessing(path, given string) (p imageio.Preprocessing, why string, err error) {
	recorded, found := n.model.Metadata(PreprocessingKey)
	switch {
	case given != "":
		p, err = n.parsePreprocessing(given)
		return p, "as you say", err
	case found:
		p, err = n.decodePreprocessing([]byte(recorded))
		return p, "as the file records it", err
	case n.takesBytes():
		return n.withRange(ranges["raw"].mean, ranges["raw"].std), "as it takes bytes", nil
	}
	for _, family := range families {
		if name, known := family.in(n, path); known {
			return n.withRange(family.mean, family.std), "a guess by its name, " + name, nil
		}
	}
	return p, "", fmt.Errorf("%w: give --preprocess %s, FILE.json or '{\"mean\": [R, G, B], \"std\": [R, G, B]}' for levels of 0 to 255", ErrNoPreprocessing, strings.Join(RangeNames(), ", "))
}

// parsePreprocessing parses the name of a range, a JSON file's name or JSON.
func (n *network) parsePreprocessing(text string) (imageio.Preprocessing, error) {
	if r, known := ranges[text]; known {
		return n.withRange(r.mean, r.std), nil
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		p, err := n.decodePreprocessing([]byte(text))
		if err != nil {
			return p, &OptionError{err}
		}
		return p, nil
	}
	if filepath.Ext(text) != ".json" {
		return imageio.Preprocessing{}, optionErrorf("preprocessing %q is not one of %s, a .json file or JSON", text, strings.Join(RangeNames(), ", "))
	}
	data, err := os.ReadFile(text)
	if err != nil {
		return imageio.Preprocessing{}, fmt.Errorf("cannot read preprocessing: %w", err)
	}
	p, err := n.decodePreprocessing(data)
	if err != nil {
		return p, fmt.Errorf("%s: %w", text, err)
	}
	return p, nil
}

// decodePreprocessing parses the JSON of an imageio.Preprocessing. Defaults are
// torchvision's for the network's size and layout, but raw levels for a network
// that takes bytes.
func (n *network) decodePreprocessing(data []byte) (imageio.Preprocessing, error) {
	p := n.withRange(torchvision.Mean, torchvision.Std)
	if n.takesBytes() {
		p = n.withRange(ranges["raw"].mean, ranges["raw"].std)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("preprocessing: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return p, errors.New("preprocessing: there is text after the JSON")
	}
	if p.Type == "uint8" { // the cut adds a cast: levels of 0–255 as float32
		p.Type, p.Mean, p.Std = "float32", ranges["raw"].mean, ranges["raw"].std
	}
	return p, p.Validate()
}

// preprocessingJSON is the reverse of decodePreprocessing.
func preprocessingJSON(p imageio.Preprocessing) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // numbers are finite: decodePreprocessing checks them
	}
	return string(text)
}

// family is a kind of networks, recognised by words in their names.
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

// in reports whether the network belongs to the family, by the name of its file or
// graph. Networks from Keras and TensorFlow do not: they have the same names and
// other preprocessing.
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
