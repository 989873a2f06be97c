// A reshape that changes nothing is its input; any other stays, for memory holds the same codes under another shape.
// RUN: dyadic-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @same
// CHECK-NEXT: return %arg0
func.func @same(%x: tensor<2x3xui4>) -> tensor<2x3xui4> {
  %0 = qint.reshape %x : tensor<2x3xui4> -> tensor<2x3xui4>
  return %0 : tensor<2x3xui4>
}

// CHECK-LABEL: @other
// CHECK-NEXT: %[[R:.*]] = qint.reshape %arg0 : tensor<2x3xui4> -> tensor<6xui4>
// CHECK-NEXT: return %[[R]]
func.func @other(%x: tensor<2x3xui4>) -> tensor<6xui4> {
  %0 = qint.reshape %x : tensor<2x3xui4> -> tensor<6xui4>
  return %0 : tensor<6xui4>
}
