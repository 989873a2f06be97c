// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A box of bytes: the shape of every transfer between memories.
#ifndef DYADIC_BOX_H
#define DYADIC_BOX_H

#include "dyadic_base.h"

DYADIC_BEGIN

// planes x lines runs of `bytes` neighbouring bytes. The run of plane p, line l begins p * plane + l * line
// bytes after the first, on either side. A stride whose extent is 1 has no meaning. Runs of the destination
// do not overlap. An extent of 0: nothing.
typedef struct dyadic_box {
  uint32_t planes;
  uint32_t lines;
  uint32_t bytes;
  uint32_t src_plane; // strides, in bytes
  uint32_t src_line;
  uint32_t dst_plane;
  uint32_t dst_line;
} dyadic_box;

// Copies the box with the calling core. Source and destination do not overlap; any alignment.
void dyadic_box_copy(const dyadic_box *box, void *dst, const void *src);

DYADIC_END

#endif
