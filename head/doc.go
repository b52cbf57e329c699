// Package head trains small classifiers on embeddings, says how good they are,
// and keeps them in ONNX files.
//
// Fit takes a Matrix of embeddings with their classes and returns a Head: L2
// multinomial logistic regression on standardised embeddings, with the strength
// of the penalty chosen by cross-validation. A Head gives probabilities, is
// written with Write and read back with Read; its file runs in any ONNX runtime
// by itself. Evaluate turns probabilities and true classes into Metrics.
//
// The same embeddings, classes and seed give the same head, bit by bit, on any
// number of cores.
package head
