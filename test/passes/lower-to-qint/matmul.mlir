// A matrix product: one row for each leading index, weights O K.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @rank_2
// K O in the file becomes O K.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @rank_2 {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{\[\[}}1, 3], [2, 4], [0, -1]]> : tensor<3x2xi8> : tensor<3x2xsi4>
    // CHECK: qint.matmul %arg0, %{{.*}} "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<3x2xsi4>) -> tensor<1x3xsi32>
    %w = qonnx.quant_constant codes(dense<[[1, 2, 0], [3, 4, -1]]> : tensor<2x3xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x3xf32>
    %y = qonnx.matmul %x, %w : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32> loc("fc")
    return %y : tensor<1x3xf32>
  }
}

// -----

// CHECK-LABEL: module @rank_3
// All leading axes are rows.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @rank_3 {
  func.func @main(%x: tensor<1x5x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x5x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.reshape %arg0 : tensor<1x5x2xui4> -> tensor<5x2xui4>
    // CHECK: qint.matmul {{.*}} -> tensor<5x3xsi32>
    // CHECK: qint.reshape {{.*}} : tensor<5x3xsi32> -> tensor<1x5x3xsi32>
    %w = qonnx.quant_constant codes(dense<[[1, 2, 0], [3, 4, -1]]> : tensor<2x3xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x3xf32>
    %y = qonnx.matmul %x, %w : (tensor<1x5x2xf32>, tensor<2x3xf32>) -> tensor<1x5x3xf32>
    return %y : tensor<1x5x3xf32>
  }
}

// -----

// CHECK-LABEL: module @constant_on_the_left
// A X = (X^T A^T)^T: the rows of the product are the columns of X.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @constant_on_the_left {
  func.func @main(%x: tensor<2x3xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<4x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.transpose %arg0 {perm = array<i64: 1, 0>} : tensor<2x3xui4> -> tensor<3x2xui4>
    // CHECK: qint.matmul {{.*}} : (tensor<3x2xui4>, tensor<4x2xsi4>) -> tensor<3x4xsi32>
    // CHECK-NOT: qint.transpose
    // CHECK: return
    %w = qonnx.quant_constant codes(dense<[[1, 2], [3, 4], [5, 6], [7, -8]]> : tensor<4x2xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<4x2xf32>
    %y = qonnx.matmul %w, %x : (tensor<4x2xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
    return %y : tensor<4x3xf32>
  }
}

// -----

// CHECK-LABEL: module @vectors
// A vector is one row from the left and one column from the right.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @vectors {
  func.func @main(%x: tensor<2x3xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{\[\[}}1, 2, 3]]> : tensor<1x3xi8> : tensor<1x3xsi4>
    // CHECK: qint.matmul {{.*}} : (tensor<2x3xui4>, tensor<1x3xsi4>) -> tensor<2x1xsi32>
    // CHECK: qint.reshape {{.*}} -> tensor<2xsi32>
    %w = qonnx.quant_constant codes(dense<[1, 2, 3]> : tensor<3xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<3xf32>
    %y = qonnx.matmul %x, %w : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
    return %y : tensor<2xf32>
  }
}

// -----

// CHECK-LABEL: module @flatten
// A flattened N C H W tensor stays N H W C in memory: the weights change their columns instead.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @flatten {
  func.func @main(%x: tensor<1x2x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    // CHECK-NOT: qint.transpose
    // CHECK: qint.constant dense<{{\[\[}}1, 3, 2, 4]]> : tensor<1x4xi8> : tensor<1x4xsi4>
    // CHECK: qint.matmul
    %w0 = qonnx.quant_constant codes(dense<[[[[1]]], [[[1]]]]> : tensor<2x1x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x1x1x1xf32>
    %c = qonnx.conv %x, %w0 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x2x1x2xf32>, tensor<2x1x1x1xf32>) -> tensor<1x2x1x2xf32>
    %q = qonnx.quant %c "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2x1x2xf32> -> tensor<1x2x1x2xf32>
    %r = qonnx.reshape %q : tensor<1x2x1x2xf32> -> tensor<1x4xf32>
    %w = qonnx.quant_constant codes(dense<[[1], [2], [3], [4]]> : tensor<4x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<4x1xf32>
    %y = qonnx.matmul %r, %w : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
    return %y : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @offset_of_each_row
// An offset that changes from row to row is an offset of the products: 1 * 3 + 2 * 4 for the second.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @offset_of_each_row {
// CHECK: offset = ["0/1", "11/1"], {{.*}}, axis = 0>
  func.func @main(%x: tensor<2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<2x1xf32> {qonnx.name = "y"}) {
    %k = qonnx.constant dense<[[0.0, 0.0], [1.0, 2.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
    %s = qonnx.add %x, %k : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    %w = qonnx.quant_constant codes(dense<[[3], [4]]> : tensor<2x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x1xf32>
    %y = qonnx.matmul %s, %w : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x1xf32>
    return %y : tensor<2x1xf32>
  }
}

// -----

// CHECK-LABEL: module @wide_factors
// Scales that differ from row to row become factors. What they give needs 23 bits, which a kernel reads as int32_t.
module @wide_factors {
  // CHECK: qint.affine %{{.*}} {bias = array<i64: 0, 0>, channels = 2 : i64, {{.*}}mult = array<i64: 32768, 5>{{.*}}} : (tensor<1x2x1xui7>) -> tensor<1x2x1xsi32>
  func.func @main(%x: tensor<1x2x1xf32> {qonnx.name = "x", qonnx.input_quantiser = "q"}) -> (tensor<1x2x1xf32> {qonnx.name = "y"}) {
    %q = qonnx.quant %x "q" scale(dense<[[[8.0], [0.001220703125]]]> : tensor<1x2x1xf32>) zero(dense<0.0> : tensor<f32>) bits 7.0 signed false narrow false <half_even> : tensor<1x2x1xf32> -> tensor<1x2x1xf32>
    %w = qonnx.quant_constant codes(dense<3> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %y = qonnx.matmul %q, %w : (tensor<1x2x1xf32>, tensor<1x1xf32>) -> tensor<1x2x1xf32>
    return %y : tensor<1x2x1xf32>
  }
}
