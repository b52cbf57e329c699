package onnxgraph

import (
	"reflect"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Bounds on what Parse and InlineFunctions take. An empty message needs two bytes in
// a file and hundreds in memory; graphs of real networks take 10 to 20 times their
// bytes, weights as many as in the file. ONNX Runtime reads messages nested as deep.
const (
	leastRoom   = 16 << 20
	mostRoom    = 512 << 20 // beside the file's own bytes
	roomPerByte = 23
	maxDepth    = 100
)

func roomFor(size int) int { return size + min(leastRoom+roomPerByte*size, mostRoom) }

// memoryOf returns about how much memory a message takes.
func memoryOf(m proto.Message) int {
	data, err := proto.Marshal(m)
	if err != nil {
		return mostRoom
	}
	room := mostRoom
	weigh(data, m.ProtoReflect().Descriptor(), &room, 1)
	return mostRoom - room
}

// weigh takes the memory that an encoded message will need from room, which falls
// below 0 if that is too much or messages are nested too deep.
func weigh(data []byte, d protoreflect.MessageDescriptor, room *int, depth int) {
	*room -= structSizes[d]
	if depth > maxDepth {
		*room = -1
	}
	for len(data) > 0 && *room >= 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return // proto.Unmarshal says so
		}
		value := protowire.ConsumeFieldValue(number, kind, data[n:])
		if value < 0 {
			return
		}
		*room -= bytesPerField
		switch field := d.Fields().ByNumber(number); {
		case kind != protowire.BytesType || field == nil:
			*room -= value
		case field.Message() != nil:
			content, _ := protowire.ConsumeBytes(data[n:])
			weigh(content, field.Message(), room, depth+1)
		case field.Kind() == protoreflect.Int64Kind || field.Kind() == protoreflect.Uint64Kind || field.Kind() == protoreflect.Int32Kind:
			*room -= 8 * value // packed numbers of one byte or more
		default:
			*room -= value
		}
		data = data[n+value:]
	}
}

// bytesPerField is about what a field takes beside its content: a pointer, or an
// element of a slice that grows.
const bytesPerField = 24

var modelDescriptor = new(onnxpb.ModelProto).ProtoReflect().Descriptor()

// structSizes are the sizes of the structs that messages become.
var structSizes = func() map[protoreflect.MessageDescriptor]int {
	sizes := make(map[protoreflect.MessageDescriptor]int)
	protoregistry.GlobalTypes.RangeMessages(func(t protoreflect.MessageType) bool {
		sizes[t.Descriptor()] = int(reflect.TypeOf(t.Zero().Interface()).Elem().Size())
		return true
	})
	return sizes
}()
