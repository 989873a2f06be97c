// Adds: one step of several terms, or exact integers where nothing quantises the sum.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @equal_scales
// Equal scales give equal factors.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @equal_scales {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.rescale %arg0, %arg1 "q" <channels = 1, period = 1, terms = 2, {{.*}} mult = [1, 1]
    %s = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %q = qonnx.quant %s "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @different_scales
// Each term brings its own factor.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
#u4_z = #qonnx.lattice<bits = 4, is_signed = false, scale = "1/3", zero = "0", mean = ["0"], std = ["1"]>
module @different_scales {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #u4_z}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.rescale %arg0, %arg1 "q" <channels = 1, period = 1, terms = 2, {{.*}} mult = [{{[0-9]+, [0-9]+}}]
    %s = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %q = qonnx.quant %s "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @result_without_quantiser
// 1 and 1/3 have the common unit 1/3.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
#u4_z = #qonnx.lattice<bits = 4, is_signed = false, scale = "1/3", zero = "0", mean = ["0"], std = ["1"]>
module @result_without_quantiser {
// CHECK: name = "y", {{.*}} scale = ["1/3"]
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #u4_z}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.affine %arg0, %arg1 {{.*}} mult = array<i64: 3, 1>
    %y = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @same_value_twice
// x + x is one term.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @same_value_twice {
// CHECK: name = "y", {{.*}} scale = ["2/1"]
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK-NOT: qint.affine
    // CHECK: return %arg0
    %y = qonnx.add %x, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}
