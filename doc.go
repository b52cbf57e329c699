// Package headstart turns labelled photos into an image classifier by transfer
// learning with bottleneck features: a frozen network, the backbone, computes an
// embedding of each image once, the embeddings are kept on disk, and a small head
// is trained on them.
//
// [Open] returns an [Engine], which has a backbone and a store of embeddings.
// [Engine.Train] fits a head to a data set and returns a [Classifier].
// [Classifier.Save] writes the head to a file, and [Engine.Load] reads it back. A
// Classifier
//
//   - classifies images in memory ([Classifier.Classify]) and in files, one
//     ([Classifier.ClassifyFile]) or any number ([Classifier.ClassifyAll]);
//   - measures itself on labelled images ([Classifier.Evaluate]);
//   - writes itself with its backbone as one ONNX file for other programs
//     ([Classifier.Export]).
//
// An Engine and its Classifiers are safe for concurrent use.
//
// A head records the backbone and the preprocessing of its embeddings, and is
// never used with others: [Engine.Load] returns a [*MismatchError] instead. An
// image that cannot be read is a result with its reason, and does not end a run.
//
// The packages below can be used by themselves, in the order in which an image
// meets them:
//
//   - [github.com/digitalinnovationone/headstart/dataset] finds images, with their
//     labels and splits;
//   - [github.com/digitalinnovationone/headstart/extractor/backbone] finds, pulls
//     and adds backbones;
//   - [github.com/digitalinnovationone/headstart/extractor] makes embeddings, with
//     [github.com/digitalinnovationone/headstart/extractor/imageio] for pixels and
//     [github.com/digitalinnovationone/headstart/extractor/store] for the disk;
//   - [github.com/digitalinnovationone/headstart/head] fits heads to embeddings;
//   - [github.com/digitalinnovationone/headstart/head/metrics] measures
//     probabilities.
//
// # What it needs
//
// ONNX Runtime's shared library and a backbone: "make setup" in the repository
// installs both, and [Diagnose] reports what is missing. The package uses cgo.
package headstart
