// Linear ops read value = code - input_zero and write accumulators; si1 is bipolar, codes -1 and +1.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: @linear
func.func @linear(%x: tensor<1x5x4x2xui4>, %flat: tensor<3x8xsi1>) {
  // CHECK: qint.constant dense<{{.*}}> : tensor<3x3x3x2xi8> : tensor<3x3x3x2xsi4>
  %w = qint.constant dense<-8> : tensor<3x3x3x2xi8> : tensor<3x3x3x2xsi4>
  // CHECK: qint.conv2d %arg0, %{{.*}} "conv" {dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 7 : si64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 2>} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x2x3xsi32>
  %0 = qint.conv2d %x, %w "conv" {strides = array<i64: 1, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 7 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x2x3xsi32>
  %wd = qint.constant dense<7> : tensor<2x2x2xi8> : tensor<2x2x2xsi4>
  // CHECK: qint.depthwise_conv2d %arg0, %{{.*}} "depthwise" {dilations = array<i64: 2, 1>, impl = #qint.impl<lut>, input_zero = 0 : si64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x5x4x2xui4>, tensor<2x2x2xsi4>) -> tensor<1x3x3x2xsi32>
  %1 = qint.depthwise_conv2d %x, %wd "depthwise" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 2, 1>, input_zero = 0 : si64, impl = #qint.impl<lut>} : (tensor<1x5x4x2xui4>, tensor<2x2x2xsi4>) -> tensor<1x3x3x2xsi32>
  // The element type of im2col holds code - input_zero and the padding's 0.
  // CHECK: qint.im2col %arg0 {dilations = array<i64: 1, 1>, input_zero = 7 : si64, kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 2>} : tensor<1x5x4x2xui4> -> tensor<10x18xsi5>
  %2 = qint.im2col %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 7 : si64} : tensor<1x5x4x2xui4> -> tensor<10x18xsi5>
  // CHECK: qint.constant dense<{{.*}}> : tensor<2x8xi8> : tensor<2x8xsi1>
  %wb = qint.constant dense<[[1, -1, 1, -1, 1, -1, 1, -1], [1, 1, 1, 1, -1, -1, -1, -1]]> : tensor<2x8xi8> : tensor<2x8xsi1>
  // CHECK: qint.matmul %arg1, %{{.*}} "fc" {input_zero = 0 : si64} : (tensor<3x8xsi1>, tensor<2x8xsi1>) -> tensor<3x2xsi32>
  %3 = qint.matmul %flat, %wb "fc" {input_zero = 0 : si64} : (tensor<3x8xsi1>, tensor<2x8xsi1>) -> tensor<3x2xsi32>
  // CHECK: qint.matmul {{.*}} -> tensor<3x2xsi64>
  %4 = qint.matmul %flat, %wb "fc64" {input_zero = 0 : si64} : (tensor<3x8xsi1>, tensor<2x8xsi1>) -> tensor<3x2xsi64>
  return
}
