// What the verifier says of movement.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.transpose' op perm must name every axis once}}
  %0 = qonnx.transpose %x {perm = array<i64: 0, 1>} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.transpose' op perm must name every axis once and match the result shape}}
  %0 = qonnx.transpose %x {perm = array<i64: 0, 2, 1>} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.reshape' op element counts differ}}
  %0 = qonnx.reshape %x : tensor<1x2x3xf32> -> tensor<7xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.pad' op needs a begin and an end for every axis}}
  %0 = qonnx.pad %x {pads = array<i64: 0, 0, 1>, value = 0.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.pad' op axis 2 does not add up}}
  %0 = qonnx.pad %x {pads = array<i64: 0, 0, 1, 0, 0, 0>, value = 0.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.pad' op axis 2 does not add up}}
  %0 = qonnx.pad %x {pads = array<i64: 0, 0, -1, 0, 0, 0>, value = 0.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x2xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.slice' op needs a start and a step for every axis}}
  %0 = qonnx.slice %x {starts = array<i64: 0>, steps = array<i64: 1>} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.slice' op axis 2 leaves the input}}
  %0 = qonnx.slice %x {starts = array<i64: 0, 0, 1>, steps = array<i64: 1, 1, 1>} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

// 2 * 9223372036854775807 would come back to -2.
func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.slice' op axis 2 steps by 9223372036854775807, which is no 32-bit number}}
  %0 = qonnx.slice %x {starts = array<i64: 0, 0, 2>, steps = array<i64: 1, 1, 9223372036854775807>} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.resize' op needs an index map for every axis}}
  %0 = qonnx.resize %x {maps = [array<i64: 0>]} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.resize' op map of axis 2 must give an input index for each of 3 positions}}
  %0 = qonnx.resize %x {maps = [array<i64: 0>, array<i64: 0, 1>, array<i64: 0, 1, 3>]} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qonnx.concat' op needs at least one input}}
  %0 = qonnx.concat {axis = 0 : i64} : () -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.concat' op axis 3 is outside rank 3}}
  %0 = qonnx.concat %x {axis = 3 : i64} : (tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>, %y: tensor<6xf32>) {
  // expected-error@+1 {{'qonnx.concat' op inputs and result must have one rank}}
  %0 = qonnx.concat %x, %y {axis = 1 : i64} : (tensor<1x2x3xf32>, tensor<6xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>, %y: tensor<1x2x4xf32>) {
  // expected-error@+1 {{'qonnx.concat' op axis 2 differs: 4 and 3}}
  %0 = qonnx.concat %x, %y {axis = 1 : i64} : (tensor<1x2x3xf32>, tensor<1x2x4xf32>) -> tensor<1x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.concat' op extents along axis 1 add up to 4, result has 5}}
  %0 = qonnx.concat %x, %x {axis = 1 : i64} : (tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> tensor<1x5x3xf32>
  return
}
