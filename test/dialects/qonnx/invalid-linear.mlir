// What the verifier says of convolutions, matrix products and batch normalisation.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: tensor<1x2xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error@+1 {{'qonnx.conv' op needs input, weights and result of one rank, at least 3}}
  %0 = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5x5xf32>, %w: tensor<4x2x3x3x3xf32>) {
  // expected-error@+1 {{'qonnx.conv' op supports 1 or 2 spatial axes, found 3}}
  %0 = qonnx.conv %x, %w {strides = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1>, group = 1 : i64} : (tensor<1x2x5x5x5xf32>, tensor<4x2x3x3x3xf32>) -> tensor<1x4x3x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error@+1 {{'qonnx.conv' op needs 2 kernel extents, strides and dilations and 4 pads}}
  %0 = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x5x5xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error@+1 {{'qonnx.conv' op kernel extents, strides and dilations must be positive 32-bit numbers}}
  %0 = qonnx.conv %x, %w {strides = array<i64: 1, 0>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x5x5xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error@+1 {{'qonnx.conv' op pads must be 32-bit numbers and not negative}}
  %0 = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: -1, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x5x5xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error@+1 {{'qonnx.conv' op channels do not match: input 2, weights [4, 2, 3, 3], group 2, result 4}}
  %0 = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x2x5x5xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5xf32>, %w: tensor<4x2x3x3xf32>) {
  // expected-error@+1 {{'qonnx.conv' op result extent 4 on spatial axis 1 does not follow}}
  %0 = qonnx.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x5x5xf32>, tensor<4x2x3x3xf32>) -> tensor<1x4x3x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5xf32>, %w: tensor<4x2x3x3xf32>, %b: tensor<1x4xf32>) {
  // expected-error@+1 {{'qonnx.conv' op bias must have shape [4]}}
  %0 = qonnx.conv %x, %w bias %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x5x5xf32>, tensor<4x2x3x3xf32>, tensor<1x4xf32>) -> tensor<1x4x3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<3x4xf32>, %w: tensor<5x2xf32>) {
  // expected-error@+1 {{'qonnx.matmul' op inner extents differ: [3, 4] by [5, 2]}}
  %0 = qonnx.matmul %x, %w : (tensor<3x4xf32>, tensor<5x2xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @f(%x: tensor<3x1x4xf32>, %w: tensor<2x4x2xf32>) {
  // expected-error@+1 {{'qonnx.matmul' op leading extents differ: [3, 1, 4] by [2, 4, 2]}}
  %0 = qonnx.matmul %x, %w : (tensor<3x1x4xf32>, tensor<2x4x2xf32>) -> tensor<3x1x2xf32>
  return
}

// -----

func.func @f(%x: tensor<3x4xf32>, %w: tensor<4x2xf32>) {
  // expected-error@+1 {{'qonnx.matmul' op result shape must be [3, 2]}}
  %0 = qonnx.matmul %x, %w : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.batch_norm' op scale and shift must be float32 [2]}}
  %0 = qonnx.batch_norm %x scale(dense<1.0> : tensor<3xf32>) shift(dense<0.0> : tensor<2xf32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<3xf32>) {
  // expected-error@+1 {{'qonnx.batch_norm' op needs a channel axis 1}}
  %0 = qonnx.batch_norm %x scale(dense<1.0> : tensor<3xf32>) shift(dense<0.0> : tensor<3xf32>) : tensor<3xf32> -> tensor<3xf32>
  return
}
