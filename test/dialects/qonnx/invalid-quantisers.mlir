// What the verifier says of quantisers and constants.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.quant' op 'scale' of shape [2] does not broadcast to [1, 2, 3]}}
  %0 = qonnx.quant %x "q" scale(dense<0.5> : tensor<2xf32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.quant' op 'zero' of shape [1, 1, 1, 1] does not broadcast to [1, 2, 3]}}
  %0 = qonnx.quant %x "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<1x1x1x1xf32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.quant' op 'scale' must hold float32, found 'f64'}}
  %0 = qonnx.quant %x "q" scale(dense<0.5> : tensor<f64>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.quant' op 'zero' must be dense, with its values in the file}}
  %0 = qonnx.quant %x "q" scale(dense<0.5> : tensor<f32>) zero(sparse<0, 1.0> : tensor<1xf32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.quant' op result shape [1, 3, 2] differs from input shape [1, 2, 3]}}
  %0 = qonnx.quant %x "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2x3xf32> -> tensor<1x3x2xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.bipolar_quant' op 'scale' of shape [2] does not broadcast to [1, 2, 3]}}
  %0 = qonnx.bipolar_quant %x "b" scale(dense<1.0> : tensor<2xf32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.trunc' op knows versions 1 and 2, found 3}}
  %0 = qonnx.trunc %x "t" {scale = dense<0.5> : tensor<f32>, zero = dense<0.0> : tensor<f32>, in_bits = 8.0 : f32, out_bits = 4.0 : f32, out_scale = dense<8.0> : tensor<f32>, is_signed = true, narrow = false, rounding = #qonnx.rounding<floor>, version = 3 : i32} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.trunc' op 'out_scale' of shape [2] does not broadcast to [1, 2, 3]}}
  %0 = qonnx.trunc %x "t" {scale = dense<0.5> : tensor<f32>, zero = dense<0.0> : tensor<f32>, in_bits = 8.0 : f32, out_bits = 4.0 : f32, out_scale = dense<8.0> : tensor<2xf32>, is_signed = true, narrow = false, rounding = #qonnx.rounding<floor>, version = 2 : i32} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.multi_threshold' op axis 3 is outside rank 3}}
  %0 = qonnx.multi_threshold %x "m" thresholds(dense<0.0> : tensor<1x1xf32>) {axis = 3 : i64, out_bias = 0.0 : f32, out_scale = 1.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.multi_threshold' op axis -1 is outside rank 3}}
  %0 = qonnx.multi_threshold %x "m" thresholds(dense<0.0> : tensor<1x1xf32>) {axis = -1 : i64, out_bias = 0.0 : f32, out_scale = 1.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

// Thresholds of one row serve all channels, otherwise there is a row for each.
func.func @f(%x: tensor<1x2x3xf32>) {
  // expected-error@+1 {{'qonnx.multi_threshold' op needs float32 thresholds of shape [C or 1, B], found [3, 1]}}
  %0 = qonnx.multi_threshold %x "m" thresholds(dense<0.0> : tensor<3x1xf32>) {axis = 1 : i64, out_bias = 0.0 : f32, out_scale = 1.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qonnx.constant' op value and result types differ}}
  %0 = qonnx.constant dense<1.0> : tensor<2xf32> : tensor<3xf32>
  return
}

// -----

// A file printed with elided constants cannot be compiled.
func.func @f() {
  // expected-error@+1 {{'qonnx.constant' op 'value' must be dense, with its values in the file}}
  %0 = qonnx.constant dense_resource<__elided__> : tensor<2xf32> : tensor<2xf32>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qonnx.quant_constant' op codes must be integers of up to 64 bits, of the result's shape}}
  %0 = qonnx.quant_constant codes(dense<1> : tensor<3xi8>) scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2xf32>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qonnx.quant_constant' op codes must be integers of up to 64 bits, of the result's shape}}
  %0 = qonnx.quant_constant codes(dense<1> : tensor<2xi128>) scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2xf32>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qonnx.quant_constant' op 'codes' must be dense, with its values in the file}}
  %0 = qonnx.quant_constant codes(dense_resource<__elided__> : tensor<2xi8>) scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2xf32>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qonnx.quant_constant' op 'scale' of shape [3] does not broadcast to [2]}}
  %0 = qonnx.quant_constant codes(dense<1> : tensor<2xi8>) scale(dense<0.5> : tensor<3xf32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2xf32>
  return
}
