package imageio

// colourModel turns a picture's three planes into red, green and blue: each
// is the sum of the planes, times its row of the matrix, and the offset.
type colourModel struct {
	matrix [3][3]float32
	offset [3]float32
}

var rgb = colourModel{matrix: [3][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}

// jfif is Y'CbCr as JPEG files have it: BT.601 in full range (ITU-T T.871).
var jfif = colourModel{
	matrix: [3][3]float32{
		{1, 0, 1.402},
		{1, -0.344136286, -0.714136286},
		{1, 1.772, 0},
	},
	offset: [3]float32{-128 * 1.402, 128 * (0.344136286 + 0.714136286), -128 * 1.772},
}
