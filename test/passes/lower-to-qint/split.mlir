// What one integer of 64 bits does not hold becomes an exact sum of several, each with its own scale.
// RUN: dyadic-opt %s --lower-to-qint -cse -split-input-file | FileCheck %s

#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "0.1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @relu_mean
module @relu_mean {
  func.func @main(%x: tensor<1x2x2x2xf32> {qonnx.name = "x", qonnx.lattice = #s8}) -> (tensor<1x2x1x1xf32> {qonnx.name = "y"}) {
    // CHECK: %[[U:.*]] = qint.rescale %arg0 "reduce_mean" <channels = 2, {{.*}} clamp_max = 255, forms = [4, 4],
    // CHECK: %[[I:.*]] = qint.rescale %arg0 "reduce_mean" <channels = 2, {{.*}} clamp_max = 1, forms = [5, 5], {{.*}} aux = [0, -4, 1, 1],
    // CHECK: qint.pool <sum> %[[U]]
    // CHECK: qint.pool <sum> %[[I]]
    // CHECK: qint.rescale %{{.*}}, %{{.*}} "q" <channels = 2, period = 1, terms = 2,
    %b = qonnx.batch_norm %x scale(dense<[0.3, -0.7]> : tensor<2xf32>) shift(dense<[0.123, 1.0e-13]> : tensor<2xf32>) : tensor<1x2x2x2xf32> -> tensor<1x2x2x2xf32>
    %r = qonnx.relu %b : tensor<1x2x2x2xf32> loc("relu")
    %m = qonnx.reduce_mean %r {axes = array<i64: 2, 3>, keepdims = true} : tensor<1x2x2x2xf32> -> tensor<1x2x1x1xf32>
    %q = qonnx.quant %m "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2x1x1xf32> -> tensor<1x2x1x1xf32>
    return %q : tensor<1x2x1x1xf32>
  }
}

// -----

#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "0.1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @leaky_skip
module @leaky_skip {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s8}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: %[[U:.*]] = qint.rescale %arg0 "add" <channels = 2, {{.*}} forms = [4, 4],
    // CHECK: %[[I:.*]] = qint.rescale %arg0 "add" <channels = 2, {{.*}} forms = [5, 5],
    // CHECK: qint.rescale %arg0, %[[U]], %[[I]] "q" <channels = 2, period = 1, terms = 3, {{.*}} forms = [7, 7],
    %b = qonnx.batch_norm %x scale(dense<[0.3, -0.7]> : tensor<2xf32>) shift(dense<[0.123, 1.0e-13]> : tensor<2xf32>) : tensor<1x2xf32> -> tensor<1x2xf32>
    %l = qonnx.leaky_relu %b {alpha = 0.1 : f32} : tensor<1x2xf32>
    %a = qonnx.add %l, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %q = qonnx.quant %a "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// The sum itself decides on which side of the bend it lies, and each of its integers is kept or not.
#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "0.1", zero = "0", mean = ["0"], std = ["1"]>
#t8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "1/1000000007000000009", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @leaky_of_sum
module @leaky_of_sum {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s8}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #t8}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: %[[I:.*]] = qint.rescale %arg0, %arg1 "quant" {{.*}} terms = 2, clamp_min = 0, clamp_max = 1,
    // CHECK: %[[X:.*]] = qint.rescale %arg0, %[[I]] "quant" {{.*}} mult = [1, 255], bias = [-127], shift = [0]
    // CHECK: %[[Z:.*]] = qint.rescale %arg1, %[[I]] "quant" {{.*}} mult = [1, 255], bias = [-127], shift = [0]
    // CHECK: qint.rescale %arg0, %arg1, %[[X]], %[[Z]], %[[I]] "q" {{.*}} terms = 5,
    %a = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %l = qonnx.leaky_relu %a {alpha = 0.1 : f32} : tensor<1x2xf32> loc("leaky")
    %q = qonnx.quant %l "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// Thresholds at uneven distances: the sum rounded down to a unit of all of them, and thresholds of that.
#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "0.1", zero = "0", mean = ["0"], std = ["1"]>
#t8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "1/1000000007000000009", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @uneven_of_sum
module @uneven_of_sum {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s8}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #t8}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: %[[R:.*]] = qint.rescale %arg0, %arg1 "multi_threshold" {{.*}} clamp_min = -3, clamp_max = 8, forms = [7],
    // CHECK: qint.rescale %[[R]] "q"
    %a = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %q = qonnx.multi_threshold %a "q" thresholds(dense<[[-0.5, 0.25, 2.0]]> : tensor<1x3xf32>) {axis = 1 : i64, out_bias = 0.0 : f32, out_scale = 1.0 : f32} : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// Weights and the scales they meet as digits of one unit: a product for each.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @digits
module @digits {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    // CHECK-COUNT-2: qint.matmul
    // CHECK-NOT: qint.matmul
    // CHECK: qint.rescale %{{.*}}, %{{.*}} "q" {{.*}} terms = 2,
    %w = qonnx.constant dense<[[1.0e20], [1.0e-20]]> : tensor<2x1xf32> : tensor<2x1xf32>
    %m = qonnx.matmul %x, %w : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
    %q = qonnx.quant %m "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

#u32 = #qonnx.lattice<bits = 32, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @accumulator
module @accumulator {
  func.func @main(%x: tensor<1x4xf32> {qonnx.name = "x", qonnx.lattice = #u32}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    // CHECK: qint.matmul {{.*}} -> tensor<1x1xsi64>
    %w = qonnx.quant_constant codes(dense<2147483647> : tensor<4x1xi32>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 32.0 signed true narrow false : tensor<4x1xf32>
    %y = qonnx.matmul %x, %w : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
    return %y : tensor<1x1xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @padding
module @padding {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pad %arg0 {code = 0 : si64,
    %y = qonnx.pad %x {pads = array<i64: 0, 1, 0, 0>, value = 1.0e30 : f32} : tensor<1x2xf32> -> tensor<1x3xf32>
    return %y : tensor<1x3xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @offsets_at_borders
module @offsets_at_borders {
  func.func @main(%x: tensor<1x1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.conv2d %arg0
    %c = qonnx.constant dense<[1.0e20, 1.0e-20]> : tensor<2xf32> : tensor<2xf32>
    %a = qonnx.add %x, %c : (tensor<1x1x1x2xf32>, tensor<2xf32>) -> tensor<1x1x1x2xf32>
    %w = qonnx.quant_constant codes(dense<1> : tensor<1x1x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1x1x1xf32>
    %y = qonnx.conv %a, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x2xf32>
    return %y : tensor<1x1x1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @constant_part
module @constant_part {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x4xf32> {qonnx.name = "y"}) {
    // CHECK: qint.concat %arg0, %{{.*}} {axis = 1 : i64} : (tensor<1x2xui4>, tensor<1x2xui4>)
    %k = qonnx.constant dense<[[1.0e20, 1.0e-20]]> : tensor<1x2xf32> : tensor<1x2xf32>
    %y = qonnx.concat %x, %k {axis = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
    return %y : tensor<1x4xf32>
  }
}

// -----

// A sum that one integer's products would carry beyond 64 bits: of the integers between the bends.
#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "0.1", zero = "0", mean = ["0"], std = ["1"]>
// CHECK-LABEL: module @product_of_bends
module @product_of_bends {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s8}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    // CHECK: %[[P:.*]] = qint.rescale %arg0 "matmul" {{.*}} -> tensor<1x2xui7>
    // CHECK-COUNT-2: qint.matmul %arg0,
    // CHECK-COUNT-2: qint.matmul %[[P]],
    // CHECK: qint.rescale {{.*}} "q" {{.*}} terms = 4,
    %r = qonnx.leaky_relu %x {alpha = 1.0e-08 : f32} : tensor<1x2xf32>
    %w = qonnx.constant dense<[[1.0e10], [1.0e-3]]> : tensor<2x1xf32> : tensor<2x1xf32>
    %m = qonnx.matmul %r, %w : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
    %q = qonnx.quant %m "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}
