package imageio

import (
	"fmt"
	"math"
)

// Preprocessing says how a decoded image becomes a backbone's input. Its JSON
// form is part of what identifies an embedding and travels in ONNX files as
// the metadata entry "headstart.preprocessing".
type Preprocessing struct {
	Resize int        `json:"resize"` // pixels the shorter side is scaled to
	Crop   int        `json:"crop"`   // side of the square that the backbone takes, at most Resize
	View   string     `json:"view,omitempty"`
	Filter string     `json:"filter"` // "bilinear" or "bicubic", antialiased as Pillow's
	Mean   [3]float32 `json:"mean"`   // red, green, blue on 0–255: (x − Mean) / Std
	Std    [3]float32 `json:"std"`
	Layout string     `json:"layout"` // "NCHW" or "NHWC"
	Type   string     `json:"type"`   // "float32" or "uint8"

	small bool // that of thumbnails, so that no backbone's equals it
}

// Views say what of a picture a tensor shows.
const (
	CropView   = ""       // the square in its centre, after the shorter side was scaled to Resize
	SquareView = "square" // all of it, both sides scaled to Crop
	BothViews  = "both"   // two tensors: CropView's, then SquareView's
)

// EachView returns the preprocessing of each of p's views.
func (p Preprocessing) EachView() []Preprocessing {
	if p.View != BothViews {
		return []Preprocessing{p}
	}
	crop, square := p, p
	crop.View, square.View = CropView, SquareView
	return []Preprocessing{crop, square}
}

// maxSide keeps a mistyped size from becoming a demand for gigabytes.
const maxSide = 4096

// Validate reports the first thing in p that cannot be carried out.
func (p Preprocessing) Validate() error {
	switch {
	case p.Crop < 1 || p.Crop > maxSide:
		return fmt.Errorf("preprocessing: crop %d is not within 1 and %d", p.Crop, maxSide)
	case p.Resize < p.Crop || p.Resize > maxSide:
		return fmt.Errorf("preprocessing: resize %d is not within crop %d and %d", p.Resize, p.Crop, maxSide)
	case p.View != CropView && p.View != SquareView && p.View != BothViews:
		return fmt.Errorf("preprocessing: view %q is neither %s nor %s", p.View, SquareView, BothViews)
	case p.Filter != "bilinear" && p.Filter != "bicubic":
		return fmt.Errorf("preprocessing: filter %q is neither bilinear nor bicubic", p.Filter)
	case p.Layout != "NCHW" && p.Layout != "NHWC":
		return fmt.Errorf("preprocessing: layout %q is neither NCHW nor NHWC", p.Layout)
	case p.Type != "float32" && p.Type != "uint8":
		return fmt.Errorf("preprocessing: type %q is neither float32 nor uint8", p.Type)
	}
	for channel := range 3 {
		if !isFinite(p.Mean[channel]) {
			return fmt.Errorf("preprocessing: mean %v is not a number", p.Mean[channel])
		}
		if !isFinite(p.Std[channel]) || p.Std[channel] <= 0 {
			return fmt.Errorf("preprocessing: std %v is not positive", p.Std[channel])
		}
	}
	if p.Type == "uint8" && (p.Mean != [3]float32{} || p.Std != [3]float32{1, 1, 1}) {
		return fmt.Errorf("preprocessing: uint8 takes levels as they are, with a mean of 0 and a std of 1")
	}
	return nil
}

// Len is the number of values in one image's tensor, or in both of BothViews.
func (p Preprocessing) Len() int {
	if p.View == BothViews {
		return 2 * p.viewLen()
	}
	return p.viewLen()
}

func (p Preprocessing) viewLen() int { return 3 * p.Crop * p.Crop }

func isFinite(x float32) bool {
	return !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0)
}
