// Rules that name no implementation, or no node, are refused.
// RUN: not dyadic-opt %s --choose-impl=choices=fast 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: not dyadic-opt %s --choose-impl=choices=fc=fast 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not dyadic-opt %s --choose-impl=choices=conv*=lut 2>&1 | FileCheck %s --check-prefix=NODE
// WORD: error: 'fast' names no implementation; choose mac, lut or auto
// RULE: error: 'fc=fast' names no implementation; choose mac, lut or auto
// NODE: error: --impl conv*=... matches no convolution or matrix product; name an ONNX node, or a pattern with * for any run of characters
func.func @main(%x: tensor<4x4xui4>) -> tensor<4x4xsi32> {
  %w = qint.constant dense<1> : tensor<4x4xi8> : tensor<4x4xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<4x4xui4>, tensor<4x4xsi4>) -> tensor<4x4xsi32>
  return %a : tensor<4x4xsi32>
}
