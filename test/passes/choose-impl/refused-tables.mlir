// A table that is asked for and cannot be is refused with its size and what to ask for instead.
// RUN: dyadic-opt %s --choose-impl=choices=lut -verify-diagnostics -split-input-file

func.func @main(%x: tensor<4x4xui8>) -> tensor<4x4xsi32> {
  %w = qint.constant dense<1> : tensor<4x4xi16> : tensor<4x4xsi9>
  // expected-error@+1 {{node 'fc': a table of products of 9-bit weights and 8-bit activations takes 524288 bytes (2^17 entries of 4), more than 65536. Use --impl auto, --impl mac, or name the nodes that shall use tables: --impl NODE=lut}}
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<4x4xui8>, tensor<4x4xsi9>) -> tensor<4x4xsi32>
  return %a : tensor<4x4xsi32>
}

// -----

func.func @main(%x: tensor<4x4xui16>) -> tensor<4x4xsi32> {
  %w = qint.constant dense<1> : tensor<4x4xi16> : tensor<4x4xsi12>
  // expected-error@+1 {{node 'fc': a table of products of 12-bit weights and 16-bit activations takes 1073741824 bytes (2^28 entries of 4), more than 65536. Use --impl auto, --impl mac, or name the nodes that shall use tables: --impl NODE=lut}}
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<4x4xui16>, tensor<4x4xsi12>) -> tensor<4x4xsi32>
  return %a : tensor<4x4xsi32>
}

// -----

func.func @main(%x: tensor<4x4xui4>) -> tensor<4x4xsi64> {
  %w = qint.constant dense<1> : tensor<4x4xi8> : tensor<4x4xsi4>
  // expected-error@+1 {{node 'fc': products from a table are summed in 32 bits, this node needs 64. Use --impl auto, --impl mac, or name the nodes that shall use tables: --impl NODE=lut}}
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<4x4xui4>, tensor<4x4xsi4>) -> tensor<4x4xsi64>
  return %a : tensor<4x4xsi64>
}
