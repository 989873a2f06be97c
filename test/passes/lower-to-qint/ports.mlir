// What arguments and results are to their user.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @free_input
// The quantiser decides the input's codes: its boundaries 1/2, 3/2 and 5/2, carried back through x / 2, stand in the port:
// 1 and 5 are ties that go down to the even code, so the next float32 is the first above.
module @free_input {
// CHECK: %arg0: tensor<1x2xui2> {qint.code_range = array<i64: 0, 3>, {{.*}} scale = ["1/1"], {{.*}} key = "q", {{.*}} thresholds = dense<{{\[\[}}1.00000012, 3.000000e+00, 5.00000048]]> : tensor<1x3xf32>
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK-NOT: qint.rescale
    // CHECK: return %arg0
    %0 = qonnx.constant dense<2.0> : tensor<f32> : tensor<f32>
    %d = qonnx.div %x, %0 : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
    %q = qonnx.quant %d "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 2.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @free_input_per_channel
// Zero points per channel are offsets per channel.
module @free_input_per_channel {
// CHECK: %arg0: {{.*}} scale = ["1/1"], offset = ["0/1", "-1/1"], zero = "0/1", {{.*}} : tensor<2x3xf32>, threshold_period = 1, descending = [0, 0]
  func.func @main(%x: tensor<1x2x1xf32> {qonnx.name = "x"}) -> (tensor<1x2x1xf32> {qonnx.name = "y"}) {
    %q = qonnx.quant %x "q" scale(dense<1.0> : tensor<f32>) zero(dense<[[0.0], [1.0]]> : tensor<2x1xf32>) bits 2.0 signed false narrow false <half_even> : tensor<1x2x1xf32> -> tensor<1x2x1xf32>
    return %q : tensor<1x2x1xf32>
  }
}

// -----

// CHECK-LABEL: module @free_input_descending
// Where codes fall as the real grows, the port says so.
module @free_input_descending {
// CHECK: %arg0: {{.*}} descending = [1]
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    %n = qonnx.neg %x : tensor<1x2xf32>
    %q = qonnx.quant %n "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 2.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @heads
// The C returns the integers; the port says that softmax or argmax follows.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @heads {
// CHECK: func.func
// CHECK-SAME: head = "softmax", head_axis = 1
// CHECK-SAME: qint.head_shape = array<i64: 1>
// CHECK-SAME: head = "argmax", head_axis = 1
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y0"}, tensor<1xi64> {qonnx.name = "y1"}) {
    %s = qonnx.softmax %x {axis = 1 : i64} : tensor<1x2xf32>
    %a = qonnx.argmax %x {axis = 1 : i64, keepdims = false} : tensor<1x2xf32> -> tensor<1xi64>
    return %s, %a : tensor<1x2xf32>, tensor<1xi64>
  }
}

// -----

// CHECK-LABEL: module @scales_of_two_axes
// Scale and offset that change along several axes, and have no common unit, are lists over all of them.
#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "1/10", zero = "0", mean = ["0"], std = ["1"]>
module @scales_of_two_axes {
  func.func @main(%x: tensor<1x4xf32> {qonnx.name = "x", qonnx.lattice = #s8}) -> (tensor<1x2x2xf32> {qonnx.name = "y"}) {
    // CHECK: name = "y", {{.*}} scale = ["{{[^"]*}}", "{{[^"]*}}", "{{[^"]*}}", "{{[^"]*}}"], offset = ["{{[^"]*}}", "{{[^"]*}}", "{{[^"]*}}", "{{[^"]*}}"], {{.*}} axis = 2>
    %b = qonnx.batch_norm %x scale(dense<[0.3, -0.7, 1.1, 0.9]> : tensor<4xf32>) shift(dense<[0.123, 1.0e-13, 7.0, 1.0e-20]> : tensor<4xf32>) : tensor<1x4xf32> -> tensor<1x4xf32>
    %r = qonnx.reshape %b : tensor<1x4xf32> -> tensor<1x2x2xf32>
    return %r : tensor<1x2x2xf32>
  }
}
