// Package onnxpb holds the messages of the ONNX file format, generated from
// the onnx.proto of ONNX 1.23.2 (Apache-2.0), which is kept beside this file
// unchanged. Only package onnxgraph uses them.
//
// Generating again needs protoc on PATH: Debian's protobuf-compiler, or the
// Python package grpcio-tools behind a script of that name.
package onnxpb

//go:generate sh -c "protoc --plugin=protoc-gen-go=$(go tool -n protoc-gen-go) --proto_path=. --go_out=. --go_opt=paths=source_relative,Monnx.proto=github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb onnx.proto"
