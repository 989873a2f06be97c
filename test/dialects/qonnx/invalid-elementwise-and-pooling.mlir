// What the verifier says of element-wise ops, pooling, reduction and heads.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: tensor<1x2x3xf32>, %c: tensor<2xf32>) {
  // expected-error@+1 {{'qonnx.add' op operand [2] does not broadcast to the result [1, 2, 3]}}
  %0 = qonnx.add %x, %c : (tensor<1x2x3xf32>, tensor<2xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.prelu' op 'slope' of shape [2] does not broadcast to [1, 2, 3]}}
  %0 = qonnx.prelu %x slope(dense<0.5> : tensor<2xf32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.max_pool' op needs N C spatial... on both sides}}
  %0 = qonnx.max_pool %x {kernel = array<i64: 2>, strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : tensor<1x2x3xf32> -> tensor<1x3x2xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x5x5xf32>) {
  // expected-error@+1 {{'qonnx.max_pool' op has 2 windows on spatial axis 1, or 3 with ceil_mode; the result has 4}}
  %0 = qonnx.max_pool %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x2x5x5xf32> -> tensor<1x2x3x4xf32>
  return
}

// -----

// A third window would start in the padding after the data: ceil_mode drops it.
func.func @f(%x: tensor<1x1x4xf32>) {
  // expected-error@+1 {{'qonnx.average_pool' op has 3 windows on spatial axis 0, or 3 with ceil_mode; the result has 4}}
  %0 = qonnx.average_pool %x {kernel = array<i64: 1>, strides = array<i64: 2>, pads = array<i64: 0, 1>, dilations = array<i64: 1>, count_include_pad = true} : tensor<1x1x4xf32> -> tensor<1x1x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.reduce_mean' op axis 1 is outside rank 3 or repeats}}
  %0 = qonnx.reduce_mean %x {axes = array<i64: 1, 1>, keepdims = true} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.reduce_mean' op axis -1 is outside rank 3 or repeats}}
  %0 = qonnx.reduce_mean %x {axes = array<i64: -1>, keepdims = true} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.reduce_mean' op result shape must be [1, 3]}}
  %0 = qonnx.reduce_mean %x {axes = array<i64: 1>, keepdims = false} : tensor<1x2x3xf32> -> tensor<1x1x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.softmax' op axis 3 is outside rank 3}}
  %0 = qonnx.softmax %x {axis = 3 : i64} : tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.argmax' op axis 3 is outside rank 3}}
  %0 = qonnx.argmax %x {axis = 3 : i64, keepdims = true} : tensor<1x2x3xf32> -> tensor<1x2x3xi64>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.argmax' op result shape must be [1, 1, 3]}}
  %0 = qonnx.argmax %x {axis = 1 : i64, keepdims = true} : tensor<1x2x3xf32> -> tensor<1x3xi64>
  return
}
