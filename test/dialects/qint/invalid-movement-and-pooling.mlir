// What the verifier says of pooling, movement and taps.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.pool' op takes N H W C to N Ho Wo C}}
  %0 = qint.pool <max> %x "p" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>) {
  // expected-error@+1 {{'qint.pool' op spatial axis 0 has 2 windows, or 3 with ceil_mode; the result has 4}}
  %0 = qint.pool <max> %x "p" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x5x4x2xui4> -> tensor<1x4x2x2xui4>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>) {
  // expected-error@+1 {{'qint.pool' op movement must keep the element type}}
  %0 = qint.pool <max> %x "p" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x5x4x2xui4> -> tensor<1x2x2x2xsi32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>) {
  // expected-error@+1 {{'qint.pool' op accumulates in si32 or si64, found 'ui4'}}
  %0 = qint.pool <sum> %x "p" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x5x4x2xui4> -> tensor<1x2x2x2xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.transpose' op perm must name every axis once}}
  %0 = qint.transpose %x {perm = array<i64: 0>} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.transpose' op perm must name every axis once and match the result shape}}
  %0 = qint.transpose %x {perm = array<i64: 1, 1>} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.reshape' op element counts differ}}
  %0 = qint.reshape %x : tensor<2x3xui4> -> tensor<7xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.reshape' op movement must keep the element type}}
  %0 = qint.reshape %x : tensor<2x3xui4> -> tensor<6xsi4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.pad' op needs a begin and an end for every axis}}
  %0 = qint.pad %x {pads = array<i64: 1>, code = 0 : si64} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.pad' op axis 1 does not add up}}
  %0 = qint.pad %x {pads = array<i64: 0, 1, 0, 0>, code = 0 : si64} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.pad' op code 16 does not fit 'ui4'}}
  %0 = qint.pad %x {pads = array<i64: 0, 1, 0, 0>, code = 16 : si64} : tensor<2x3xui4> -> tensor<2x4xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xsi1>) {
  // expected-error@+1 {{'qint.pad' op code 0 does not fit 'si1'}}
  %0 = qint.pad %x {pads = array<i64: 0, 1, 0, 0>, code = 0 : si64} : tensor<2x3xsi1> -> tensor<2x4xsi1>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.slice' op needs a start and a step for every axis}}
  %0 = qint.slice %x {starts = array<i64: 0>, steps = array<i64: 1>} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.slice' op axis 1 leaves the input}}
  %0 = qint.slice %x {starts = array<i64: 0, 1>, steps = array<i64: 1, 1>} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.slice' op axis 1 steps by 9223372036854775807, which is no 32-bit number}}
  %0 = qint.slice %x {starts = array<i64: 0, 2>, steps = array<i64: 1, 9223372036854775807>} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.gather' op needs an index map for every axis}}
  %0 = qint.gather %x {maps = [array<i64: 0>]} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.gather' op map of axis 1 must give an input index for each of 3 positions}}
  %0 = qint.gather %x {maps = [array<i64: 0, 1>, array<i64: 0, 1, 3>]} : tensor<2x3xui4> -> tensor<2x3xui4>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qint.concat' op needs at least one input}}
  %0 = qint.concat {axis = 0 : i64} : () -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.concat' op axis 2 is outside rank 2}}
  %0 = qint.concat %x {axis = 2 : i64} : (tensor<2x3xui4>) -> tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.concat' op axis 0 differs: 2 and 3}}
  %0 = qint.concat %x, %x {axis = 1 : i64} : (tensor<2x3xui4>, tensor<2x3xui4>) -> tensor<3x6xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.concat' op extents along axis 1 add up to 6, result has 7}}
  %0 = qint.concat %x, %x {axis = 1 : i64} : (tensor<2x3xui4>, tensor<2x3xui4>) -> tensor<2x7xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op perm and view must name every axis}}
  qint.tap %x "k" {shape = array<i64: 2, 3>, view = array<i64: 2, 3>, perm = array<i64: 0>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op perm must name every axis once}}
  qint.tap %x "k" {shape = array<i64: 2, 3>, view = array<i64: 3, 2>, perm = array<i64: 1, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op shape [7] is no reshape of view [2, 3]}}
  qint.tap %x "k" {shape = array<i64: 7>, view = array<i64: 2, 3>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op physical axis 0 has 2 entries, perm and view say 3}}
  qint.tap %x "k" {shape = array<i64: 2, 3>, view = array<i64: 2, 3>, perm = array<i64: 1, 0>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op kept and constants come together}}
  qint.tap %x "k" {shape = array<i64: 2, 3>, view = array<i64: 2, 3>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64, kept = array<i64: 0, 1>, kept_axis = 0 : si64} : tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op physical axis 1 has 3 entries, perm and view say 2}}
  qint.tap %x "k" {shape = array<i64: 2, 3>, view = array<i64: 2, 3>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64, kept = array<i64: 0, 1>, constants = array<i64: 0, 0, 5>, kept_axis = 1 : si64} : tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op kept and constants do not fit an axis of 4}}
  qint.tap %x "k" {shape = array<i64: 2, 4>, view = array<i64: 2, 4>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64, kept = array<i64: 0, 1, 4>, constants = array<i64: 0, 0, 0, 5>, kept_axis = 1 : si64} : tensor<2x3xui4>
  return
}

// -----

func.func @f(%x: tensor<2x3xui4>) {
  // expected-error@+1 {{'qint.tap' op kept_axis 2 is outside rank 2}}
  qint.tap %x "k" {shape = array<i64: 2, 3>, view = array<i64: 2, 3>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64, kept = array<i64: 0>, constants = array<i64: 0>, kept_axis = 2 : si64} : tensor<2x3xui4>
  return
}
