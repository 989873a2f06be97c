// A channel whose step is constant leaves its producer and its readers; what it added to a sum moves into the step behind.
// RUN: dyadic-opt %s --remove-constant-channels -split-input-file | FileCheck %s

// The case in Passes.td: channel 1 is always 2, and adds 2 * 5 and 2 * -1 to the two sums of fc2.
// CHECK-LABEL: module @into_the_step attributes {qint.removed_channels = 1 : i64}
module @into_the_step {
  func.func @main(%x: tensor<1x4xui4>) -> tensor<1x2xui4> {
    // CHECK: %[[A:.*]] = qint.matmul %arg0, %{{.*}} "fc1" {{.*}} : (tensor<1x4xui4>, tensor<2x4xsi4>) -> tensor<1x2xsi32>
    // CHECK: %[[Q:.*]] = qint.rescale %[[A]] "act" <channels = 2, {{.*}} forms = [1, 1], mult = [3, 3], bias = [8, 2], {{.*}}> {removed_channels = 1 : i64} : (tensor<1x2xsi32>) -> tensor<1x2xui4>
    // CHECK: qint.tap %[[Q]] "act" {{.*}} constants = array<i64: 0, 2, 0>, kept = array<i64: 0, 2>, kept_axis = 1 : si64
    // CHECK: qint.constant dense<{{\[\[}}4, 6], [0, -2]]> : tensor<2x2xi8> : tensor<2x2xsi4>
    // CHECK: qint.rescale %{{.*}} "last" <channels = 2, {{.*}} forms = [1, 1], mult = [1, 1], bias = [10, -2], {{.*}} range_min = [-10, 2], range_max = [90, 102]>
    %w = qint.constant dense<1> : tensor<3x4xi8> : tensor<3x4xsi4>
    %a = qint.matmul %x, %w "fc1" {input_zero = 0 : si64} : (tensor<1x4xui4>, tensor<3x4xsi4>) -> tensor<1x3xsi32>
    %q = qint.rescale %a "act" <channels = 3, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 0, 1], mult = [3, 0, 3], bias = [8, 2, 2], shift = [4, 0, 4], aux_begin = [], aux = [], range_min = [0, 0, 0], range_max = [60, 60, 60]> : (tensor<1x3xsi32>) -> tensor<1x3xui4>
    qint.tap %q "act" {shape = array<i64: 1, 3>, view = array<i64: 1, 3>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x3xui4>
    %v = qint.constant dense<[[4, 5, 6], [0, -1, -2]]> : tensor<2x3xi8> : tensor<2x3xsi4>
    %b = qint.matmul %q, %v "fc2" {input_zero = 0 : si64} : (tensor<1x3xui4>, tensor<2x3xsi4>) -> tensor<1x2xsi32>
    %y = qint.rescale %b "last" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [100, 100]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
    return %y : tensor<1x2xui4>
  }
}

// -----

// A channel of value 0 (code 3 less zero point 3) adds nothing, at a padded border neither; pooling in between carries it along.
// CHECK-LABEL: module @zero_through_pooling attributes {qint.removed_channels = 1 : i64}
module @zero_through_pooling {
  func.func @main(%x: tensor<1x2x2x1xui4>) -> tensor<1x1x1x1xsi32> {
    // CHECK: qint.conv2d {{.*}} "c1" {{.*}} -> tensor<1x2x2x1xsi32>
    // CHECK: qint.pool <max> {{.*}} : tensor<1x2x2x1xui4> -> tensor<1x1x1x1xui4>
    // CHECK: qint.conv2d {{.*}} "c2" {{.*}} : (tensor<1x1x1x1xui4>, tensor<1x3x3x1xsi4>) -> tensor<1x1x1x1xsi32>
    %w = qint.constant dense<1> : tensor<2x1x1x1xi8> : tensor<2x1x1x1xsi4>
    %a = qint.conv2d %x, %w "c1" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x2x2x1xui4>, tensor<2x1x1x1xsi4>) -> tensor<1x2x2x2xsi32>
    %q = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1], mult = [0, 1], bias = [3, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2x2x2xsi32>) -> tensor<1x2x2x2xui4>
    %p = qint.pool <max> %q "pool" {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x2x2x2xui4> -> tensor<1x1x1x2xui4>
    %v = qint.constant dense<2> : tensor<1x3x3x2xi8> : tensor<1x3x3x2xsi4>
    %b = qint.conv2d %p, %v "c2" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 3 : si64} : (tensor<1x1x1x2xui4>, tensor<1x3x3x2xsi4>) -> tensor<1x1x1x1xsi32>
    return %b : tensor<1x1x1x1xsi32>
  }
}

// -----

