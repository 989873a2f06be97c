// A dense convolution becomes a gathering of windows and a matrix product over its rows; the first case is the one in Passes.td.
// RUN: dyadic-opt %s --im2col | FileCheck %s

// CHECK-LABEL: @dense
func.func @dense(%x: tensor<1x4x4x2xui4>) -> tensor<1x4x4x3xsi32> {
  // CHECK-DAG: %[[W:.*]] = qint.constant dense<1> : tensor<3x18xi8> : tensor<3x18xsi4>
  // CHECK-DAG: %[[C:.*]] = qint.im2col %arg0 {{.*}} kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>{{.*}} : tensor<1x4x4x2xui4> -> tensor<16x18xui4>
  // CHECK: %[[M:.*]] = qint.matmul %[[C]], %[[W]] "conv" {input_zero = 0 : si64} : (tensor<16x18xui4>, tensor<3x18xsi4>) -> tensor<16x3xsi32>
  // CHECK: qint.reshape %[[M]] : tensor<16x3xsi32> -> tensor<1x4x4x3xsi32>
  %w = qint.constant dense<1> : tensor<3x3x3x2xi8> : tensor<3x3x3x2xsi4>
  %a = qint.conv2d %x, %w "conv" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x4x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x4x4x3xsi32>
  return %a : tensor<1x4x4x3xsi32>
}

// The rows hold values, so the zero point is gone from the product: 0..15 - 7 needs si5.
// CHECK-LABEL: @zero_point
// CHECK: qint.im2col {{.*}} input_zero = 7 : si64{{.*}} -> tensor<4x4xsi5>
// CHECK: qint.matmul {{.*}} {input_zero = 0 : si64}
func.func @zero_point(%x: tensor<1x3x3x1xui4>) -> tensor<1x2x2x1xsi32> {
  %w = qint.constant dense<1> : tensor<1x2x2x1xi8> : tensor<1x2x2x1xsi4>
  %a = qint.conv2d %x, %w "conv" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 7 : si64} : (tensor<1x3x3x1xui4>, tensor<1x2x2x1xsi4>) -> tensor<1x2x2x1xsi32>
  return %a : tensor<1x2x2x1xsi32>
}

// Padding adds 0, which is no bipolar code: the rows are si2.
// CHECK-LABEL: @bipolar
// CHECK: qint.im2col {{.*}} : tensor<1x1x2x1xsi1> -> tensor<2x3xsi2>
func.func @bipolar(%x: tensor<1x1x2x1xsi1>) -> tensor<1x1x2x1xsi32> {
  %w = qint.constant dense<1> : tensor<1x1x3x1xi8> : tensor<1x1x3x1xsi1>
  %a = qint.conv2d %x, %w "conv" {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x1x2x1xsi1>, tensor<1x1x3x1xsi1>) -> tensor<1x1x2x1xsi32>
  return %a : tensor<1x1x2x1xsi32>
}

// A 1x1 convolution without stride and padding is a matrix product as it lies in memory; its zero point stays.
// CHECK-LABEL: @pointwise
// CHECK-NOT: qint.im2col
// CHECK: qint.reshape %arg0 : tensor<1x2x2x3xui4> -> tensor<4x3xui4>
// CHECK: qint.matmul {{.*}} {input_zero = 7 : si64}
func.func @pointwise(%x: tensor<1x2x2x3xui4>) -> tensor<1x2x2x2xsi32> {
  %w = qint.constant dense<1> : tensor<2x1x1x3xi8> : tensor<2x1x1x3xsi4>
  %a = qint.conv2d %x, %w "conv" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 7 : si64} : (tensor<1x2x2x3xui4>, tensor<2x1x1x3xsi4>) -> tensor<1x2x2x2xsi32>
  return %a : tensor<1x2x2x2xsi32>
}

// With a stride even a 1x1 window must be gathered.
// CHECK-LABEL: @strided_pointwise
// CHECK: qint.im2col {{.*}} strides = array<i64: 2, 2>{{.*}} -> tensor<1x3xui4>
func.func @strided_pointwise(%x: tensor<1x2x2x3xui4>) -> tensor<1x1x1x2xsi32> {
  %w = qint.constant dense<1> : tensor<2x1x1x3xi8> : tensor<2x1x1x3xsi4>
  %a = qint.conv2d %x, %w "conv" {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x2x2x3xui4>, tensor<2x1x1x3xsi4>) -> tensor<1x1x1x2xsi32>
  return %a : tensor<1x1x1x2xsi32>
}

// Grouped and depthwise convolutions stay direct.
// CHECK-LABEL: @direct
// CHECK-NOT: qint.matmul
// CHECK: qint.conv2d
// CHECK: qint.depthwise_conv2d
func.func @direct(%x: tensor<1x2x2x4xui4>) -> (tensor<1x2x2x2xsi32>, tensor<1x2x2x4xsi32>) {
  %w = qint.constant dense<1> : tensor<2x1x1x2xi8> : tensor<2x1x1x2xsi4>
  %a = qint.conv2d %x, %w "grouped" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64, input_zero = 0 : si64} : (tensor<1x2x2x4xui4>, tensor<2x1x1x2xsi4>) -> tensor<1x2x2x2xsi32>
  %wd = qint.constant dense<1> : tensor<1x1x4xi8> : tensor<1x1x4xsi4>
  %d = qint.depthwise_conv2d %x, %wd "depthwise" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : (tensor<1x2x2x4xui4>, tensor<1x1x4xsi4>) -> tensor<1x2x2x4xsi32>
  return %a, %d : tensor<1x2x2x2xsi32>, tensor<1x2x2x4xsi32>
}
