package backbone

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// The layers of the network headless, and blocks of it.
const (
	headlessLayer  = "relu_2"
	headlessBlocks = `[{"name":"early","layer":"relu_2","dim":8},{"name":"late","layer":"relu_4","dim":16}]`
)

// recording returns a test network whose file records blocks.
func recording(t *testing.T, name, blocks string) (Backbone, error) {
	t.Helper()
	m, err := onnxgraph.Load(testNetwork(name))
	if err != nil {
		t.Fatal(err)
	}
	m.SetMetadata(BlocksKey, blocks)
	small := torchvision
	small.Resize, small.Crop = 36, 32
	m.SetMetadata(PreprocessingKey, preprocessingJSON(small))
	content, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".onnx")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return Resolve(path)
}

func TestBlocksAreSelectedByName(t *testing.T) {
	b, err := recording(t, "headless", headlessBlocks)
	if err != nil {
		t.Fatal(err)
	}
	if names := BlockNames(b.Available()); !slices.Equal(names, []string{"early", "late", "last"}) {
		t.Fatal(names)
	}
	for names, want := range map[string][]string{
		"last": {"last"}, "all": {"early", "late", "last"}, "last, early": {"early", "last"}, "late": {"late"},
	} {
		s, err := b.Select(names)
		if err != nil || !slices.Equal(BlockNames(s.Given()), want) {
			t.Errorf("%s: %v, %v", names, BlockNames(s.Given()), err)
		}
	}
	all, _ := b.Select("all")
	if last, _ := all.Select("last"); !reflect.DeepEqual(last, b) {
		t.Errorf("%+v is not %+v", last, b)
	}
	var unknown *UnknownBlockError
	if _, err := b.Select("early,later"); !errors.As(err, &unknown) || unknown.Name != "later" || !strings.Contains(err.Error(), "early, late, last") {
		t.Error(err)
	}
}

func TestInvalidBlocksAreRefused(t *testing.T) {
	for want, blocks := range map[string]string{
		"metadata entry headstart.blocks": `{}`,
		`"last" cannot be the name`:       `[{"name":"last","layer":"` + headlessLayer + `","dim":4}]`,
		`"a,b" cannot be the name`:        `[{"name":"a,b","layer":"` + headlessLayer + `","dim":4}]`,
		"has 0 values":                    `[{"name":"a","layer":"` + headlessLayer + `"}]`,
		`no value "nowhere"`:              `[{"name":"a","layer":"nowhere","dim":4}]`,
		"pooled in an unknown way":        `[{"name":"a","layer":"` + headlessLayer + `","dim":4,"pool":"max"}]`,
	} {
		if _, err := recording(t, "headless", blocks); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", blocks, err)
		}
	}
}

// TestInstalledBackbonesGiveTheirBlocks runs EfficientNet-Lites in some variants:
// each block is the same in all of them, to the last bit.
func TestInstalledBackbonesGiveTheirBlocks(t *testing.T) {
	for name, earlier := range map[string]int{
		"efficientnet-lite0": 24 + 40 + 80 + 112 + 192,
		"efficientnet-lite1": 24 + 40 + 80 + 112 + 192,
		"efficientnet-lite2": 24 + 48 + 88 + 120 + 208,
	} {
		t.Run(name, func(t *testing.T) { checkInstalledBlocks(t, name, earlier) })
	}
}

func checkInstalledBlocks(t *testing.T, name string, earlier int) {
	orttest.Library(t)
	b, err := Resolve(name)
	if errors.Is(err, ErrNotInstalled) {
		t.Skip(name + " is not installed")
	} else if err != nil {
		t.Fatal(err)
	}
	all, err := b.Select(AllBlocks)
	if err != nil {
		t.Fatal(err)
	}
	if names := BlockNames(all.Blocks); !slices.Equal(names, []string{"stage2", "stage3", "stage4", "stage5", "stage6", "last"}) || all.Dim != earlier+1280 {
		t.Fatalf("%v, %d values", names, all.Dim)
	}
	row, err := runOnTestImages(t, all, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range []string{"last", "stage2", "stage4,stage6", "stage5,last"} {
		variant, err := b.Select(names)
		if err != nil {
			t.Fatal(err)
		}
		got, err := runOnTestImages(t, variant, true)
		if err != nil {
			t.Fatal(err)
		}
		var want []float32
		at := 0
		for _, block := range all.Blocks {
			if slices.Contains(variant.Given(), block) {
				want = append(want, row[at:at+block.Dim]...)
			}
			at += block.Dim
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: other values than beside all blocks", names)
		}
	}
}

func writeModel(t *testing.T, path string, m *onnxgraph.Model) {
	t.Helper()
	content, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}
