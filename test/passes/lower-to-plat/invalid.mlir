// What has no kernel is refused by the name of its node.
// RUN: dyadic-opt %s --lower-to-plat -verify-diagnostics -split-input-file

#port = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
func.func @main(%x: tensor<1x2xsi8> {qint.port = #port}) -> (tensor<1x2xsi32> {qint.port = #port}) {
  %w = qint.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8> : tensor<2x2xsi8>
  // expected-error@+1 {{cannot use a table: 65536 products of 8-bit weights and 8-bit activations take 131072 bytes, more than the 65536 allowed; use --impl mac for this node}}
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64, impl = #qint.impl<lut>} : (tensor<1x2xsi8>, tensor<2x2xsi8>) -> tensor<1x2xsi32>
  return %a : tensor<1x2xsi32>
}

// -----

#port = #qint.port<name = "x", shape = [2, 2], view = [2, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
func.func @main(%x: tensor<2x2xsi8> {qint.port = #port}) -> (tensor<2x2xsi32> {qint.port = #port}) {
  // expected-error@+1 {{'attention' multiplies two computed tensors; only constant weights have a kernel}}
  %a = qint.matmul %x, %x "attention" {input_zero = 0 : si64} : (tensor<2x2xsi8>, tensor<2x2xsi8>) -> tensor<2x2xsi32>
  return %a : tensor<2x2xsi32>
}

// -----

// expected-error@+1 {{lower-to-plat needs a func.func @main of the integer level}}
module {
}
