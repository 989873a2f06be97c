// Movement: transpose, reshape, pad, slice, nearest resize, concat.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: @movement
func.func @movement(%x: tensor<1x2x3xf32>) {
  // CHECK: qonnx.transpose %arg0 {perm = array<i64: 0, 2, 1>} : tensor<1x2x3xf32> -> tensor<1x3x2xf32>
  %0 = qonnx.transpose %x {perm = array<i64: 0, 2, 1>} : tensor<1x2x3xf32> -> tensor<1x3x2xf32>
  // CHECK: qonnx.reshape %arg0 : tensor<1x2x3xf32> -> tensor<6xf32>
  %1 = qonnx.reshape %x : tensor<1x2x3xf32> -> tensor<6xf32>
  // CHECK: qonnx.pad %arg0 {pads = array<i64: 0, 0, 1, 0, 0, 2>, value = -1.000000e+00 : f32} : tensor<1x2x3xf32> -> tensor<1x2x6xf32>
  %2 = qonnx.pad %x {pads = array<i64: 0, 0, 1, 0, 0, 2>, value = -1.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x6xf32>
  // Steps may run backwards.
  // CHECK: qonnx.slice %arg0 {starts = array<i64: 0, 1, 2>, steps = array<i64: 1, 1, -2>} : tensor<1x2x3xf32> -> tensor<1x1x2xf32>
  %3 = qonnx.slice %x {starts = array<i64: 0, 1, 2>, steps = array<i64: 1, 1, -2>} : tensor<1x2x3xf32> -> tensor<1x1x2xf32>
  // CHECK: qonnx.resize %arg0 {maps = [array<i64: 0>, array<i64: 0, 1>, array<i64: 0, 0, 1, 1, 2, 2>]} : tensor<1x2x3xf32> -> tensor<1x2x6xf32>
  %4 = qonnx.resize %x {maps = [array<i64: 0>, array<i64: 0, 1>, array<i64: 0, 0, 1, 1, 2, 2>]} : tensor<1x2x3xf32> -> tensor<1x2x6xf32>
  // CHECK: qonnx.concat %arg0, %{{.*}}, %arg0 {axis = 2 : i64} : (tensor<1x2x3xf32>, tensor<1x2x6xf32>, tensor<1x2x3xf32>) -> tensor<1x2x12xf32>
  %5 = qonnx.concat %x, %2, %x {axis = 2 : i64} : (tensor<1x2x3xf32>, tensor<1x2x6xf32>, tensor<1x2x3xf32>) -> tensor<1x2x12xf32>
  return
}
