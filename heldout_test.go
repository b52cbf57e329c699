package headstart_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

// copies writes three copies of each of some pictures with labels at random, and
// returns a manifest of them: the same bytes, or saved again and of one group.
func copies(t *testing.T, pictures int, again bool) string {
	t.Helper()
	folder := t.TempDir()
	r := rand.New(rand.NewPCG(uint64(pictures), 1))
	var manifest bytes.Buffer
	for i := range pictures {
		label := []string{"a", "b"}[r.IntN(2)]
		picture := draw(color.NRGBA{200, 100, 60, 255}, uint64(i))
		for _, quality := range []int{75, 85, 95} {
			name, group := fmt.Sprintf("%d-%d", i, quality), ""
			content := picture
			if again {
				group = fmt.Sprint("picture ", i)
				pixels, err := png.Decode(bytes.NewReader(picture))
				check(err)
				var file bytes.Buffer
				check(jpeg.Encode(&file, pixels, &jpeg.Options{Quality: quality}))
				content = file.Bytes()
			}
			check(os.WriteFile(filepath.Join(folder, name), content, 0o666))
			fmt.Fprintf(&manifest, `{"path":%q,"label":%q,"group":%q}`+"\n", name, label, group)
		}
	}
	path := filepath.Join(folder, "manifest.jsonl")
	check(os.WriteFile(path, manifest.Bytes(), 0o666))
	return path
}

// Labels at random cannot be learnt, whatever copies of the images there are.
func TestCopiesDoNotFlatterScores(t *testing.T) {
	needsRuntime(t)
	const pictures = 30
	engine := open(t, headstart.Config{NoStore: true})
	for name, manifest := range map[string]string{"same bytes": copies(t, pictures, false), "groups": copies(t, pictures, true)} {
		data := scan(t, manifest)
		for _, kind := range head.Kinds() {
			_, report, err := engine.Train(t.Context(), data, headstart.TrainOptions{Head: kind, Duplicates: headstart.DuplicateOptions{NoNear: true}})
			if err != nil {
				t.Fatal(err)
			}
			accuracy := report.CrossValidated.Accuracy
			if standardError := math.Sqrt(0.25 / pictures); accuracy > 0.5+3*standardError {
				t.Errorf("%s, %s: accuracy %.3f", name, kind, accuracy)
			}
			folds := map[string]int{}
			for p, err := range report.Predictions(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if fold, seen := folds[p.Group]; p.Group == "" || seen && fold != p.Fold {
					t.Errorf("%s, %s: %s of group %q is in fold %d, others in %d", name, kind, p.Path, p.Group, p.Fold, fold)
				}
				folds[p.Group] = p.Fold
			}
			if len(folds) != pictures {
				t.Errorf("%s, %s: %d groups", name, kind, len(folds))
			}
		}
	}
}

// oddlyLabelled is data with a wrong label, a class of one image, groups, a test
// split with an image of a group that is trained on and a strange group, and names that formats have to
// mind.
func oddlyLabelled(t *testing.T) *dataset.Dataset {
	t.Helper()
	data := &dataset.Dataset{}
	add := func(name, label, colour, group string, split dataset.Split) {
		s := dataset.FromBytes(name, draw(colours[colour], uint64(len(data.Samples))))
		s.Label, s.Group, s.Split = label, group, split
		data.Samples = append(data.Samples, s)
	}
	for i := range 40 {
		add(fmt.Sprintf("=red %d.png", i), "red, warm", "red", fmt.Sprint("+", i/2), dataset.Train)
		add(fmt.Sprintf("blue \"%d\".png", i), "-blue", "blue", "", dataset.Train)
	}
	add("wrong.png", "-blue", "red", "", dataset.Train)
	add("alone.png", "alone", "red", "", dataset.Train)
	for i := range 5 {
		add(fmt.Sprintf("test %d.png", i), "-blue", "blue", "", dataset.Test)
	}
	add("wrong test.png", "-blue", "red", "", dataset.Test)
	add("leak.png", "red, warm", "red", "+0", dataset.Test)
	for i := range 3 { // more likely a strange group than three wrong labels
		add(fmt.Sprintf("strange %d.png", i), "-blue", "red", "strange", dataset.Test)
	}
	return data
}

// row is a line of a file of predictions, NaN and -1 where it says nothing.
type row struct {
	path, label, group, split, class     string
	fold                                 int
	probability, unknown, ofLabel, wrong float64
	probabilities                        []float64
}

func TestPredictionsAreWrittenInEveryFormat(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{NoStore: true})
	_, report, err := engine.Train(t.Context(), oddlyLabelled(t), headstart.TrainOptions{})
	if err != nil {
		t.Fatal(err)
	}
	suspected := map[string]dataset.Split{}
	for _, e := range report.LabelErrors {
		suspected[string(e.Path)] = e.Split
		if e.Class != "red, warm" {
			t.Errorf("%s is likelier to be %s", e.Path, e.Class)
		}
	}
	if want := map[string]dataset.Split{"wrong.png": dataset.Train, "wrong test.png": dataset.Test}; !maps.Equal(suspected, want) {
		t.Errorf("suspected: %v", suspected)
	}
	var want []row
	for p, err := range report.Predictions(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		r := row{p.Path, p.Label, p.Group, string(p.Split), p.Class, p.Fold, p.Probability, p.UnknownScore, p.LabelProbability, p.LabelError, p.Probabilities}
		if p.Class == "" {
			r.probabilities = []float64{math.NaN(), math.NaN(), math.NaN()}
		}
		if scored := p.Path != "alone.png" && p.Path != "leak.png"; scored != (p.Class != "") || (p.Split == dataset.Train && scored) != (p.Fold >= 0) {
			t.Errorf("%s: %+v", p.Path, p)
		}
		want = append(want, r)
	}
	if len(want) != 92 {
		t.Errorf("%d predictions", len(want))
	}
	for name, read := range map[string]func(*testing.T, string) []row{"p.csv": readCSV, "p.jsonl": readJSON, "p.PARQUET": readParquet} {
		path := filepath.Join(t.TempDir(), name)
		for range 2 { // they replace themselves
			if err := headstart.CheckOutput(headstart.PredictionsFile, path); err != nil {
				t.Fatal(err)
			}
			if err := report.WritePredictions(t.Context(), path); err != nil {
				t.Fatal(err)
			}
		}
		got := read(t, path)
		if len(got) != len(want) {
			t.Fatalf("%s: %d rows", name, len(got))
		}
		for i := range want {
			if !same(got[i], want[i]) {
				t.Fatalf("%s: got  %+v\nwant %+v", name, got[i], want[i])
			}
		}
	}
}

