// The nine forms of a step, one per channel, and the ops that apply steps and exact affine maps.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: @steps
func.func @steps(%a: tensor<1x7xsi32>, %b: tensor<1x7xsi8>) {
  // Forms 0 to 6, channel by channel: constant, dyadic32, dyadic64, half_even, two_segment, thresholds, table.
  // CHECK: qint.rescale %arg0 "act" <channels = 7, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1, 2, 3, 4, 5, 6], mult = [0, 3, 5000000000, 1, 1, 0, 0], bias = [9, 8, 17, 2, 0, 0, 0], shift = [0, 4, 40, 2, 3, 0, 0],
  // CHECK-SAME: aux_begin = [0, 0, 0, 0, 0, 4, 7, 11], aux = [0, 1, 0, 1, 0, -5, 12, -1, 4, 5, 6],
  // CHECK-SAME: range_min = [-20, -20, -20, -20, -20, -20, -1], range_max = [20, 20, 20, 20, 20, 20, 1]> : (tensor<1x7xsi32>) -> tensor<1x7xui4>
  %0 = qint.rescale %a "act" <channels = 7, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1, 2, 3, 4, 5, 6], mult = [0, 3, 5000000000, 1, 1, 0, 0], bias = [9, 8, 17, 2, 0, 0, 0], shift = [0, 4, 40, 2, 3, 0, 0], aux_begin = [0, 0, 0, 0, 0, 4, 7, 11], aux = [0, 1, 0, 1, 0, -5, 12, -1, 4, 5, 6], range_min = [-20, -20, -20, -20, -20, -20, -1], range_max = [20, 20, 20, 20, 20, 20, 1]> : (tensor<1x7xsi32>) -> tensor<1x7xui4>
  // Two terms, all elements alike: a residual add. The clamp of a bipolar result is that of its bit.
  // CHECK: qint.rescale %arg0, %arg1 "sum" <channels = 1, period = 1, terms = 2, clamp_min = 0, clamp_max = 1, forms = [2], mult = [3, 5], bias = [0], shift = [1], aux_begin = [], aux = [], range_min = [0, -8], range_max = [9, 7]> : (tensor<1x7xsi32>, tensor<1x7xsi8>) -> tensor<1x7xsi1>
  %1 = qint.rescale %a, %b "sum" <channels = 1, period = 1, terms = 2, clamp_min = 0, clamp_max = 1, forms = [2], mult = [3, 5], bias = [0], shift = [1], aux_begin = [], aux = [], range_min = [0, -8], range_max = [9, 7]> : (tensor<1x7xsi32>, tensor<1x7xsi8>) -> tensor<1x7xsi1>
  // Form 7, wide: limbs, tie rule, one A per term, B, P, Q and Q'.
  // CHECK: forms = [7], mult = [0], bias = [0], shift = [0], aux_begin = [0, 7], aux = [1, 0, 5, 1, 8, 0, 0]
  %2 = qint.rescale %a "wide" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [7], mult = [0], bias = [0], shift = [0], aux_begin = [0, 7], aux = [1, 0, 5, 1, 8, 0, 0], range_min = [0], range_max = [9]> : (tensor<1x7xsi32>) -> tensor<1x7xui4>
  // Form 8, pieces: half even up to -4, a constant up to 5, from there on wide.
  // CHECK: forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 18], aux = [3, 1, 2, 2, -3, 0, 0, 7, 0, 6, 7, 1, 2, 3, 1, 8, 0, 0]
  %4 = qint.rescale %a "pieces" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 18], aux = [3, 1, 2, 2, -3, 0, 0, 7, 0, 6, 7, 1, 2, 3, 1, 8, 0, 0], range_min = [-9], range_max = [9]> : (tensor<1x7xsi32>) -> tensor<1x7xui4>
  // CHECK: qint.affine %arg0, %arg1 "add" {bias = array<i64: 0>, channels = 1 : i64, hi = 2147483647 : si64, lo = -2147483648 : si64, mult = array<i64: 3, 4>, period = 1 : i64} : (tensor<1x7xsi32>, tensor<1x7xsi8>) -> tensor<1x7xsi32>
  %3 = qint.affine %a, %b "add" {channels = 1 : i64, period = 1 : i64, mult = array<i64: 3, 4>, bias = array<i64: 0>, lo = -2147483648 : si64, hi = 2147483647 : si64} : (tensor<1x7xsi32>, tensor<1x7xsi8>) -> tensor<1x7xsi32>
  return
}
