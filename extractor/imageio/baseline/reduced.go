package baseline

// A mean over neighbouring outputs of the transform of 8 takes its terms
// together: the fourth coefficient cancels out, and the others keep a weight
// each. With w(k, x) the mean of cos((2i+1)kπ/16)·√2 over the i that output x
// stands for, these are w times 2^constBits; weights for the other outputs
// differ in sign or order only.
const (
	half1 = 10498 // k=1: the mean of outputs 0 and 1 of 8
)
