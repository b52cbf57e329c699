// Package store keeps embeddings on disk, keyed by the SHA-256 of the image they
// were made from, so that nothing is computed twice.
//
//	STORE/files.db                  path, size, mtime, inode → SHA-256 (Files)
//	STORE/<spec hash>/spec.json     what made these rows
//	STORE/<spec hash>/vectors.npy   float32 [rows, dim], little-endian: numpy.load(…, mmap_mode="r")
//	STORE/<spec hash>/index.db      SHA-256 → row, or → why the image is unreadable
//
// The index is the truth. Rows are written behind those it counts and synced,
// then the index commits them; what lies past the last row it counts is garbage
// that the next commit overwrites. From this follow the guarantees:
//
//   - A committed row survives kill -9 and a power cut. A half-written row is
//     never read.
//   - A full disk, or any other failed write, gives an error that names the file
//     and leaves everything committed before as it was.
//   - Several goroutines and processes may fill one store at once: no row is
//     lost and no image gets two. Nobody holds a lock for longer than one commit
//     or one batch of look-ups, and nobody waits for one for ever.
//   - Each entry carries a CRC-32C of its image's key and its content, by which
//     Verify finds flipped bits and rows that are not where they should be.
//     CheckedRows compares each row that it returns, and so never returns a wrong
//     one.
//   - A damaged index is an error that says how to go on, or falls back on the
//     state before the last commit, as far as bbolt lets us: its pages have no
//     checksums. Only Verify looks at everything; other calls notice what they
//     stumble over.
//   - RepairHash drops what is damaged and keeps what its checksum confirms, even
//     from an index that cannot be opened any more.
//   - A store made by a newer format version is refused and left untouched.
//   - A store that may only be read can be read.
//
// Rows never change once they are committed, so that they can be mapped into
// memory without a lock: a row that was dropped stays, unused. What a killed
// process has left under a temporary name is removed after an hour.
//
// Everything here can be made again from the images: deleting a spec's folder,
// or the whole store, costs time and nothing else.
package store