// A depthwise convolution has its input's channels: one goes only where it is constant on both sides.
// CHECK-LABEL: module @depthwise_chain attributes {qint.removed_channels = 2 : i64}
module @depthwise_chain {
  func.func @main(%x: tensor<1x1x1x1xui4>) -> tensor<1x1x1x1xsi32> {
    // CHECK: qint.depthwise_conv2d {{.*}} : (tensor<1x1x1x2xui4>, tensor<1x1x2xsi4>) -> tensor<1x1x1x2xsi32>
    %w = qint.constant dense<1> : tensor<3x1x1x1xi8> : tensor<3x1x1x1xsi4>
    %a = qint.conv2d %x, %w "c1" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x1x1x1xui4>, tensor<3x1x1x1xsi4>) -> tensor<1x1x1x3xsi32>
    %q = qint.rescale %a "act1" <channels = 3, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 0, 1], mult = [0, 0, 1], bias = [0, 0, 0], shift = [0, 0, 0], aux_begin = [], aux = [], range_min = [0, 0, 0], range_max = [15, 15, 15]> : (tensor<1x1x1x3xsi32>) -> tensor<1x1x1x3xui4>
    %wd = qint.constant dense<1> : tensor<1x1x3xi8> : tensor<1x1x3xsi4>
    %d = qint.depthwise_conv2d %q, %wd "dw" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : (tensor<1x1x1x3xui4>, tensor<1x1x3xsi4>) -> tensor<1x1x1x3xsi32>
    %r = qint.rescale %d "act2" <channels = 3, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1, 0], mult = [0, 1, 0], bias = [0, 0, 0], shift = [0, 0, 0], aux_begin = [], aux = [], range_min = [0, 0, 0], range_max = [15, 15, 15]> : (tensor<1x1x1x3xsi32>) -> tensor<1x1x1x3xui4>
    %v = qint.constant dense<2> : tensor<1x1x1x3xi8> : tensor<1x1x1x3xsi4>
    %b = qint.conv2d %r, %v "c2" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x1x1x3xui4>, tensor<1x1x1x3xsi4>) -> tensor<1x1x1x1xsi32>
    return %b : tensor<1x1x1x1xsi32>
  }
}

// -----

// A convolution of one spatial axis stands between reshapes that leave the channels as they are.
// CHECK-LABEL: module @one_spatial_axis attributes {qint.removed_channels = 1 : i64}
module @one_spatial_axis {
  func.func @main(%x: tensor<1x1x2x1xui4>) -> tensor<1x1x2x1xsi32> {
    // CHECK: %[[A:.*]] = qint.conv2d {{.*}} "c1" {{.*}} -> tensor<1x1x2x1xsi32>
    // CHECK: %[[F:.*]] = qint.reshape %[[A]] : tensor<1x1x2x1xsi32> -> tensor<1x2x1xsi32>
    // CHECK: %[[Q:.*]] = qint.rescale %[[F]] "act" <channels = 1, {{.*}} : (tensor<1x2x1xsi32>) -> tensor<1x2x1xui4>
    // CHECK: qint.tap %[[Q]] "act" {{.*}} constants = array<i64: 0, 0>, kept = array<i64: 1>, kept_axis = 2 : si64
    // CHECK: qint.reshape %[[Q]] : tensor<1x2x1xui4> -> tensor<1x1x2x1xui4>
    // CHECK: qint.conv2d {{.*}} "c2" {{.*}} : (tensor<1x1x2x1xui4>, tensor<1x1x3x1xsi4>) -> tensor<1x1x2x1xsi32>
    %w = qint.constant dense<1> : tensor<2x1x1x1xi8> : tensor<2x1x1x1xsi4>
    %a = qint.conv2d %x, %w "c1" {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x1x2x1xui4>, tensor<2x1x1x1xsi4>) -> tensor<1x1x2x2xsi32>
    %f = qint.reshape %a : tensor<1x1x2x2xsi32> -> tensor<1x2x2xsi32>
    %q = qint.rescale %f "act" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [0, 1], mult = [0, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [15, 15]> : (tensor<1x2x2xsi32>) -> tensor<1x2x2xui4>
    qint.tap %q "act" {shape = array<i64: 1, 2, 2>, view = array<i64: 1, 2, 2>, perm = array<i64: 0, 2, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x2x2xui4>
    %r = qint.reshape %q : tensor<1x2x2xui4> -> tensor<1x1x2x2xui4>
    %v = qint.constant dense<2> : tensor<1x1x3x2xi8> : tensor<1x1x3x2xsi4>
    %b = qint.conv2d %r, %v "c2" {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x1x2x2xui4>, tensor<1x1x3x2xsi4>) -> tensor<1x1x2x1xsi32>
    return %b : tensor<1x1x2x1xsi32>
  }
}
