// Constant channels that stay, because some reader could tell.
// RUN: dyadic-opt %s --remove-constant-channels -split-input-file | FileCheck %s

// A padded reader sees 2 inside and 0 at the border.
// CHECK-LABEL: module @padded_reader
// CHECK-NOT: removed_channels
// CHECK: qint.conv2d {{.*}} "c2" {{.*}} : (tensor<1x2x2x2xui4>, tensor<1x3x3x2xsi4>)
module @padded_reader {
  func.func @main(%x: tensor<1x2x2x1xui4>) -> tensor<1x2x2x1xsi32> {
    %w = qint.constant dense<1> : tensor<2x1x1x1xi8> : tensor<2x1x1x1xsi4>
    %a = qint.conv2d %x, %w "c1" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x2x2x1xui4>, tensor<2x1x1x1xsi4>) -> tensor<1x2x2x2xsi32>
    %q = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1], mult = [0, 1], bias = [2, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2x2x2xsi32>) -> tensor<1x2x2x2xui4>
    %v = qint.constant dense<2> : tensor<1x3x3x2xi8> : tensor<1x3x3x2xsi4>
    %b = qint.conv2d %q, %v "c2" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x2x2x2xui4>, tensor<1x3x3x2xsi4>) -> tensor<1x2x2x1xsi32>
    return %b : tensor<1x2x2x1xsi32>
  }
}

// -----

// The user gets every channel of a result.
// CHECK-LABEL: module @network_result
// CHECK-NOT: removed_channels
// CHECK: -> tensor<1x2xui4>
module @network_result {
  func.func @main(%x: tensor<1x1xui4>) -> tensor<1x2xui4> {
    %w = qint.constant dense<1> : tensor<2x1xi8> : tensor<2x1xsi4>
    %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x1xui4>, tensor<2x1xsi4>) -> tensor<1x2xsi32>
    %q = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1], mult = [0, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
    return %q : tensor<1x2xui4>
  }
}

// -----

// The sums are a result: there is no step that could take what a constant of 2 adds.
// CHECK-LABEL: module @no_step_behind
// CHECK-NOT: removed_channels
// CHECK: (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
module @no_step_behind {
  func.func @main(%x: tensor<1x1xui4>) -> tensor<1x1xsi32> {
    %w = qint.constant dense<1> : tensor<2x1xi8> : tensor<2x1xsi4>
    %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x1xui4>, tensor<2x1xsi4>) -> tensor<1x2xsi32>
    %q = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1], mult = [0, 1], bias = [2, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
    %v = qint.constant dense<1> : tensor<1x2xi8> : tensor<1x2xsi4>
    %b = qint.matmul %q, %v "fc2" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
    return %b : tensor<1x1xsi32>
  }
}

// -----

// A tensor keeps at least one channel.
// CHECK-LABEL: module @all_constant attributes {qint.removed_channels = 1 : i64}
// CHECK: -> tensor<1x1xui4>
module @all_constant {
  func.func @main(%x: tensor<1x1xui4>) -> tensor<1x1xsi32> {
    %w = qint.constant dense<1> : tensor<2x1xi8> : tensor<2x1xsi4>
    %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x1xui4>, tensor<2x1xsi4>) -> tensor<1x2xsi32>
    %q = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 0, forms = [0, 0], mult = [0, 0], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
    %v = qint.constant dense<1> : tensor<1x2xi8> : tensor<1x2xsi4>
    %b = qint.matmul %q, %v "fc2" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
    return %b : tensor<1x1xsi32>
  }
}

// -----

// The factor of the step behind is so large that factor times (sum less constant) may leave 64 bits.
// CHECK-LABEL: module @no_room_in_the_step
// CHECK-NOT: removed_channels
// CHECK: return
module @no_room_in_the_step {
  func.func @main(%x: tensor<1x1xui4>) -> tensor<1x1xui4> {
    %w = qint.constant dense<1> : tensor<2x1xi8> : tensor<2x1xsi4>
    %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x1xui4>, tensor<2x1xsi4>) -> tensor<1x2xsi32>
    %q = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1], mult = [0, 1], bias = [2, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
    %v = qint.constant dense<1> : tensor<1x2xi8> : tensor<1x2xsi4>
    %b = qint.matmul %q, %v "fc2" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
    %y = qint.rescale %b "last" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [2], mult = [400000000000000000], bias = [0], shift = [60], aux_begin = [], aux = [], range_min = [2], range_max = [17]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
    return %y : tensor<1x1xui4>
  }
}
