// A convolution becomes one of integers: the scales of weights and input leave the sum and wait for the next quantiser, or for
// the port of the result. Activations lie N H W C, weights O kh kw I.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @dense
// The file's O I kh kw [[[[1, 2]], [[3, 4]]]] as O kh kw I, in its own 4 bits; 32-bit sums; scale 1/4 * 1/2.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "0.25", zero = "0", mean = ["0"], std = ["1"]>
module @dense {
// CHECK: func.func @main(%[[X:.*]]: tensor<1x3x3x2xui4> {
// CHECK-SAME: perm = [0, 2, 3, 1]
// CHECK-SAME: scale = ["1/8"], offset = ["0/1"]
  func.func @main(%x: tensor<1x2x3x3xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x1x3x2xf32> {qonnx.name = "y"}) {
    // CHECK: %[[W:.*]] = qint.constant dense<{{\[\[\[\[}}1, 3], [2, 4]]]]> : tensor<1x1x2x2xi8> : tensor<1x1x2x2xsi4>
    // CHECK: %[[A:.*]] = qint.conv2d %[[X]], %[[W]] "first" {dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x3x3x2xui4>, tensor<1x1x2x2xsi4>) -> tensor<1x3x2x1xsi32>
    // CHECK: return %[[A]]
    %w = qonnx.quant_constant codes(dense<[[[[1, 2]], [[3, 4]]]]> : tensor<1x2x1x2xi8>) scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x2x1x2xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x3x3xf32>, tensor<1x2x1x2xf32>) -> tensor<1x1x3x2xf32> loc("first")
    return %y : tensor<1x1x3x2xf32>
  }
}

// -----

// CHECK-LABEL: module @depthwise
// One filter per channel: weights kh kw C. Each channel has its own weight scale, which the port lists along axis 1.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @depthwise {
// CHECK: scale = ["1/2", "1/4"], offset = ["0/1"]
  func.func @main(%x: tensor<1x2x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2x1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{\[\[\[}}1, 3]], {{\[\[}}2, 4]]]> : tensor<2x1x2xi8> : tensor<2x1x2xsi4>
    // CHECK: qint.depthwise_conv2d {{.*}} : (tensor<1x2x2x2xui4>, tensor<2x1x2xsi4>) -> tensor<1x1x2x2xsi32>
    %w = qonnx.quant_constant codes(dense<[[[[1], [2]]], [[[3], [4]]]]> : tensor<2x1x2x1xi8>) scale(dense<[[[[0.5]]], [[[0.25]]]]> : tensor<2x1x1x1xf32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x1x2x1xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x2x2x2xf32>, tensor<2x1x2x1xf32>) -> tensor<1x2x1x2xf32>
    return %y : tensor<1x2x1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @grouped
