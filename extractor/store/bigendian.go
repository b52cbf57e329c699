//go:build armbe || arm64be || m68k || mips || mips64 || mips64p32 || ppc || ppc64 || s390 || s390x || shbe || sparc || sparc64

package store

// The build fails here on purpose: a Matrix is a view of a little-endian file.
var _ = thisPackageNeedsALittleEndianMachine
