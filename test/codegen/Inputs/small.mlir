// A small network in all its forms: a convolution by im2col, depthwise, window sum, a residual add and a matrix product.
module attributes {qonnx.producer = "hand"} {
func.func @main(%x: tensor<1x4x4x2xui4> {qint.port = #qint.port<name = "x", shape = [1, 2, 4, 4], view = [1, 2, 4, 4], perm = [0, 2, 3, 1],
    scale = ["1/8"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0, key = "q_in", head = "", head_axis = -1,
    thresholds = dense<[[0.0625, 0.1875, 0.3125, 0.4375, 0.5625, 0.6875, 0.8125, 0.9375, 1.0625, 1.1875, 1.3125, 1.4375, 1.5625, 1.6875, 1.8125]]> : tensor<1x15xf32>,
    threshold_period = 1, descending = [0], axis = 1>})
    -> (tensor<1x3xsi32> {qint.port = #qint.port<name = "y", shape = [1, 3], view = [1, 3], perm = [0, 1], scale = ["1/64"], offset = ["0", "1/2", "-1"],
    zero = "0", code_mul = 1, code_add = 0, key = "", head = "argmax", head_axis = 1, thresholds = dense<> : tensor<0x0xf32>,
    threshold_period = 1, descending = [], axis = 1>}) {
  qint.tap %x "q_in" {shape = array<i64: 1, 2, 4, 4>, view = array<i64: 1, 2, 4, 4>, perm = array<i64: 0, 2, 3, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x4x4x2xui4>
  %w1 = qint.constant dense<[[1,-2,3,1,0,2,-1,1,2,2,-3,1,0,1,1,-1,2,1],[0,1,-1,2,1,1,-2,3,-1,0,1,1,1,-2,0,1,1,2]]> : tensor<2x18xi8> : tensor<2x18xsi4>
  %c1 = qint.im2col %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x4x4x2xui4> -> tensor<16x18xui4>
  %a1 = qint.matmul %c1, %w1 "conv1" {input_zero = 0 : si64} : (tensor<16x18xui4>, tensor<2x18xsi4>) -> tensor<16x2xsi32>
  %r1 = qint.reshape %a1 : tensor<16x2xsi32> -> tensor<1x4x4x2xsi32>
  %y1 = qint.rescale %r1 "q1" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 2],
      mult = [3, 5], bias = [8, -7], shift = [4, 5], aux_begin = [], aux = [],
      range_min = [-300, -300], range_max = [300, 300]> : (tensor<1x4x4x2xsi32>) -> tensor<1x4x4x2xui4>
  qint.tap %y1 "q1" {shape = array<i64: 1, 2, 4, 4>, view = array<i64: 1, 2, 4, 4>, perm = array<i64: 0, 2, 3, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x4x4x2xui4>
  %w2 = qint.constant dense<[[[1,-1],[-2,1],[0,1]],[[1,1],[-2,1],[1,0]],[[0,1],[1,-2],[1,1]]]> : tensor<3x3x2xi8> : tensor<3x3x2xsi2>
  %a2 = qint.depthwise_conv2d %y1, %w2 "conv2" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : (tensor<1x4x4x2xui4>, tensor<3x3x2xsi2>) -> tensor<1x4x4x2xsi32>
  %y2 = qint.rescale %a2 "q2" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 3, forms = [5, 5],
      mult = [0, 0], bias = [0, 0], shift = [0, 0], aux_begin = [0, 4, 8], aux = [0, -3, 4, 20, 1, -10, 0, 10],
      range_min = [-150, -150], range_max = [150, 150]> : (tensor<1x4x4x2xsi32>) -> tensor<1x4x4x2xui2>
  %y3 = qint.rescale %y1, %y2 "q3" <channels = 1, period = 1, terms = 2, clamp_min = -8, clamp_max = 7, forms = [3],
      mult = [3, -5], bias = [-20], shift = [2], aux_begin = [], aux = [],
      range_min = [0, 0], range_max = [15, 3]> : (tensor<1x4x4x2xui4>, tensor<1x4x4x2xui2>) -> tensor<1x4x4x2xsi4>
  qint.tap %y3 "q3" {shape = array<i64: 1, 2, 4, 4>, view = array<i64: 1, 2, 4, 4>, perm = array<i64: 0, 2, 3, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x4x4x2xsi4>
  %p = qint.pool <sum> %y3 "pool" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x4x4x2xsi4> -> tensor<1x2x2x2xsi32>
  %y4 = qint.rescale %p "q4" <channels = 1, period = 1, terms = 1, clamp_min = -8, clamp_max = 7, forms = [4],
      mult = [1], bias = [0], shift = [3], aux_begin = [0, 4], aux = [0, 1, 2, 2],
      range_min = [-32], range_max = [28]> : (tensor<1x2x2x2xsi32>) -> tensor<1x2x2x2xsi4>
  %t = qint.transpose %y4 {perm = array<i64: 0, 3, 1, 2>} : tensor<1x2x2x2xsi4> -> tensor<1x2x2x2xsi4>
  %f = qint.reshape %t : tensor<1x2x2x2xsi4> -> tensor<1x8xsi4>
  %w3 = qint.constant dense<[[1,2,3,-4,5,6,-7,7],[0,-1,2,-3,4,-5,6,-7],[7,6,5,4,3,2,1,-1]]> : tensor<3x8xi8> : tensor<3x8xsi4>
  %z = qint.matmul %f, %w3 "fc" {input_zero = 0 : si64} : (tensor<1x8xsi4>, tensor<3x8xsi4>) -> tensor<1x3xsi32>
  qint.tap %z "y" {shape = array<i64: 1, 3>, view = array<i64: 1, 3>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x3xsi32>
  return %z : tensor<1x3xsi32>
}
}
