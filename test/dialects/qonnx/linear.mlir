// Convolutions of one and two spatial axes, matrix products, batch normalisation.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: @conv
func.func @conv(%x: tensor<1x4x6x5xf32>, %w: tensor<2x4x3x3xf32>, %bias: tensor<2xf32>, %row: tensor<1x4x9xf32>, %w1: tensor<4x1x3xf32>) {
  // CHECK: qonnx.conv %arg0, %arg1 bias %arg2 {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 1, 0, 1, 2>, strides = array<i64: 2, 1>} : (tensor<1x4x6x5xf32>, tensor<2x4x3x3xf32>, tensor<2xf32>) -> tensor<1x2x3x5xf32>
  %0 = qonnx.conv %x, %w bias %bias {strides = array<i64: 2, 1>, pads = array<i64: 1, 0, 1, 2>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x4x6x5xf32>, tensor<2x4x3x3xf32>, tensor<2xf32>) -> tensor<1x2x3x5xf32>
  // CHECK: qonnx.conv %arg3, %arg4 {dilations = array<i64: 2>, group = 4 : i64, pads = array<i64: 2, 2>, strides = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x1x3xf32>) -> tensor<1x4x9xf32>
  %1 = qonnx.conv %row, %w1 {strides = array<i64: 1>, pads = array<i64: 2, 2>, dilations = array<i64: 2>, group = 4 : i64} : (tensor<1x4x9xf32>, tensor<4x1x3xf32>) -> tensor<1x4x9xf32>
  return
}

// CHECK-LABEL: @matmul
func.func @matmul(%x: tensor<3x4xf32>, %w: tensor<4x2xf32>, %stack: tensor<5x3x4xf32>, %vector: tensor<4xf32>) {
  // CHECK: qonnx.matmul %arg0, %arg1 : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
  %0 = qonnx.matmul %x, %w : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
  // CHECK: qonnx.matmul %arg2, %arg1 : (tensor<5x3x4xf32>, tensor<4x2xf32>) -> tensor<5x3x2xf32>
  %1 = qonnx.matmul %stack, %w : (tensor<5x3x4xf32>, tensor<4x2xf32>) -> tensor<5x3x2xf32>
  // A vector on the left is one row, on the right one column; the axis it brought is gone from the result.
  // CHECK: qonnx.matmul %arg3, %arg1 : (tensor<4xf32>, tensor<4x2xf32>) -> tensor<2xf32>
  %2 = qonnx.matmul %vector, %w : (tensor<4xf32>, tensor<4x2xf32>) -> tensor<2xf32>
  // CHECK: qonnx.matmul %arg2, %arg3 : (tensor<5x3x4xf32>, tensor<4xf32>) -> tensor<5x3xf32>
  %3 = qonnx.matmul %stack, %vector : (tensor<5x3x4xf32>, tensor<4xf32>) -> tensor<5x3xf32>
  return
}

// CHECK-LABEL: @batch_norm
func.func @batch_norm(%x: tensor<1x2x3xf32>) {
  // CHECK: qonnx.batch_norm %arg0 scale(dense<[-5.000000e-01, 2.000000e+00]> : tensor<2xf32>) shift(dense<[1.000000e+00, 0.000000e+00]> : tensor<2xf32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  %0 = qonnx.batch_norm %x scale(dense<[-0.5, 2.0]> : tensor<2xf32>) shift(dense<[1.0, 0.0]> : tensor<2xf32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}
