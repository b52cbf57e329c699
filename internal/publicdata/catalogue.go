// Package publicdata lists public sets of labelled images and fetches them into
// folders that headstart can train on.
package publicdata

// Set is a public set of labelled images.
type Set struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Licence string   `json:"licence"` // terms of use, as its authors state them
	Classes []string `json:"classes"`
	Images  int      `json:"images"`
	Files   []File   `json:"files"`

	noJFIF int        // of the images, those that TensorFlow Datasets drops
	member memberRule // which entries of the one zip are images; nil if the files are used as they are
}

// File is one file that a set is made of.
type File struct {
	Name   string   `json:"name"`
	URLs   []string `json:"urls"` // of the same file, tried in this order
	Bytes  int64    `json:"bytes"`
	SHA256 string   `json:"sha256"`
}

// Bytes returns the size of all that is downloaded.
func (s Set) Bytes() (sum int64) {
	for _, f := range s.Files {
		sum += f.Bytes
	}
	return sum
}

// CatsVsDogs is the set of Microsoft and Kaggle, in the zip of 2022.
var CatsVsDogs = Set{
	Name:    "cats_vs_dogs",
	About:   "photos of cats and dogs (Asirra; Microsoft, Kaggle)",
	Licence: "Microsoft Research License Agreement, in the zip as MSR-LA - 3467.docx: read it before other than private use",
	Classes: []string{"cat", "dog"},
	Images:  25000,
	Files: []File{{
		Name:   "kagglecatsanddogs_5340.zip",
		URLs:   []string{"https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip"},
		Bytes:  824887076,
		SHA256: "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
	}},
	noJFIF: 1738,
	member: petImages,
}

// MNIST is the set of handwritten digits in its original files.
var MNIST = Set{
	Name:    "mnist",
	About:   "handwritten digits of 28×28 pixels, with a test split (LeCun, Cortes, Burges)",
	Licence: "CC BY-SA 3.0",
	Classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
	Images:  70000,
	Files: []File{
		mnistFile("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
		mnistFile("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
		mnistFile("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
		mnistFile("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
	},
}

func mnistFile(name string, bytes int64, sha256 string) File {
	return File{Name: name, Bytes: bytes, SHA256: sha256, URLs: []string{
		"https://storage.googleapis.com/cvdf-datasets/mnist/" + name,
		"https://ossci-datasets.s3.amazonaws.com/mnist/" + name,
	}}
}

// Sets returns all sets, by name.
func Sets() []Set { return []Set{CatsVsDogs, MNIST} }
