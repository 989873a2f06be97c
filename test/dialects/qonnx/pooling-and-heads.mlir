// Windows are as declared; the result's shape says whether ceil_mode counted a partial one.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: @pools
func.func @pools(%x: tensor<1x2x5x5xf32>, %row: tensor<1x2x5xf32>) {
  // CHECK: qonnx.max_pool %arg0 {dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : tensor<1x2x5x5xf32> -> tensor<1x2x2x2xf32>
  %floor = qonnx.max_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x2x5x5xf32> -> tensor<1x2x2x2xf32>
  // CHECK: qonnx.max_pool {{.*}} : tensor<1x2x5x5xf32> -> tensor<1x2x3x3xf32>
  %ceil = qonnx.max_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x2x5x5xf32> -> tensor<1x2x3x3xf32>
  // CHECK: qonnx.average_pool %arg1 {count_include_pad = true, dilations = array<i64: 2>, kernel = array<i64: 2>, pads = array<i64: 1, 0>, strides = array<i64: 1>} : tensor<1x2x5xf32> -> tensor<1x2x4xf32>
  %average = qonnx.average_pool %row {kernel = array<i64: 2>, strides = array<i64: 1>, pads = array<i64: 1, 0>, dilations = array<i64: 2>, count_include_pad = true} : tensor<1x2x5xf32> -> tensor<1x2x4xf32>
  // CHECK: qonnx.reduce_mean %arg0 {axes = array<i64: 2, 3>, keepdims = true} : tensor<1x2x5x5xf32> -> tensor<1x2x1x1xf32>
  %mean = qonnx.reduce_mean %x {axes = array<i64: 2, 3>, keepdims = true} : tensor<1x2x5x5xf32> -> tensor<1x2x1x1xf32>
  // CHECK: qonnx.reduce_mean %arg0 {axes = array<i64: 1>, keepdims = false} : tensor<1x2x5x5xf32> -> tensor<1x5x5xf32>
  %channels = qonnx.reduce_mean %x {axes = array<i64: 1>, keepdims = false} : tensor<1x2x5x5xf32> -> tensor<1x5x5xf32>
  return
}

// CHECK-LABEL: @heads
func.func @heads(%x: tensor<1x10xf32>) -> (tensor<1x10xf32>, tensor<1xi64>, tensor<1x1xi64>) {
  // CHECK: qonnx.softmax %arg0 {axis = 1 : i64} : tensor<1x10xf32>
  %0 = qonnx.softmax %x {axis = 1 : i64} : tensor<1x10xf32>
  // CHECK: qonnx.argmax %arg0 {axis = 1 : i64, keepdims = false} : tensor<1x10xf32> -> tensor<1xi64>
  %1 = qonnx.argmax %x {axis = 1 : i64, keepdims = false} : tensor<1x10xf32> -> tensor<1xi64>
  // CHECK: qonnx.argmax %arg0 {axis = 1 : i64, keepdims = true} : tensor<1x10xf32> -> tensor<1x1xi64>
  %2 = qonnx.argmax %x {axis = 1 : i64, keepdims = true} : tensor<1x10xf32> -> tensor<1x1xi64>
  return %0, %1, %2 : tensor<1x10xf32>, tensor<1xi64>, tensor<1x1xi64>
}