// Neither dense nor depthwise: two groups of two channels stay one convolution of two groups.
#s2 = #qonnx.lattice<bits = 2, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @grouped {
  func.func @main(%x: tensor<1x4x1x1xf32> {qonnx.name = "x", qonnx.lattice = #s2}) -> (tensor<1x2x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{\[\[\[\[}}1, 0]]], {{\[\[\[}}-1, 1]]]]> : tensor<2x1x1x2xi8> : tensor<2x1x1x2xsi2>
    // CHECK: qint.conv2d {{.*}} group = 2 : i64{{.*}} : (tensor<1x1x1x4xsi2>, tensor<2x1x1x2xsi2>) -> tensor<1x1x1x2xsi32>
    %w = qonnx.quant_constant codes(dense<[[[[1]], [[0]]], [[[-1]], [[1]]]]> : tensor<2x2x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 2.0 signed true narrow false : tensor<2x2x1x1xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x4x1x1xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x1x1xf32>
    return %y : tensor<1x2x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @depthwise_multiplier
// Two outputs for each channel are no depthwise convolution, but one of as many groups as channels.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @depthwise_multiplier {
  func.func @main(%x: tensor<1x2x1x1xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x4x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.conv2d {{.*}} group = 2 : i64{{.*}} : (tensor<1x1x1x2xui4>, tensor<4x1x1x1xsi4>) -> tensor<1x1x1x4xsi32>
    %w = qonnx.quant_constant codes(dense<[[[[1]]], [[[2]]], [[[3]]], [[[4]]]]> : tensor<4x1x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<4x1x1x1xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x2x1x1xf32>, tensor<4x1x1x1xf32>) -> tensor<1x4x1x1xf32>
    return %y : tensor<1x4x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @one_axis
// One spatial axis is one row of an image; the tensors of the network stay N W C.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @one_axis {
  func.func @main(%x: tensor<1x2x5xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x4xf32> {qonnx.name = "y"}) {
    // CHECK: %[[ROW:.*]] = qint.reshape %arg0 : tensor<1x5x2xui4> -> tensor<1x1x5x2xui4>
    // CHECK: %[[A:.*]] = qint.conv2d %[[ROW]], %{{.*}} "conv" {dilations = array<i64: 1, 2>, group = 1 : i64, input_zero = 0 : si64, pads = array<i64: 0, 1, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x1x5x2xui4>, tensor<1x1x2x2xsi4>) -> tensor<1x1x4x1xsi32>
    // CHECK: qint.reshape %[[A]] : tensor<1x1x4x1xsi32> -> tensor<1x4x1xsi32>
    %w = qonnx.quant_constant codes(dense<[[[1, 2], [3, 4]]]> : tensor<1x2x2xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x2x2xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 1, 0>, dilations = array<i64: 2>, group = 1 : i64} : (tensor<1x2x5xf32>, tensor<1x2x2xf32>) -> tensor<1x1x4xf32>
    return %y : tensor<1x1x4xf32>
  }
}

// -----

// CHECK-LABEL: module @padded_zero_point
// Padding is real 0, which is code 3 here: the kernel subtracts it, and padding adds nothing.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "0.5", zero = "3", mean = ["0"], std = ["1"]>
module @padded_zero_point {
// CHECK: func.func
// CHECK-SAME: zero = "3/1"
// CHECK-SAME: scale = ["1/2"], offset = ["0/1"], zero = "0/1"
  func.func @main(%x: tensor<1x1x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x1x2x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.conv2d {{.*}} input_zero = 3 : si64, pads = array<i64: 1, 1, 1, 1>
    %w = qonnx.quant_constant codes(dense<1> : tensor<1x1x3x3xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1x3x3xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x2x2xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>
    return %y : tensor<1x1x2x2xf32>
  }
}

// -----

// CHECK-LABEL: module @unpadded_zero_point
// Without padding a zero point is no matter of the kernel's: every window loses the same, an offset of the sum.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "0.5", zero = "3", mean = ["0"], std = ["1"]>
module @unpadded_zero_point {
// CHECK: func.func
// CHECK-SAME: scale = ["1/2"], offset = ["-3/1"]
  func.func @main(%x: tensor<1x1x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x1x2x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.conv2d {{.*}} input_zero = 0 : si64
    %w = qonnx.quant_constant codes(dense<1> : tensor<1x1x1x2xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1x1x2xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x2x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x2x1xf32>
    return %y : tensor<1x1x2x1xf32>
  }
}

// -----

// CHECK-LABEL: module @padded_fractional_zero_point
// Real 0 is no code: windows at the border lose fewer zero points (1) than the one in the middle (3/2), so the step behind the
// sum has a class for each position. In the middle halves are reached, which round to even: form 3.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "1/2", mean = ["0"], std = ["1"]>
module @padded_fractional_zero_point {
  func.func @main(%x: tensor<1x1x1x3xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x1x1x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.conv2d {{.*}} input_zero = 0 : si64, pads = array<i64: 0, 1, 0, 1>
    // CHECK: qint.rescale %{{.*}} "q" <channels = 3, period = 1, terms = 1, clamp_min = -2, clamp_max = 44, forms = [1, 3, 1], mult = [1, 2, 1], bias = [-1, -3, -1], shift = [0, 1, 0]
    %w = qonnx.quant_constant codes(dense<1> : tensor<1x1x1x3xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1x1x3xf32>
    %c = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32>
    %q = qonnx.quant %c "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false <half_even> : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
    return %q : tensor<1x1x1x3xf32>
  }
}

// -----

// CHECK-LABEL: module @scale_per_input_channel
// Input channels of different scales (1 and 1/2) go into the weights, as multiples of their common unit: 2 * 3 and 1 * 4.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1", "2"]>
module @scale_per_input_channel {
// CHECK: func.func
// CHECK-SAME: -> 
// CHECK-SAME: scale = ["1/2"]
  func.func @main(%x: tensor<1x2x1x1xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{\[\[\[\[}}6, 4]]]]> : tensor<1x1x1x2xi8> : tensor<1x1x1x2xsi4>
    %w = qonnx.quant_constant codes(dense<[[[[3]], [[4]]]]> : tensor<1x2x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x2x1x1xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x1x1x1xf32>
    return %y : tensor<1x1x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @raw_weights
// Weights without a quantiser are exact floats: multiples of a common unit for each output.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @raw_weights {
// CHECK: func.func
// CHECK-SAME: scale = ["1/4", "3/1"]
  func.func @main(%x: tensor<1x1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{\[\[\[\[}}2], [-3]]], {{\[\[\[}}1], [0]]]]> : tensor<2x1x2x1xi8> : tensor<2x1x2x1xsi3>
    %w = qonnx.constant dense<[[[[0.5, -0.75]]], [[[3.0, 0.0]]]]> : tensor<2x1x1x2xf32> : tensor<2x1x1x2xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x2xf32>, tensor<2x1x1x2xf32>) -> tensor<1x2x1x1xf32>
    return %y : tensor<1x2x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @unsigned_weights
// Unsigned codes with a zero point become the integers they stand for.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @unsigned_weights {
  func.func @main(%x: tensor<1x1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{.*}}> : tensor<1x1x2x1xi8> : tensor<1x1x2x1xsi8>
    %w = qonnx.quant_constant codes(dense<[[[[0, 255]]]]> : tensor<1x1x1x2xui8>) scale(dense<1.0> : tensor<f32>) zero(dense<128.0> : tensor<f32>) bits 8.0 signed false narrow false : tensor<1x1x1x2xf32>
    %y = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x1xf32>
    return %y : tensor<1x1x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @bias
// A bias is an offset: of the step behind the sum, or of the port where there is none.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @bias {
// CHECK: func.func
// CHECK-SAME: scale = ["1/2"], offset = ["1/4", "-3/1"]
  func.func @main(%x: tensor<1x1x1x1xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2x1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<1> : tensor<2x1x1x1xi8>) scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x1x1x1xf32>
    %b = qonnx.constant dense<[0.25, -3.0]> : tensor<2xf32> : tensor<2xf32>
    %y = qonnx.conv %x, %w bias %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x1x1xf32>
    return %y : tensor<1x2x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @two_terms
// A sum that no quantiser rounded is convolved term by term; the products meet in the next step.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
#u4_z = #qonnx.lattice<bits = 4, is_signed = false, scale = "1/3", zero = "0", mean = ["0"], std = ["1"]>
module @two_terms {
  func.func @main(%x: tensor<1x1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}, %z: tensor<1x1x1x2xf32> {qonnx.name = "z", qonnx.lattice = #u4_z}) -> (tensor<1x1x1x2xf32> {qonnx.name = "y"}) {
    // CHECK: %[[A:.*]] = qint.conv2d %arg0
    // CHECK: %[[B:.*]] = qint.conv2d %arg1
    // CHECK: qint.rescale %[[A]], %[[B]] "q" <channels = 1, period = 1, terms = 2,
    %w = qonnx.quant_constant codes(dense<1> : tensor<1x1x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1x1x1xf32>
    %s = qonnx.add %x, %z : (tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>
    %c = qonnx.conv %s, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x2xf32>
    %q = qonnx.quant %c "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed false narrow false <half_even> : tensor<1x1x1x2xf32> -> tensor<1x1x1x2xf32>
    return %q : tensor<1x1x1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @wide_sums
// Sums that 32 bits are not proven to hold are 64 bits wide.
#u16 = #qonnx.lattice<bits = 16, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @wide_sums {
  func.func @main(%x: tensor<1x1x1x1xf32> {qonnx.name = "x", qonnx.lattice = #u16}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.conv2d {{.*}} -> tensor<1x1x1x1xsi64>
    %w = qonnx.quant_constant codes(dense<70000> : tensor<1x1x1x1xi32>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 18.0 signed true narrow false : tensor<1x1x1x1xf32>
    %c = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
    %q = qonnx.quant %c "q" scale(dense<16777216.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed false narrow false <half_even> : tensor<1x1x1x1xf32> -> tensor<1x1x1x1xf32>
    return %q : tensor<1x1x1x1xf32>
  }
}
