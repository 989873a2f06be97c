// Max pooling goes behind its quantiser, averages become sums.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @max_behind_quantiser
// A quantiser is monotone: the code of the greatest sum is the greatest code, so no accumulator is stored.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @max_behind_quantiser {
  func.func @main(%x: tensor<1x1x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: %[[A:.*]] = qint.conv2d
    // CHECK: %[[Q:.*]] = qint.rescale %[[A]]
    // CHECK: qint.pool <max> %[[Q]] {{.*}} : tensor<1x2x2x1xui4> -> tensor<1x1x1x1xui4>
    %w = qonnx.quant_constant codes(dense<[[[[3]]]]> : tensor<1x1x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1x1x1xf32>
    %c = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x2x2xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x2x2xf32>
    %p = qonnx.max_pool %c {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x1x2x2xf32> -> tensor<1x1x1x1xf32>
    %q = qonnx.quant %p "q" scale(dense<5.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1x1x1xf32> -> tensor<1x1x1x1xf32>
    return %q : tensor<1x1x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @max_becomes_min
// A negative factor behind the pooling turns the greatest into the least.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @max_becomes_min {
  func.func @main(%x: tensor<1x1x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pool <max>
    // CHECK: qint.rescale {{.*}} mult = [-1]
    %p = qonnx.max_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x1x2x2xf32> -> tensor<1x1x1x1xf32>
    %n = qonnx.neg %p : tensor<1x1x1x1xf32>
    %q = qonnx.quant %n "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 5.0 signed true narrow false <half_even> : tensor<1x1x1x1xf32> -> tensor<1x1x1x1xf32>
    return %q : tensor<1x1x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @average
// Sum over the window; its count joins the scale: (a + 2) >> 2 but for ties.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @average {
  func.func @main(%x: tensor<1x1x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pool <sum> %arg0 {{.*}} -> tensor<1x1x1x1xsi32>
    // CHECK: qint.rescale {{.*}} forms = [3], mult = [1], bias = [0], shift = [2]
    %p = qonnx.average_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, count_include_pad = false} : tensor<1x1x2x2xf32> -> tensor<1x1x1x1xf32>
    %q = qonnx.quant %p "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1x1x1xf32> -> tensor<1x1x1x1xf32>
    return %q : tensor<1x1x1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @average_padding_counts
// Padding is counted: every window divides by 2.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @average_padding_counts {
  func.func @main(%x: tensor<1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pool <sum>
    // CHECK: qint.rescale {{.*}} <channels = 1, period = 1,
    %p = qonnx.average_pool %x {kernel = array<i64: 2>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>, count_include_pad = true} : tensor<1x1x2xf32> -> tensor<1x1x3xf32>
    %q = qonnx.quant %p "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1x3xf32> -> tensor<1x1x3xf32>
    return %q : tensor<1x1x3xf32>
  }
}

// -----

// CHECK-LABEL: module @average_padding_does_not_count
// Padding is not counted: windows at the border divide by fewer, so positions differ.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @average_padding_does_not_count {
  func.func @main(%x: tensor<1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pool <sum>
    // CHECK: qint.rescale {{.*}} <channels = 3, period = 1,
    %p = qonnx.average_pool %x {kernel = array<i64: 2>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>, count_include_pad = false} : tensor<1x1x2xf32> -> tensor<1x1x3xf32>
    %q = qonnx.quant %p "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1x3xf32> -> tensor<1x1x3xf32>
    return %q : tensor<1x1x3xf32>
  }
}

// -----

// CHECK-LABEL: module @ceil_mode_range
// The last window holds one element of 7 to 15, not four: its range starts at 0, not at 28.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @ceil_mode_range {
  func.func @main(%x: tensor<1x1x5xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pool <sum>
    // CHECK: qint.rescale {{.*}} range_min = [0, 0], range_max = [60, 60]
    %c = qonnx.clip %x {min = 7.0 : f32} : tensor<1x1x5xf32>
    %q0 = qonnx.quant %c "q0" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1x5xf32> -> tensor<1x1x5xf32>
    %p = qonnx.average_pool %q0 {kernel = array<i64: 4>, strides = array<i64: 4>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, count_include_pad = true} : tensor<1x1x5xf32> -> tensor<1x1x2xf32>
    %q = qonnx.quant %p "q" scale(dense<0.25> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 6.0 signed false narrow false <half_even> : tensor<1x1x2xf32> -> tensor<1x1x2xf32>
    return %q : tensor<1x1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @reduce_mean
// A mean over all spatial axes is a sum over one window.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @reduce_mean {
  func.func @main(%x: tensor<1x2x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pool <sum> {{.*}} kernel = array<i64: 2, 2>{{.*}} -> tensor<1x1x1x2xsi32>
    %p = qonnx.reduce_mean %x {axes = array<i64: 2, 3>, keepdims = true} : tensor<1x2x2x2xf32> -> tensor<1x2x1x1xf32>
    %q = qonnx.quant %p "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2x1x1xf32> -> tensor<1x2x1x1xf32>
    return %q : tensor<1x2x1x1xf32>
  }
}
