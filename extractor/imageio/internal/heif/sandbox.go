package heif

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"io"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// The decoders of HEVC and AV1 are C libraries compiled to WebAssembly: they see
// no memory but what they are lent, open no file, and end when the context does.
// scripts/sandbox builds them.
var (
	//go:embed hevc.wasm.gz
	hevcModule []byte
	//go:embed av1.wasm.gz
	av1Module []byte

	engine      = sync.OnceValue(newEngine)
	hevcDecoder = sync.OnceValues(func() (wazero.CompiledModule, error) { return compile(hevcModule) })
	av1Decoder  = sync.OnceValues(func() (wazero.CompiledModule, error) { return compile(av1Module) })
)

func newEngine() wazero.Runtime {
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r) // what the C library wants to be there
	_, err := r.NewHostModuleBuilder("host").NewFunctionBuilder().
		WithGoFunction(api.GoFunc(progress), nil, nil).Export("progress").Instantiate(ctx)
	if err != nil {
		panic(err)
	}
	return r
}

// progress is called by the decoders for each block or row of blocks.
func progress(ctx context.Context, _ []uint64) {
	if err := ctx.Err(); err != nil {
		panic(err) // which ends the call
	}
}

func compile(module []byte) (wazero.CompiledModule, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(module))
	if err != nil {
		return nil, err
	}
	code, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, err
	}
	return engine().CompileModule(context.Background(), code)
}

// sandbox is the memory that decoders are lent, one after the other. It does not
// grow: a decoder that wants more is told that there is none.
type sandbox struct {
	memory []byte
	used   int
}

func newSandbox(size int64) *sandbox {
	const page = 1 << 16
	return &sandbox{memory: make([]byte, (size+page-1)/page*page)}
}

// Allocate implements experimental.MemoryAllocator.
func (s *sandbox) Allocate(uint64, uint64) experimental.LinearMemory {
	clear(s.memory[:s.used])
	s.used = 0
	return s
}

// Reallocate implements experimental.LinearMemory.
func (s *sandbox) Reallocate(size uint64) []byte {
	if size > uint64(len(s.memory)) {
		return nil
	}
	s.used = max(s.used, int(size))
	return s.memory[:size:size]
}

// Free implements experimental.LinearMemory.
func (s *sandbox) Free() {}

// samples is a plane as a decoder leaves it, in the sandbox's memory.
type samples struct {
	pix    []byte
	stride int
	bits   int // of a sample, which has two bytes if they are more than 8
}

// decoded is a picture in the sandbox's memory, until the next is decoded there.
type decoded struct {
	width, height int
	chroma        int // 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4
	planes        [3]samples
	colours       Colours
}

var errMemory = errors.New("needs more memory than its size explains")

// decode runs a decoder on the pieces of a bitstream.
func (s *sandbox) decode(ctx context.Context, module func() (wazero.CompiledModule, error), pieces [][]byte, more ...uint64) (*decoded, error) {
	code, err := module()
	if err != nil {
		return nil, err
	}
	lent := experimental.WithMemoryAllocator(ctx, s)
	instance, err := engine().InstantiateModule(lent, code, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, stopped(ctx, err)
	}
	defer instance.Close(context.WithoutCancel(ctx))
	length := 0
	for _, piece := range pieces {
		length += len(piece)
	}
	result, err := instance.ExportedFunction("malloc").Call(ctx, uint64(length))
	if err != nil || result[0] == 0 {
		return nil, stopped(ctx, errMemory)
	}
	in, ok := instance.Memory().Read(uint32(result[0]), uint32(length))
	if !ok {
		return nil, errMemory
	}
	for _, piece := range pieces {
		in = in[copy(in, piece):]
	}
	result, err = instance.ExportedFunction("decode").Call(ctx, append([]uint64{result[0], uint64(length)}, more...)...)
	if err != nil || result[0] == 0 {
		return nil, stopped(ctx, errDamaged)
	}
	return readDecoded(instance.Memory(), uint32(result[0]))
}

// stopped is ctx's error where that is the reason for err.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// readDecoded reads struct picture, of scripts/sandbox/picture.h.
func readDecoded(memory api.Memory, at uint32) (*decoded, error) {
	const fields = 14
	var field [fields]uint32
	for i := range field {
		value, ok := memory.ReadUint32Le(at + 4*uint32(i))
		if !ok {
			return nil, errDamaged
		}
		field[i] = value
	}
	d := &decoded{width: int(field[0]), height: int(field[1]), chroma: int(field[2])}
	if d.width < 1 || d.height < 1 || d.chroma > 3 || d.width > 1<<20 || d.height > 1<<20 {
		return nil, errDamaged
	}
	d.colours = Colours{Full: field[5] != 0, Matrix: int(field[6]), Primaries: int(field[7])}
	for i := range planesOf(d.chroma) {
		width, height := planeSize(d.width, d.height, d.chroma, i)
		bits := int(field[3+min(i, 1)])
		bytes := (bits + 7) / 8
		stride := int(field[11+i])
		if bits < 8 || bits > 16 || stride < width*bytes || stride > int(memory.Size())/height {
			return nil, errDamaged
		}
		pix, ok := memory.Read(field[8+i], uint32(stride*(height-1)+width*bytes))
		if !ok {
			return nil, errDamaged
		}
		d.planes[i] = samples{pix, stride, bits}
	}
	return d, nil
}

func planesOf(chroma int) int {
	if chroma == 0 {
		return 1
	}
	return 3
}

// planeSize is the size of a plane of a picture.
func planeSize(width, height, chroma, plane int) (int, int) {
	if plane > 0 && chroma <= 2 {
		width = (width + 1) / 2
	}
	if plane > 0 && chroma <= 1 {
		height = (height + 1) / 2
	}
	return width, height
}
