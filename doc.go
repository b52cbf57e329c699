// Package headstart is the landing page of a library that turns labelled
// images into a classifier by transfer learning in its bottleneck form: a
// frozen network runs once per image, its embeddings are kept on disk, and a
// small head is trained on them.
//
// The parts, in the order in which an image meets them:
//
//   - [github.com/digitalinnovationone/headstart/dataset] says which images
//     there are, with which labels, in which split;
//   - [github.com/digitalinnovationone/headstart/extractor/backbone] finds the
//     frozen network;
//   - [github.com/digitalinnovationone/headstart/extractor] makes the
//     embeddings that its store lacks;
//   - [github.com/digitalinnovationone/headstart/head] learns classes from
//     embeddings, and says how well.
//
// The example shows them together. The command is in cmd/headstart.
package headstart
