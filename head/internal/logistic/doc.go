// Package logistic solves multinomial logistic regression with an L2 penalty
// on large dense float32 matrices. It knows nothing of heads and their files.
//
// New looks at the data once; the Trainer it returns fits one C (Fit) or tries
// several by cross-validation (CrossValidate), and what it found out about the
// data serves all of them.
package logistic
