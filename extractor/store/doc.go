// Package store keeps embeddings on disk, keyed by the SHA-256 of the image they
// were made from, so that nothing is computed twice.
//
//	STORE/headstart-store           marker and format version (Root)
//	STORE/files.db                  path, size, times, inode → SHA-256 (HashCache)
//	STORE/<spec hash>/spec.json     what made these rows
//	STORE/<spec hash>/vectors.npy   float32 [rows, dim], little-endian: numpy.load(…, mmap_mode="r")
//	STORE/<spec hash>/keys.log      which row is whose, or why an image is unreadable
//	STORE/thumbnails/               the same for thumbnails, of any backbone
//
// keys.log is the truth. Rows are written behind those it knows and synced, then
// their records are appended and synced; what lies behind the last sound record is
// garbage that the next commit overwrites. The look-up is a table in memory, read
// from the log when a store is opened (some 55 bytes per image). From this follow
// the guarantees:
//
//   - A committed row survives kill -9 and a power cut. A half-written row is
//     never read.
//   - A full disk, or any other failed write, gives an error that names the file
//     and leaves everything committed before as it was.
//   - Several goroutines and processes may fill one store at once: no row is
//     lost and no image gets two. Nobody holds a lock for longer than one commit,
//     or than it takes to read keys.log, and nobody waits for one for ever.
//   - Each record carries a CRC-32C of its row and one of itself, which covers
//     its place and the spec too. Records have one size, so that damage to one is
//     damage to one image. Rows compares every row that it returns: a damaged one
//     is missing, and made again. Verify finds every flipped bit, and writes
//     nothing.
//   - Headers and spec.json can be told from the rest, and are written again if
//     they are damaged.
//   - A folder that is neither empty nor a store is refused. Nothing is ever
//     removed, or replaced, that the store has not made.
//   - A store of format 1 is converted without making rows again; one made by a
//     newer format version is refused and left untouched.
//   - A store that may only be read can be read.
//
// Rows never change once they are committed, so that they can be mapped into
// memory without a lock: a row that is not used any more stays.
//
// Everything here can be made again from the images: dropping a spec's folder, or
// deleting the whole store, costs time and nothing else.
package store
