// What a decoder leaves for its host, who reads it field by field
// (extractor/imageio/internal/heif/sandbox.go).
#pragma once
#include <stdint.h>

struct picture {
  int32_t width, height;
  int32_t chroma;             // 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4
  int32_t bits, chroma_bits;  // of a sample, which has two bytes if they are more than 8
  int32_t full_range, matrix, primaries;  // ITU-T H.273
  const void* plane[3];
  int32_t stride[3];  // bytes
};
