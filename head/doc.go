// Package head trains small classifiers on embeddings, says how good they are,
// and keeps them in ONNX files.
//
// Fit takes a Matrix of embeddings with their classes and returns a Head of the
// kind that does best by cross-validation: logistic regression on embeddings of
// length 1 or on standardised ones, or linear discriminant analysis; a
// perceptron where it is asked for. Its probabilities are calibrated by a
// temperature, measured on images that the fit in question has not seen, and it
// scores images of none of the classes. A Head is written with Write and read
// back with Read; its file runs in any ONNX runtime by itself. Evaluate turns
// probabilities and true classes into Metrics.
//
// The same embeddings, classes and seed give the same head, bit by bit, on any
// number of cores.
package head
