// Package headstart turns labelled photos into an image classifier by transfer
// learning in its bottleneck form: a frozen network, the backbone, makes an
// embedding of each image once, embeddings are kept on disk, and a small head is
// trained on them.
//
// An [Engine] has a backbone and a store of embeddings. [Engine.Train] fits a
// head to a data set and returns a [Classifier], which can be saved, and which
// [Engine.Load] reads back. A Classifier classifies images in memory and in
// files, one ([Classifier.Classify]) or any number ([Classifier.ClassifyAll]),
// measures itself on labelled images ([Classifier.Evaluate]), and writes itself
// with its backbone as one ONNX file for other programs ([Classifier.Export]).
// All of them may be used by several goroutines at once.
//
// A head knows the backbone and the preprocessing that its embeddings come from,
// and is never used with others. An image that cannot be read is a result, with
// its reason, and does not end a run.
//
// The parts can be used by themselves, in the order in which an image meets them:
//
//   - [github.com/digitalinnovationone/headstart/dataset] says which images there
//     are, with which labels, in which split;
//   - [github.com/digitalinnovationone/headstart/extractor/backbone] finds, pulls
//     and adds backbones;
//   - [github.com/digitalinnovationone/headstart/extractor] makes embeddings;
//   - [github.com/digitalinnovationone/headstart/head] fits heads to embeddings;
//   - [github.com/digitalinnovationone/headstart/head/metrics] measures
//     probabilities.
//
// # What it needs
//
// ONNX Runtime's shared library and a backbone: "make setup" in the repository
// brings both, and [Diagnose] tells what is missing. The package uses cgo.
//
// Build with -tags nodynamic. The decoders of HEIC and AVIF then always run in
// their WebAssembly sandbox. Without the tag they load libheif and libavif where
// the system has them; this package refuses HEIC and AVIF images in that case
// rather than decode them outside the sandbox.
package headstart
