// The way from the host to libde265.
#include <libde265/de265.h>
#include <libde265/image.h>

#include "picture.h"

int decoded_blocks;  // build.sh has libde265 count them

// decode returns the first picture of NAL units, each after its length in four
// bytes; or 0. A sandbox decodes one picture, so that nothing is given back.
extern "C" const picture* decode(const uint8_t* data, int size) {
  static picture result;
  de265_decoder_context* context = de265_new_decoder();
  while (size > 4) {
    int length = data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3];
    data += 4, size -= 4;
    if (length < 0 || length > size) return 0;
    if (length >= 2 && de265_push_NAL(context, data, length, 0, 0) != DE265_OK) return 0;
    data += length, size -= length;
  }
  de265_flush_data(context);
  const de265_image* image = 0;
  for (int more = 1; more && !image; image = de265_get_next_picture(context)) {
    if (de265_decode(context, &more) != DE265_OK) return 0;
  }
  if (!image) return 0;
  // libde265 itself goes on where a slice is damaged or ends early.
  if (image->integrity != INTEGRITY_CORRECT || decoded_blocks < image->number_of_ctbs()) return 0;
  result.width = de265_get_image_width(image, 0);
  result.height = de265_get_image_height(image, 0);
  result.chroma = de265_get_chroma_format(image);
  result.bits = de265_get_bits_per_pixel(image, 0);
  result.chroma_bits = de265_get_bits_per_pixel(image, 1);
  result.full_range = de265_get_image_full_range_flag(image);
  result.matrix = de265_get_image_matrix_coefficients(image);
  result.primaries = de265_get_image_colour_primaries(image);
  for (int i = 0; i < 3; i++) result.plane[i] = de265_get_image_plane(image, i, &result.stride[i]);
  return &result;
}
