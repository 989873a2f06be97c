// Movement keeps codes as they are; pooling takes the extreme code or sums values; a tap observes.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: @movement
func.func @movement(%x: tensor<1x4x5x2xui4>) {
  // CHECK: qint.transpose %arg0 {perm = array<i64: 0, 3, 1, 2>} : tensor<1x4x5x2xui4> -> tensor<1x2x4x5xui4>
  %0 = qint.transpose %x {perm = array<i64: 0, 3, 1, 2>} : tensor<1x4x5x2xui4> -> tensor<1x2x4x5xui4>
  // CHECK: qint.reshape %{{.*}} : tensor<1x2x4x5xui4> -> tensor<1x40xui4>
  %1 = qint.reshape %0 : tensor<1x2x4x5xui4> -> tensor<1x40xui4>
  // CHECK: qint.pad %arg0 {code = 3 : si64, pads = array<i64: 0, 1, 0, 0, 0, 1, 0, 0>} : tensor<1x4x5x2xui4> -> tensor<1x6x5x2xui4>
  %2 = qint.pad %x {pads = array<i64: 0, 1, 0, 0, 0, 1, 0, 0>, code = 3 : si64} : tensor<1x4x5x2xui4> -> tensor<1x6x5x2xui4>
  // CHECK: qint.slice %arg0 {starts = array<i64: 0, 3, 0, 1>, steps = array<i64: 1, -1, 2, 1>} : tensor<1x4x5x2xui4> -> tensor<1x4x3x1xui4>
  %3 = qint.slice %x {starts = array<i64: 0, 3, 0, 1>, steps = array<i64: 1, -1, 2, 1>} : tensor<1x4x5x2xui4> -> tensor<1x4x3x1xui4>
  // CHECK: qint.gather %arg0 {maps = [array<i64: 0>, array<i64: 0, 1, 2, 3>, array<i64: 4, 4>, array<i64: 1, 0>]} : tensor<1x4x5x2xui4> -> tensor<1x4x2x2xui4>
  %4 = qint.gather %x {maps = [array<i64: 0>, array<i64: 0, 1, 2, 3>, array<i64: 4, 4>, array<i64: 1, 0>]} : tensor<1x4x5x2xui4> -> tensor<1x4x2x2xui4>
  // CHECK: qint.concat %arg0, %{{.*}} {axis = 2 : i64} : (tensor<1x4x5x2xui4>, tensor<1x4x2x2xui4>) -> tensor<1x4x7x2xui4>
  %5 = qint.concat %x, %4 {axis = 2 : i64} : (tensor<1x4x5x2xui4>, tensor<1x4x2x2xui4>) -> tensor<1x4x7x2xui4>
  return
}

// CHECK-LABEL: @pools
func.func @pools(%x: tensor<1x4x5x2xui4>) {
  // CHECK: qint.pool <max> %arg0 "p" {dilations = array<i64: 1, 1>, input_zero = 0 : si64, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : tensor<1x4x5x2xui4> -> tensor<1x2x3x2xui4>
  %0 = qint.pool <max> %x "p" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x4x5x2xui4> -> tensor<1x2x3x2xui4>
  // CHECK: qint.pool <min> {{.*}} -> tensor<1x2x2x2xui4>
  %1 = qint.pool <min> %x "p" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x4x5x2xui4> -> tensor<1x2x2x2xui4>
  // CHECK: qint.pool <sum> {{.*}} -> tensor<1x1x1x2xsi32>
  %2 = qint.pool <sum> %x "p" {kernel = array<i64: 4, 5>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 8 : si64} : tensor<1x4x5x2xui4> -> tensor<1x1x1x2xsi32>
  return
}

// CHECK-LABEL: @taps
func.func @taps(%x: tensor<1x4x5x2xui4>, %less: tensor<1x4x5x1xui4>) {
  // Physical N H W C of ONNX's [1, 2, 4, 5].
  // CHECK: qint.tap %arg0 "act" {code_add = 0 : si64, code_mul = 1 : si64, perm = array<i64: 0, 2, 3, 1>, shape = array<i64: 1, 2, 4, 5>, view = array<i64: 1, 2, 4, 5>} : tensor<1x4x5x2xui4>
  qint.tap %x "act" {shape = array<i64: 1, 2, 4, 5>, view = array<i64: 1, 2, 4, 5>, perm = array<i64: 0, 2, 3, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x4x5x2xui4>
  // One of two channels was removed: its code is 7 everywhere. ONNX sees the tensor flattened.
  // CHECK: qint.tap %arg1 "cut" {code_add = 0 : si64, code_mul = 1 : si64, constants = array<i64: 7, 0>, kept = array<i64: 1>, kept_axis = 3 : si64, perm = array<i64: 0, 2, 3, 1>, shape = array<i64: 1, 40>, view = array<i64: 1, 2, 4, 5>} : tensor<1x4x5x1xui4>
  qint.tap %less "cut" {shape = array<i64: 1, 40>, view = array<i64: 1, 2, 4, 5>, perm = array<i64: 0, 2, 3, 1>, code_mul = 1 : si64, code_add = 0 : si64, kept = array<i64: 1>, constants = array<i64: 7, 0>, kept_axis = 3 : si64} : tensor<1x4x5x1xui4>
  return
}

// What an argument or result is to its user.
// CHECK-LABEL: func.func private @ports
// CHECK-SAME: #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1/255"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0, key = "q", head = "", head_axis = 0, thresholds = dense<{{.*}}> : tensor<1x3xf32>, threshold_period = 1, descending = [0]>
// CHECK-SAME: head = "argmax", head_axis = 1, {{.*}}, axis = 2>
func.func private @ports() attributes {argument = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1/255"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0, key = "q", head = "", head_axis = 0, thresholds = dense<[[0.5, 1.5, 2.5]]> : tensor<1x3xf32>, threshold_period = 1, descending = [0]>, result = #qint.port<name = "y", shape = [1, 1, 2], view = [1, 1, 2], perm = [0, 1, 2], scale = ["1/2", "-3/7"], offset = ["0", "1"], zero = "0", code_mul = 1, code_add = 0, key = "", head = "argmax", head_axis = 1, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 2>}
