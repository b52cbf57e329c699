// The way from the host to dav1d.
#include <string.h>

#include "dav1d/dav1d.h"
#include "picture.h"

static void keep(const uint8_t *data, void *cookie) {}

// decode returns the first picture of a bitstream, or 0. A sandbox decodes one
// picture, so that nothing is given back.
const struct picture *decode(const uint8_t *data, int size, int operating_point) {
  static struct picture result;
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.all_layers = 0;
  settings.operating_point = operating_point;
  Dav1dContext *context;
  Dav1dData in;
  if (dav1d_open(&context, &settings) || dav1d_data_wrap(&in, data, size, keep, 0)) return 0;
  Dav1dPicture picture;
  memset(&picture, 0, sizeof picture);
  int got = DAV1D_ERR(EAGAIN);
  while (in.sz && got == DAV1D_ERR(EAGAIN)) {
    int sent = dav1d_send_data(context, &in);
    if (sent && sent != DAV1D_ERR(EAGAIN)) return 0;
    got = dav1d_get_picture(context, &picture);
  }
  if (got == DAV1D_ERR(EAGAIN)) got = dav1d_get_picture(context, &picture);
  if (got) return 0;
  result.width = picture.p.w;
  result.height = picture.p.h;
  result.chroma = picture.p.layout;  // has the same numbers
  result.bits = result.chroma_bits = picture.p.bpc;
  result.full_range = picture.seq_hdr->color_range;
  result.matrix = picture.seq_hdr->mtrx;
  result.primaries = picture.seq_hdr->pri;
  for (int i = 0; i < 3; i++) {
    result.plane[i] = picture.data[i];
    result.stride[i] = picture.stride[i > 0];
  }
  return &result;
}
