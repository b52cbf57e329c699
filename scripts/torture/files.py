"""Files that torture gives to the program: photos, and some that lie."""

import gzip
import pathlib
import struct
import zipfile
import zlib


def png(path, width, height, depth, colour, lines):
    """Writes a PNG of these compressed lines, whatever its header says."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b""))


def photo(path, seed):
    """Writes a small picture in one of three tints that no other seed gives."""
    state, lines = seed * 2654435761 + 1, bytearray()
    for _ in range(24):
        lines.append(0)
        for _ in range(24):
            state = (state * 1103515245 + 12345) & 0x7fffffff
            pixel = [state >> 16 & 63] * 3
            pixel[seed % 3] += 160
            lines += bytes(pixel)
    png(path, 24, 24, 8, 2, zlib.compress(bytes(lines)))


def zeros(size):
    """Returns the zlib stream of so many zero bytes."""
    z, out = zlib.compressobj(9), []
    block = bytes(1 << 20)
    while size > 0:
        out.append(z.compress(block[:size]))
        size -= len(block)
    return b"".join(out) + z.flush()


def progressive(path, side, scans):
    """Writes a progressive JPEG of three full planes with so many scans, each of a
    few bytes: runs of blocks without coefficients."""
    def segment(marker, content):
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content

    def table(kind, symbols):  # all of one length
        bits = max(1, (len(symbols)).bit_length())
        counts = [0] * 16
        counts[bits - 1] = len(symbols)
        return segment(0xc4, bytes([kind, *counts, *symbols]))

    def scan(components, first, last, approximation, bits):
        bits += "1" * (-len(bits) % 8)
        data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
        return segment(0xda, bytes([len(components), *(x for c in components for x in (c, 0)), first, last, approximation])) + data

    blocks = ((side + 7) // 8) ** 2
    run = (1 << 15) - 1  # the longest run of blocks: symbol E0 and 14 bits, here all set
    runs, rest = divmod(blocks, run)
    # A block alone is a run as well: symbol 00.
    many = ("00" + "1" * 14) * runs + "01" * rest
    frame = struct.pack(">BHHB", 8, side, side, 3) + bytes([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\xff\xd8" + segment(0xdb, bytes([0] + [1] * 64)) + segment(0xc2, frame)
                     + table(0x00, [0]) + scan([1, 2, 3], 0, 0, 0, "0" * (3 * blocks))
                     + table(0x10, [0xe0, 0x00]) + scan([1], 1, 63, 0, many) * scans + b"\xff\xd9")


def deep_zip(path, entries, depth):
    """Writes a zip of empty pictures in folders of their own, so many deep."""
    with zipfile.ZipFile(path, "w") as z:
        for i in range(entries):
            z.writestr(f"{i}/" + f"{chr(97 + i % 26)}/" * depth + f"{i}.png", b"")


def lying_idx(folder, count, compressed):
    """Writes IDX files that claim so many records of one pixel and hold few."""
    folder.mkdir(parents=True)
    for name, header in (("train-images-idx3-ubyte", struct.pack(">IIII", 0x803, count, 1, 1)),
                         ("train-labels-idx1-ubyte", struct.pack(">II", 0x801, count))):
        if compressed:
            with gzip.open(folder / (name + ".gz"), "wb") as f:
                f.write(header)
                for _ in range(count >> 20):
                    f.write(bytes(1 << 20))
        else:
            (folder / name).write_bytes(header + bytes(1000))


def bombs(folder):
    """Writes small files that unpack to much, or claim to."""
    folder.mkdir(parents=True)
    png(folder / "claims.png", 60_000, 60_000, 8, 2, zeros(1000))
    png(folder / "16bit.png", 9900, 9900, 16, 6, zeros(9900 * (1 + 8 * 9900)))
    png(folder / "more.png", 8, 8, 8, 2, zeros(1 << 30))
    png(folder / "wide.png", 99_000_000, 1, 8, 2, zeros(3 * 99_000_000 + 1))
    screen = struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x4c\x01\x00"
    (folder / "claims.gif").write_bytes(b"GIF89a" + screen + frame * 1000 + b";")
    (folder / "frames.gif").write_bytes(b"GIF89a" + struct.pack("<HHBBB", 9900, 9900, 0x80, 0, 0) + bytes(6)
                                        + (b"," + struct.pack("<HHHHB", 0, 0, 9900, 9900, 0) + b"\x02\x02\x4c\x01\x00") * 100_000 + b";")
    for name, side, strip in (("claims", 60_000, 100), ("strip", 9900, 0xfffffff0), ("deflate", 9900, 300_000)):
        data = zeros(300_000_000) if name == "deflate" else bytes(100)
        entries = [(256, 4, 1, side), (257, 4, 1, side), (258, 3, 1, 8), (259, 3, 1, 8 if name == "deflate" else 1),
                   (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, side), (279, 4, 1, len(data) if name == "deflate" else strip)]
        at = 8 + len(data)
        (folder / f"{name}.tif").write_bytes(struct.pack("<2sHI", b"II", 42, at) + data + struct.pack("<H", len(entries))
                                             + b"".join(struct.pack("<HHII", *e) for e in entries) + bytes(4))
    (folder / "claims.bmp").write_bytes(b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 30_000, 30_000, 1, 32, 0, 0, 0, 0, 0, 0))
    (folder / "claims.webp").write_bytes(b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8L" + struct.pack("<I", 5) + b"\x2f\xff\xff\xff\x0f" + bytes(9))
    (folder / "claims.ppm").write_bytes(b"P6 99999999 99999999 255 " + bytes(100))
    return sum(1 for _ in pathlib.Path(folder).iterdir())
