package neardup

import "math"

// frame says where the pixels of one print are in another: x is at
// scale·x + shift, both from the centre; likewise y.
type frame struct{ scaleX, shiftX, scaleY, shiftY float64 }

// How far a crop may be from the whole: a tenth of it cut off, and a little more.
const (
	minScale, maxScale = 0.87, 1.15
	maxShift           = 2.2
)

// starts are the frames of crops by 5 and by 10 %, of each print by the other, at
// the sides, the corners and the centre.
var starts = func() []frame {
	all := []frame{{1, 0, 1, 0}}
	for _, s := range []float64{0.95, 0.9} {
		room := (1 - s) * Side / 2
		for dx := -1.0; dx <= 1; dx++ {
			for dy := -1.0; dy <= 1; dy++ {
				all = append(all, frame{s, dx * room, s, dy * room}, frame{1 / s, -dx * room / s, 1 / s, -dy * room / s})
			}
		}
	}
	return all
}()

// aligner finds where one print lies in another. The zero value is ready.
type aligner struct {
	x, y         [Side]tap
	coarseA      [area / 4]float32
	coarseB      [area / 4]float32
	fineA, fineB [area]float32
	v, gx, gy    [area]float32 // of the first print in the frame: values and slopes
	inside       [area]bool
	mirror       [area]byte
}

// tap is where a pixel of a row or column comes from.
type tap struct {
	at     int // and the next
	part   float32
	inside bool
}

// Correlations below which two prints do not get much better: of the best start
// at half the size, and after the first steps.
const (
	promising      = 0.7
	stillPromising = 0.85
)

// align returns the correlation of two prints where they overlap, in the frame in
// which it is greatest (Lucas and Kanade, 1981; brightness and contrast are fitted
// too).
func (al *aligner) align(a, b *thumbnail) float64 {
	halve(&al.coarseA, a)
	halve(&al.coarseB, b)
	best, from := -1.0, frame{}
	for _, f := range starts {
		half := frame{f.scaleX, f.shiftX / 2, f.scaleY, f.shiftY / 2}
		if s := al.take(al.coarseA[:], al.coarseB[:], Side/2, half); s > best {
			best, from = s, f
		}
	}
	if best < promising {
		return best
	}
	for i := range area {
		al.fineA[i], al.fineB[i] = float32(a.grey[i]), float32(b.grey[i])
	}
	const steps, early = 10, 3
	best = al.take(al.fineA[:], al.fineB[:], Side, from)
	for step := range steps {
		next := al.step(al.fineB[:], from)
		moved := math.Abs(next.shiftX-from.shiftX) + math.Abs(next.shiftY-from.shiftY) +
			Side/2*(math.Abs(next.scaleX-from.scaleX)+math.Abs(next.scaleY-from.scaleY))
		from = next
		best = max(best, al.take(al.fineA[:], al.fineB[:], Side, from))
		if moved < 0.02 || step >= early && best < stillPromising {
			break
		}
	}
	return best
}

// halve writes a print at half its size.
func halve(to *[area / 4]float32, p *thumbnail) {
	for i := range to {
		at := i/(Side/2)*2*Side + i%(Side/2)*2
		to[i] = float32(int(p.grey[at])+int(p.grey[at+1])+int(p.grey[at+Side])+int(p.grey[at+Side+1])) / 4
	}
}

// take looks at a picture of side×side values in a frame, and returns its
// correlation with another there.
func (al *aligner) take(a, b []float32, side int, f frame) float64 {
	taps(al.x[:side], f.scaleX, f.shiftX)
	taps(al.y[:side], f.scaleY, f.shiftY)
	var n, sumV, sumB, sumVV, sumBB, sumVB float64
	for y, ty := range al.y[:side] {
		row, below := a[ty.at*side:(ty.at+1)*side], a[(ty.at+1)*side:(ty.at+2)*side]
		for x, tx := range al.x[:side] {
			i := y*side + x
			if al.inside[i] = tx.inside && ty.inside; !al.inside[i] {
				continue
			}
			p, q, r, s := row[tx.at], row[tx.at+1], below[tx.at], below[tx.at+1]
			top, bottom := p+(q-p)*tx.part, r+(s-r)*tx.part
			al.gx[i] = (q-p)*(1-ty.part) + (s-r)*ty.part
			al.gy[i] = bottom - top
			al.v[i] = top + (bottom-top)*ty.part
			v, w := float64(al.v[i]), float64(b[i])
			n++
			sumV += v
			sumB += w
			sumVV += v * v
			sumBB += w * w
			sumVB += v * w
		}
	}
	spread := math.Sqrt(max(0, sumVV-sumV*sumV/n) * max(0, sumBB-sumB*sumB/n))
	if spread < n/4 { // half a grey level
		return 0
	}
	return min(1, (sumVB-sumV*sumB/n)/spread)
}

func taps(t []tap, scale, shift float64) {
	centre := float64(len(t)-1) / 2
	for i := range t {
		at := scale*(float64(i)-centre) + shift + centre
		low := min(float64(len(t)-2), max(0, math.Floor(at)))
		t[i] = tap{int(low), float32(min(1, max(0, at-low))), at >= -0.5 && at <= float64(len(t))-0.5}
	}
}

// step returns the frame that fits better by one Gauss-Newton step than that in
// which a picture was taken last.
func (al *aligner) step(b []float32, f frame) frame {
	const n = 6 // scaleX, shiftX, scaleY, shiftY, contrast, brightness
	const centre = (Side - 1) / 2.0
	var m [n][n + 1]float64
	for y := range Side {
		for x := range Side {
			i := y*Side + x
			if !al.inside[i] {
				continue
			}
			gx, gy, w := float64(al.gx[i]), float64(al.gy[i]), float64(b[i])
			j := [n]float64{gx * (float64(x) - centre), gx, gy * (float64(y) - centre), gy, float64(al.v[i]), 1}
			for r := range n {
				for c := r; c < n; c++ {
					m[r][c] += j[r] * j[c]
				}
				m[r][n] += j[r] * w
			}
		}
	}
	for r := range n {
		m[r][r] = m[r][r]*(1+1e-9) + 1e-3
		for c := range r {
			m[r][c] = m[c][r]
		}
	}
	q := solve(m)
	contrast := q[4]
	if math.Abs(contrast) < 0.2 {
		contrast = 0.2
	}
	limited := func(v, most float64) float64 { return min(most, max(-most, v/contrast)) }
	return frame{
		min(maxScale, max(minScale, f.scaleX+limited(q[0], 0.05))),
		min(maxShift, max(-maxShift, f.shiftX+limited(q[1], 1))),
		min(maxScale, max(minScale, f.scaleY+limited(q[2], 0.05))),
		min(maxShift, max(-maxShift, f.shiftY+limited(q[3], 1))),
	}
}

// solve solves six equations whose matrix is positive definite; the right side is
// its last column.
func solve(m [6][7]float64) (x [6]float64) {
	for p := range m {
		for r := p + 1; r < len(m); r++ {
			by := m[r][p] / m[p][p]
			for c := p; c <= len(m); c++ {
				m[r][c] -= by * m[p][c]
			}
		}
	}
	for r := len(m) - 1; r >= 0; r-- {
		x[r] = m[r][len(m)]
		for c := r + 1; c < len(m); c++ {
			x[r] -= m[r][c] * x[c]
		}
		x[r] /= m[r][r]
	}
	return x
}
