package fusedmodel

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// View says how a whole picture becomes one of the squares that a backbone takes.
type View struct {
	Resize int  // pixels the shorter side is scaled to, of which the centre is kept
	Whole  bool // both sides are scaled to the square's instead
}

// resampler adds operators that scale a picture of any size to squares.
//
// They do what package imageio does, by two matrix products, one along each side:
// column i of a matrix holds the weights of the samples that pixel i is made of.
// That gives its numbers, to the rounding of weights, where ONNX's own Resize
// differs by parts of a level; it needs no operators newer than opset 13; and only
// what is kept of the picture is computed.
type resampler struct {
	m     *onnxgraph.Model
	side  int64
	cubic bool
}

const doubles = "photo/"

// add appends an operator, whose only output it names after where it stands.
func (r *resampler) add(where, op string, inputs []string, attributes ...onnxgraph.Attribute) string {
	name := doubles + where
	r.m.AddNode(op, inputs, []string{name}, attributes...)
	return name
}

// number adds a constant.
func (r *resampler) number(where string, value float64) string {
	r.m.AddDoubles(doubles+where, []float64{value})
	return doubles + where
}

// photo adds the views of the input, uint8 [1, height, width, 3], and returns the
// value that holds them, float32 [views, 3, side, side].
func (r *resampler) photo(views []View) string {
	shape := r.add("shape", "Shape", []string{Image})
	levels := r.add("levels", "Cast", []string{Image}, onnxgraph.Int("to", int64(onnxgraph.Float32)))
	rows := r.add("rows", "Flatten", []string{levels}, onnxgraph.Int("axis", 2)) // [height, width * 3]
	var full [2]string                                                           // height and width
	for i, name := range []string{"height", "width"} {
		r.m.AddInt64s(doubles+name+"/index", []int64{int64(i + 1)}, 1)
		size := r.add(name+"/size", "Gather", []string{shape, doubles + name + "/index"})
		full[i] = r.add(name, "Cast", []string{size}, onnxgraph.Int("to", int64(onnxgraph.Float64))) // [1]
	}
	shorter := r.add("shorter", "Min", full[:])
	r.m.AddInt64s(doubles+"rows/shape", []int64{r.side, -1, 3}, 3)
	r.m.AddInt64s(doubles+"square/shape", []int64{1, 3, r.side, r.side}, 4)
	var squares []string
	for i, view := range views {
		at := fmt.Sprintf("view%d/", i)
		down := r.weights(at+"down/", full[0], shorter, view)
		across := r.weights(at+"across/", full[1], shorter, view)
		downRows := r.add(at+"down", "Transpose", []string{down}, onnxgraph.Ints("perm", 1, 0))
		kept := r.add(at+"rows", "MatMul", []string{downRows, rows})
		kept = r.add(at+"split", "Reshape", []string{kept, doubles + "rows/shape"})
		kept = r.add(at+"channels", "Transpose", []string{kept}, onnxgraph.Ints("perm", 2, 0, 1)) // [3, side, width]
		kept = r.add(at+"columns", "MatMul", []string{kept, across})
		squares = append(squares, r.add(at+"square", "Reshape", []string{kept, doubles + "square/shape"}))
	}
	all := squares[0]
	if len(squares) > 1 {
		all = r.add("views", "Concat", squares, onnxgraph.Int("axis", 0))
	}
	r.m.AddFloats(doubles+"black", []float32{0})
	r.m.AddFloats(doubles+"white", []float32{255})
	return r.add("kept", "Clip", []string{all, doubles + "black", doubles + "white"}) // a cubic filter overshoots
}

