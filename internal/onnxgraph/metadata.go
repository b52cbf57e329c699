package onnxgraph

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Metadata returns the value of a metadata entry, and whether there is one.
func (m *Model) Metadata(key string) (value string, ok bool) {
	value, ok = m.Header().Metadata[key]
	return value, ok
}

// ClearMetadata removes all metadata entries.
func (m *Model) ClearMetadata() { m.pb.MetadataProps = nil }

// SetMetadata adds a metadata entry or replaces it. Entries are kept in the
// order of their keys.
func (m *Model) SetMetadata(key, value string) {
	m.RemoveMetadata(key)
	entries := append(m.pb.MetadataProps, &onnxpb.StringStringEntryProto{Key: proto.String(key), Value: proto.String(value)})
	slices.SortStableFunc(entries, func(a, b *onnxpb.StringStringEntryProto) int {
		return cmp.Compare(a.GetKey(), b.GetKey())
	})
	m.pb.MetadataProps = entries
}

// RemoveMetadata removes a metadata entry, if there is one.
func (m *Model) RemoveMetadata(key string) {
	m.pb.MetadataProps = slices.DeleteFunc(m.pb.MetadataProps, func(e *onnxpb.StringStringEntryProto) bool {
		return e.GetKey() == key
	})
}
