// What a removed channel added to a sum moves into the step behind it, in each form. Here channel 0 is always 1 and adds 10.
// RUN: dyadic-opt %s --remove-constant-channels | FileCheck %s

// Dyadic32: the bias takes 3 * 10. The product alone could leave 32 bits where the sum does not: then 64 bits.
// Half-even: as dyadic. Two segments: both biases and the split. Thresholds, the start of a table and of
// each piece but the first move by 10, and the biases of pieces as others.
// CHECK: "last" <channels = 7, {{.*}} forms = [1, 2, 3, 4, 5, 6, 8], mult = [3, 300000000, 1, 1, 0, 0, 0], bias = [30, 3000000000, 10, 10, 0, 0, 0],
// CHECK-SAME: aux = [-10, 2, 20, 0, 0, 10, 20, 0, 0, 1, 2, 3, 1, 10, 1, -8, 0, 0, 5, 0, -6, 2, 2, 21, 1],
// CHECK-SAME: range_min = [-10, -10, -10, -10, -10, 0, -10], range_max = [-4, -4, -4, -4, -4, 1, -4]
func.func @main(%x: tensor<1x1xui4>) -> tensor<1x7xui4> {
  %w = qint.constant dense<1> : tensor<2x1xi8> : tensor<2x1xsi4>
  %a = qint.matmul %x, %w "fc1" {input_zero = 0 : si64} : (tensor<1x1xui4>, tensor<2x1xsi4>) -> tensor<1x2xsi32>
  %q = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1], mult = [0, 1], bias = [1, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  %v = qint.constant dense<[[10, 1], [10, 1], [10, 1], [10, 1], [10, 1], [10, 1], [10, 1]]> : tensor<7x2xi8> : tensor<7x2xsi8>
  %b = qint.matmul %q, %v "fc2" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<7x2xsi8>) -> tensor<1x7xsi32>
  %y = qint.rescale %b "last" <channels = 7, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1, 3, 4, 5, 6, 8], mult = [3, 300000000, 1, 1, 0, 0, 0], bias = [0, 0, 0, 0, 0, 0, 0], shift = [0, 30, 1, 0, 0, 0, 0], aux_begin = [0, 0, 0, 0, 4, 7, 11, 25], aux = [0, 2, 0, 0, 0, 20, 30, 10, 0, 1, 2, 3, 1, 0, 1, 2, 0, 0, 5, 0, 4, 2, 2, 1, 1], range_min = [0, 0, 0, 0, 0, 10, 0], range_max = [6, 6, 6, 6, 6, 11, 6]> : (tensor<1x7xsi32>) -> tensor<1x7xui4>
  return %y : tensor<1x7xui4>
}
