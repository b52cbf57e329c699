// Package head trains small classifiers on embeddings, measures how good they
// are, and stores them in ONNX files.
//
// Fit takes a Matrix of embeddings with their classes and returns a Head of the
// kind that does best in cross-validation: logistic regression on embeddings of
// length 1 or on standardised ones, or linear discriminant analysis; a multilayer
// perceptron if asked for. Its probabilities are calibrated by a temperature,
// measured on images that the fit in question has not seen, and its unknown score
// detects images that belong to none of the classes. A Head is written with Write
// and read with Read; its file runs in any ONNX runtime by itself. Package
// head/metrics turns probabilities and true classes into scores.
//
// The same embeddings, classes and seed give the same head, bit for bit, on any
// number of cores.
package head