// weights adds the matrix of one side, float32 [full, side]. full and shorter hold
// the picture's sizes.
func (r *resampler) weights(at, full, shorter string, view View) string {
	side, one, half := r.number(at+"kept", float64(r.side)), r.number(at+"one", 1), r.number(at+"half", 0.5)
	zero := r.number(at+"zero", 0)
	resized := side
	if !view.Whole {
		scaled := r.add(at+"scaled", "Mul", []string{full, r.number(at+"resize", float64(view.Resize))})
		ratio := r.add(at+"ratio", "Div", []string{scaled, shorter})
		resized = r.add(at+"resized", "Floor", []string{ratio})
	}
	outside := r.add(at+"outside", "Sub", []string{resized, side})
	middle := r.add(at+"middle", "Mul", []string{outside, half})
	offset := r.add(at+"offset", "Round", []string{middle}) // half to even
	scale := r.add(at+"scale", "Div", []string{full, resized})
	stretch := r.add(at+"stretch", "Max", []string{scale, one})

	indices := make([]float64, r.side)
	for i := range indices {
		indices[i] = float64(i) + 0.5
	}
	r.m.AddDoubles(doubles+at+"indices", indices, 1, r.side)
	shown := r.add(at+"shown", "Add", []string{offset, doubles + at + "indices"})
	center := r.add(at+"center", "Mul", []string{shown, scale}) // [1, side]

	r.m.AddInt64s(doubles+at+"none", nil, 0) // the shape of a scalar, which Range takes
	count := r.add(at+"count", "Reshape", []string{full, doubles + at + "none"})
	samples := r.add(at+"samples", "Range", []string{zero, count, one})
	r.m.AddInt64s(doubles+at+"column", []int64{-1, 1}, 2)
	samples = r.add(at+"samples/column", "Reshape", []string{samples, doubles + at + "column"})
	samples = r.add(at+"samples/middle", "Add", []string{samples, half}) // [full, 1]

	distance := r.add(at+"distance", "Sub", []string{samples, center})
	distance = r.add(at+"distance/stretched", "Div", []string{distance, stretch})
	distance = r.add(at+"distance/size", "Abs", []string{distance})
	weights := r.filter(at+"filter/", distance)
	r.m.AddInt64s(doubles+at+"axis", []int64{0}, 1)
	sum := r.add(at+"sum", "ReduceSum", []string{weights, doubles + at + "axis"})
	weights = r.add(at+"normalised", "Div", []string{weights, sum})
	return r.quantised(at, weights, half)
}

// filter adds the weights at distances, which are not negative.
func (r *resampler) filter(at, x string) string {
	n := func(v float64) string { return r.number(fmt.Sprintf("%s%v", at, v), v) }
	step := 0
	op := func(op string, inputs ...string) string {
		step++
		return r.add(fmt.Sprintf("%sstep%d", at, step), op, inputs)
	}
	zero, one := n(0), n(1)
	if !r.cubic {
		return op("Max", op("Sub", one, x), zero)
	}
	// Keys' kernel with a = −0.5.
	two, more := n(2), n(2.5)
	near := op("Add", op("Mul", op("Mul", op("Sub", op("Mul", n(1.5), x), more), x), x), one)
	far := op("Add", op("Mul", op("Sub", op("Mul", op("Add", op("Mul", n(-0.5), x), more), x), n(4)), x), two)
	return op("Where", op("Less", x, one), near, op("Where", op("Less", x, two), far, zero))
}

// quantised adds weights of 11 bits, of which each column's still sum to one.
func (r *resampler) quantised(at, weights, half string) string {
	steps := r.number(at+"steps", 1<<11)
	r.m.AddInt64s(doubles+at+"first", []int64{0})
	rounded := func(where string, attributes ...onnxgraph.Attribute) string {
		sum := r.add(at+where+"/sum", "CumSum", []string{weights, doubles + at + "first"}, attributes...)
		sum = r.add(at+where+"/steps", "Mul", []string{sum, steps})
		sum = r.add(at+where+"/half", "Add", []string{sum, half})
		return r.add(at+where, "Floor", []string{sum})
	}
	now, before := rounded("now"), rounded("before", onnxgraph.Int("exclusive", 1))
	difference := r.add(at+"difference", "Sub", []string{now, before})
	exact := r.add(at+"exact", "Div", []string{difference, steps})
	return r.add(at+"weights", "Cast", []string{exact}, onnxgraph.Int("to", int64(onnxgraph.Float32)))
}
