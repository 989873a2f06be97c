// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A random convolution or matrix product with its reference: seven plain loops.
#pragma once

#include "Support.h"

#include "dyadic_conv2d_lut.h"
#include "dyadic_depthwise_lut.h"
#include "dyadic_matmul_lut.h"

#include <memory>

namespace dyadic::test {

enum class Kind { conv, depthwise, matmul };

// One random layer of any kind; a matmul is a convolution over rows x 1 pixels here.
struct LinearLayer {
  LinearLayer(Random &random, Kind kind, bool lut);

  int64_t expected(uint32_t n, uint32_t oh, uint32_t ow, uint32_t oc) const;
  size_t scratchBytes() const;
  // The whole layer, or a part of it.
  void run(const dyadic_lut *table, const dyadic_part *part, void *out, void *scratch) const;
  uint32_t pixels() const { return layer.batch * layer.h.out * layer.w.out; }

  Kind kind;
  bool lut;
  dyadic_conv2d layer{};
  std::unique_ptr<Tensor> in, weights;
  std::unique_ptr<Step> step;

private:
  dyadic_matmul matmul() const;
};

// The table of products of a layer, in the narrowest entries or wider ones.
struct Products {
  Products(Random &random, const dyadic_conv2d &layer);

  std::vector<int8_t> bytes;
  std::vector<int16_t> halves;
  std::vector<int32_t> words;
  dyadic_lut lut{};
};

} // namespace dyadic::test
