// Rules name nodes, or patterns with *; the last that matches counts, a bare word stands for all other nodes.
// RUN: dyadic-opt %s --choose-impl=choices=lut | FileCheck %s --check-prefix=LUT
// RUN: dyadic-opt %s --choose-impl | FileCheck %s --check-prefix=MAC
// RUN: dyadic-opt %s "--choose-impl=choices=/block/*=lut,/block/fc2=mac" | FileCheck %s --check-prefix=GLOB
// RUN: dyadic-opt %s "--choose-impl=choices=auto mul-cycles=1" | FileCheck %s --check-prefix=FAST
// RUN: dyadic-opt %s "--choose-impl=choices=auto mul-cycles=32" | FileCheck %s --check-prefix=SLOW

// The before and after in Passes.td; `mac` is the default of the attribute and not printed.
// LUT: qint.matmul {{.*}} "/block/fc1" {impl = #qint.impl<lut>, impl_why = "asked for; work
// LUT: qint.matmul {{.*}} "/block/fc2" {impl = #qint.impl<lut>, impl_why = "asked for; work
// MAC: qint.matmul {{.*}} "/block/fc1" {impl_why = "asked for; work
// MAC: qint.matmul {{.*}} "/block/fc2" {impl_why = "asked for; work
// GLOB: qint.matmul {{.*}} "/block/fc1" {impl = #qint.impl<lut>
// GLOB: qint.matmul {{.*}} "/block/fc2" {impl_why
// FAST: qint.matmul {{.*}} "/block/fc1" {impl_why = "a table saves too little work
// SLOW: qint.matmul {{.*}} "/block/fc1" {impl = #qint.impl<lut>, impl_why = "the table saves more work than it has bytes
func.func @main(%x: tensor<64x64xui4>) -> tensor<64x64xsi32> {
  %w = qint.constant dense<1> : tensor<64x64xi8> : tensor<64x64xsi4>
  %a = qint.matmul %x, %w "/block/fc1" {input_zero = 0 : si64} : (tensor<64x64xui4>, tensor<64x64xsi4>) -> tensor<64x64xsi32>
  %b = qint.matmul %x, %w "/block/fc2" {input_zero = 0 : si64} : (tensor<64x64xui4>, tensor<64x64xsi4>) -> tensor<64x64xsi32>
  return %b : tensor<64x64xsi32>
}