// same compares rows whose numbers may have been rounded to nine digits.
func same(a, b row) bool {
	near := func(x, y float64) bool {
		return math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-8*math.Abs(y)
	}
	texts := func(r row) []string { return []string{r.path, r.label, r.group, r.split, r.class, fmt.Sprint(r.fold)} }
	return slices.Equal(texts(a), texts(b)) && slices.EqualFunc(a.probabilities, b.probabilities, near) &&
		near(a.probability, b.probability) && near(a.unknown, b.unknown) && near(a.ofLabel, b.ofLabel) && near(a.wrong, b.wrong)
}

func readCSV(t *testing.T, path string) (rows []row) {
	file, err := os.Open(path)
	check(err)
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if header := strings.Join(lines[0], "|"); header != "path|label|group|split|fold|class|probability|p_-blue|p_alone|p_red, warm|unknown|label_probability|label_error" {
		t.Errorf("columns %s", header)
	}
	for _, l := range lines[1:] {
		text := func(i int) string { return strings.TrimPrefix(l[i], "'") }
		number := func(i int) float64 {
			if l[i] == "" {
				return math.NaN()
			}
			v, err := strconv.ParseFloat(l[i], 64)
			check(err)
			return v
		}
		fold := -1
		if l[4] != "" {
			fold = int(number(4))
		}
		rows = append(rows, row{text(0), text(1), text(2), text(3), text(5), fold, number(6), number(10), number(11), number(12), []float64{number(7), number(8), number(9)}})
	}
	return rows
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}

func readJSON(t *testing.T, path string) (rows []row) {
	content, err := os.ReadFile(path)
	check(err)
	for _, line := range bytes.Split(bytes.TrimSpace(content), []byte("\n")) {
		var j struct {
			Path, Label, Group, Split string
			Class                     *string
			Fold                      *int
			Probability, Unknown      *float64
			OfLabel                   *float64 `json:"label_probability"`
			Wrong                     *float64 `json:"label_error"`
			Probabilities             map[string]float64
		}
		if err := json.Unmarshal(line, &j); err != nil {
			t.Fatal(err)
		}
		r := row{j.Path, j.Label, j.Group, j.Split, "", -1, orNaN(j.Probability), orNaN(j.Unknown), orNaN(j.OfLabel), orNaN(j.Wrong), []float64{math.NaN(), math.NaN(), math.NaN()}}
		if j.Class != nil {
			r.class = *j.Class
			r.probabilities = []float64{j.Probabilities["-blue"], j.Probabilities["alone"], j.Probabilities["red, warm"]}
		}
		if j.Fold != nil {
			r.fold = *j.Fold
		}
		rows = append(rows, r)
	}
	return rows
}

func readParquet(t *testing.T, path string) (rows []row) {
	content, err := os.ReadFile(path)
	check(err)
	file, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range file.Schema().Fields() {
		names = append(names, f.Name())
	}
	if columns := strings.Join(names, "|"); columns != "path|label|group|split|fold|class|probability|p_-blue|p_alone|p_red, warm|unknown|label_probability|label_error" {
		t.Errorf("columns %s", columns)
	}
	for _, group := range file.RowGroups() {
		reader := group.Rows()
		defer reader.Close()
		buf := make([]parquet.Row, group.NumRows())
		n, _ := reader.ReadRows(buf)
		for _, v := range buf[:n] {
			number := func(i int) float64 {
				if v[i].IsNull() {
					return math.NaN()
				}
				return v[i].Double()
			}
			r := row{v[0].String(), v[1].String(), v[2].String(), v[3].String(), "", -1, number(6), number(10), number(11), number(12), []float64{number(7), number(8), number(9)}}
			if !v[4].IsNull() {
				r.fold = int(v[4].Int32())
			}
			if !v[5].IsNull() {
				r.class = v[5].String()
			}
			rows = append(rows, r)
		}
	}
	return rows
}

func TestPredictionsReplaceNothingElse(t *testing.T) {
	folder := t.TempDir()
	var table bytes.Buffer
	check(parquet.Write(&table, []struct{ Path string }{{"a.jpg"}}))
	for name, content := range map[string]string{
		"table.parquet":  table.String(),
		"cut.parquet":    "PAR1",
		"manifest.jsonl": `{"path":"a.jpg","label":"cats","sha256":"00"}` + "\n",
		"scores.csv":     "path,class,probability\n",
		"notes.csv":      "what I must not forget\n",
	} {
		path := filepath.Join(folder, name)
		check(os.WriteFile(path, []byte(content), 0o666))
		if err := headstart.CheckOutput(headstart.PredictionsFile, path); err == nil {
			t.Errorf("%s is replaced", name)
		}
	}
	if path := filepath.Join(folder, "pets.xlsx"); headstart.CheckOutput(headstart.PredictionsFile, path) == nil {
		t.Errorf("%s is taken", path)
	}
}
