// What the level of reals promises as a whole.
// RUN: dyadic-opt %s --check-qonnx -verify-diagnostics -split-input-file --allow-unregistered-dialect > %t

// In order.
func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
  %a = qonnx.quant %x "one" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
  return %a : tensor<1x2xf32>
}

// -----

// A key twice.
func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
  %b = qonnx.quant %x "one" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
  // expected-error@+1 {{'qonnx.quant' op has the key 'one' of another quantiser}}
  %a = qonnx.quant %x "one" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
  return %a : tensor<1x2xf32>
}

// -----

// Two outputs of one name.
// expected-error@+1 {{'func.func' op two results are called 'y'}}
func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}, tensor<1x2xf32> {qonnx.name = "y"}) {
  %a = qonnx.quant %x "one" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
  return %a, %x : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// An input without a name.
// expected-error@+1 {{'func.func' op argument 0 has no qonnx.name}}
func.func @main(%x: tensor<1x2xf32>) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
  %a = qonnx.quant %x "one" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
  return %a : tensor<1x2xf32>
}

// -----

// An op of another level.
func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
  %a = qonnx.quant %x "one" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
  // expected-error@+1 {{'test.real' op is no op of the level of reals}}
  %r = "test.real"() {value = 1.0 : f32} : () -> f32
  return %a : tensor<1x2xf32>
}

// -----

// expected-error@+1 {{check-qonnx needs a func.func @main of one block}}
module {
}
