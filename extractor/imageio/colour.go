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

// video is Y'CbCr as WebP files have it: BT.601 with black at 16 and white at
// 235.
var video = colourModel{
	matrix: [3][3]float32{
		{255. / 219, 0, 1.402 * 255 / 224},
		{255. / 219, -0.344136286 * 255 / 224, -0.714136286 * 255 / 224},
		{255. / 219, 1.772 * 255 / 224, 0},
	},
	offset: [3]float32{
		-16*255./219 - 128*1.402*255/224,
		-16*255./219 + 128*(0.344136286+0.714136286)*255/224,
		-16*255./219 - 128*1.772*255/224,
	},
}

// convert is the colour of one pixel, rounded.
func (m *colourModel) convert(a, b, c uint8) (red, green, blue uint8) {
	channel := func(i int) uint8 {
		v := m.matrix[i][0]*float32(a) + m.matrix[i][1]*float32(b) + m.matrix[i][2]*float32(c) + m.offset[i]
		return uint8(min(max(v, 0), 255) + 0.5)
	}
	return channel(0), channel(1), channel(2)
}
