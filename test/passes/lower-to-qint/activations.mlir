// Batch normalisation, activations and quantisers vanish into one step.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @passes_td
// The example of Passes.td.
#s8_x = #qonnx.lattice<bits = 8, is_signed = true, scale = "0.1", zero = "0", mean = ["0"], std = ["1"]>
module @passes_td {
  func.func @main(%x: tensor<1x4xf32> {qonnx.name = "x", qonnx.lattice = #s8_x}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: %[[A:.*]] = qint.matmul %arg0, %{{.*}} "fc" {input_zero = 0 : si64} : (tensor<1x4xsi8>, tensor<2x4xsi4>) -> tensor<1x2xsi32>
    // CHECK: qint.rescale %[[A]] "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [123], bias = [1021], shift = [11],
    %w = qonnx.quant_constant codes(dense<[[1, 2], [3, 4], [5, 6], [7, -8]]> : tensor<4x2xi8>) scale(dense<0.3> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<4x2xf32>
    %y = qonnx.matmul %x, %w : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32> loc("fc")
    %r = qonnx.relu %y : tensor<1x2xf32>
    %q = qonnx.quant %r "act" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @negative_gamma
// A negative factor makes the step of its channel fall.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @negative_gamma {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.rescale {{.*}} <channels = 2, {{.*}} mult = [-1, 1],
    %b = qonnx.batch_norm %x scale(dense<[-1.0, 1.0]> : tensor<2xf32>) shift(dense<[15.0, 0.0]> : tensor<2xf32>) : tensor<1x2xf32> -> tensor<1x2xf32>
    %q = qonnx.quant %b "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @bipolar
// The step gives the bit; memory holds si1, which reads as -1 and +1.
#s4 = #qonnx.lattice<bits = 4, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @bipolar {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.rescale {{.*}} clamp_min = 0, clamp_max = 1, {{.*}} -> tensor<1x2xsi1>
    %q = qonnx.bipolar_quant %x "q" scale(dense<1.0> : tensor<f32>) : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @identity_quantiser
// A quantiser of codes that are its own already is nothing but a tap.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @identity_quantiser {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK-NOT: qint.rescale
    // CHECK: qint.tap %arg0 "q"
    %q = qonnx.quant %x "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @shared_quantiser
// Equal quantisers of one value share their codes, under both keys.
#u8 = #qonnx.lattice<bits = 8, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @shared_quantiser {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u8}) -> (tensor<1x2xf32> {qonnx.name = "y0"}, tensor<1x2xf32> {qonnx.name = "y1"}) {
    // CHECK: %[[Q:.*]] = qint.rescale
    // CHECK-NOT: qint.rescale
    // CHECK: qint.tap %[[Q]] "q1"
    // CHECK: qint.tap %[[Q]] "q2"
    %q1 = qonnx.quant %x "q1" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    %q2 = qonnx.quant %x "q2" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q1, %q2 : tensor<1x2xf32>, tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @trunc
// Trunc is one step more: rounding to the sum's own integers, then a floor.
#u8 = #qonnx.lattice<bits = 8, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @trunc {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u8}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.rescale {{.*}} forms = [1], mult = [1], bias = [0], shift = [4]
    %q = qonnx.trunc %x "q" {scale = dense<1.0> : tensor<f32>, zero = dense<0.0> : tensor<f32>, in_bits = 8.0 : f32, out_bits = 4.0 : f32, out_scale = dense<1.0> : tensor<f32>, is_signed = false, narrow = false, rounding = #qonnx.rounding<floor>, version = 1 : i32} : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @trunc_2
// Version 2 divides by 2^3, the power of two nearest to 9, and its value takes the output scale: (q - 16/8) * 9.
// CHECK: scale = ["9/1"], offset = ["0/1"], zero = "2/1", code_mul = 1, code_add = 0, key = "q"
#u8 = #qonnx.lattice<bits = 8, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @trunc_2 {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u8}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.rescale {{.*}} clamp_min = 2, clamp_max = 15, forms = [1], mult = [1], bias = [16], shift = [3]
    %q = qonnx.trunc %x "q" {scale = dense<1.0> : tensor<f32>, zero = dense<16.0> : tensor<f32>, in_bits = 8.0 : f32, out_bits = 4.0 : f32, out_scale = dense<9.0> : tensor<f32>, is_signed = false, narrow = false, rounding = #qonnx.rounding<floor>, version = 2 : i32} : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @clip
// Clip becomes the clamp of the step behind it: -3 / 2 rounds to the even -2.
#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @clip {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s8}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK-NOT: qint.affine
    // CHECK: qint.rescale {{.*}} clamp_min = -2, clamp_max = 10, forms = [3], mult = [1], bias = [0], shift = [1]
    %c = qonnx.clip %x {min = -3.0 : f32, max = 20.0 : f32} : tensor<1x2xf32>
    %q = qonnx.quant %c "q" scale(dense<2.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}
