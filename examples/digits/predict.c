// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Classifies every image of digits_x.npy, counts right answers by digits_labels.npy, writes all logits to
// logits.bin.
#include "digits.h"
#include "dyadic_port.h"

static digits_ctx ctx;
static uint64_t arena[(DIGITS_ARENA_BYTES + 7u) / 8u];
static float image[DIGITS_INPUT_0_ELEMS];
static digits_input_0_t codes[DIGITS_INPUT_0_ELEMS];
static digits_output_0_t logits[DIGITS_OUTPUT_0_ELEMS];

static void stop(const char *why) {
  dyadic_port_put(why);
  dyadic_port_put("\n");
  dyadic_port_exit(1);
}

// Opens a .npy file, version 1, and reads past its header.
static int open_npy(const char *path) {
  uint8_t head[10];
  int file = dyadic_port_open(path, 0);
  if (file < 0 || dyadic_port_read(file, head, sizeof head) != sizeof head || head[6] != 1u) {
    stop(path);
  }
  for (uint32_t left = head[8] + 256u * head[9]; left != 0u; --left) {
    if (dyadic_port_read(file, head, 1u) != 1u) {
      stop(path);
    }
  }
  return file;
}

static uint32_t predict(void) {
  if (digits_quantise_input_0(image, codes) != DIGITS_OK || digits_set_input_0(&ctx, codes) != DIGITS_OK ||
      digits_run(&ctx) != DIGITS_OK || digits_get_output_0(&ctx, logits) != DIGITS_OK) {
    stop("the network refuses an image");
  }
  uint32_t best = 0u;
  for (uint32_t i = 1u; i < DIGITS_OUTPUT_0_ELEMS; ++i) {
    if (logits[i] > logits[best]) {
      best = i;
    }
  }
  return best;
}

int main(void) {
  int32_t label;
  int64_t images = 0, right = 0;
  int in = open_npy("digits_x.npy"), labels = open_npy("digits_labels.npy");
  int out = dyadic_port_open("logits.bin", 1);
  if (out < 0 || digits_init(&ctx, arena, sizeof arena) != DIGITS_OK) {
    stop("cannot begin");
  }
  while (dyadic_port_read(in, image, sizeof image) == sizeof image &&
         dyadic_port_read(labels, &label, sizeof label) == sizeof label) {
    right += (int32_t)predict() == label;
    ++images;
    if (dyadic_port_write(out, logits, sizeof logits) != sizeof logits) {
      stop("cannot write logits.bin");
    }
  }
  dyadic_port_put_number(right);
  dyadic_port_put(" of ");
  dyadic_port_put_number(images);
  dyadic_port_put(" right\n");
  return dyadic_port_close(out);
}
