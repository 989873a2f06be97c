// Movement moves codes; layouts change only where a reader needs another.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @concat_quantised_apart
// A quantiser behind a concatenation goes to its parts, which then share one lattice.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
#u4_z = #qonnx.lattice<bits = 4, is_signed = false, scale = "1/3", zero = "0", mean = ["0"], std = ["1"]>
module @concat_quantised_apart {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #u4_z}) -> (tensor<1x4xf32> {qonnx.name = "y"}) {
    // CHECK: %[[Q:.*]] = qint.rescale %arg1
    // CHECK: qint.concat %arg0, %[[Q]] {axis = 1 : i64}
    %c = qonnx.concat %x, %z {axis = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
    %q = qonnx.quant %c "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x4xf32> -> tensor<1x4xf32>
    return %q : tensor<1x4xf32>
  }
}

// -----

// CHECK-LABEL: module @activation_of_a_joined_constant
// What follows a concatenation acts on its constants as well: Relu makes 0 of -0.625, and 0.75 is 3 quarters.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1/4", zero = "8", mean = ["0"], std = ["1"]>
module @activation_of_a_joined_constant {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x4xf32> {qonnx.name = "y"}) {
    // CHECK: qint.constant dense<{{\[\[}}0, 3]]>
    %w = qonnx.constant dense<[[-0.625, 0.75]]> : tensor<1x2xf32> : tensor<1x2xf32>
    %c = qonnx.concat %x, %w {axis = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
    %r = qonnx.relu %c : tensor<1x4xf32>
    %q = qonnx.quant %r "q" scale(dense<0.25> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x4xf32> -> tensor<1x4xf32>
    return %q : tensor<1x4xf32>
  }
}

// -----

// CHECK-LABEL: module @concat_without_quantiser
// Without one, codes of one type stand side by side, and the port lists the scales.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
#u4_z = #qonnx.lattice<bits = 4, is_signed = false, scale = "1/3", zero = "0", mean = ["0"], std = ["1"]>
module @concat_without_quantiser {
// CHECK: scale = ["1/1", "1/1", "1/3", "1/3"]
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #u4_z}) -> (tensor<1x4xf32> {qonnx.name = "y"}) {
    // CHECK: qint.concat %arg0, %arg1
    %c = qonnx.concat %x, %z {axis = 1 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
    return %c : tensor<1x4xf32>
  }
}

// -----

// CHECK-LABEL: module @pad_with_a_code
// -1 is code 2 here.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "0.5", zero = "4", mean = ["0"], std = ["1"]>
module @pad_with_a_code {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.pad %arg0 {code = 2 : si64, pads = array<i64: 0, 1, 0, 0>}
    %y = qonnx.pad %x {pads = array<i64: 0, 1, 0, 0>, value = -1.0 : f32} : tensor<1x2xf32> -> tensor<1x3xf32>
    return %y : tensor<1x3xf32>
  }
}

// -----

// CHECK-LABEL: module @pad_between_codes
// 0 lies between two codes: the integers take half their step first.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "1/2", mean = ["0"], std = ["1"]>
module @pad_between_codes {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x3xf32> {qonnx.name = "y"}) {
    // CHECK: %[[F:.*]] = qint.affine %arg0 {{.*}}bias = array<i64: -1>, {{.*}}mult = array<i64: 2>
    // CHECK: qint.pad %[[F]] {code = 0 : si64
    %y = qonnx.pad %x {pads = array<i64: 0, 1, 0, 0>, value = 0.0 : f32} : tensor<1x2xf32> -> tensor<1x3xf32>
    return %y : tensor<1x3xf32>
  }
}

// -----

// CHECK-LABEL: module @bipolar_pad
// Neither is 0 a bipolar code: the tensor becomes si2.
#s1 = #qonnx.lattice<bits = 1, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @bipolar_pad {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s1}) -> (tensor<1x3xf32> {qonnx.name = "y"}) {
    // CHECK: qint.affine {{.*}} -> tensor<1x2xsi2>
    // CHECK: qint.pad {{.*}}code = 0 : si64
    %y = qonnx.pad %x {pads = array<i64: 0, 1, 0, 0>, value = 0.0 : f32} : tensor<1x2xf32> -> tensor<1x3xf32>
    return %y : tensor<1x3xf32>
  }
}

// -----

// CHECK-LABEL: module @pad_the_channels
// Scales of a channel each end where a channel is added: all go to one lattice, of 1/2.
#u4_x = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1", "2"]>
module @pad_the_channels {
// CHECK: name = "y", {{.*}} scale = ["1/2"]
  func.func @main(%x: tensor<1x2x1xf32> {qonnx.name = "x", qonnx.lattice = #u4_x}) -> (tensor<1x3x1xf32> {qonnx.name = "y"}) {
    // CHECK: %[[F:.*]] = qint.affine %arg0 {{.*}} mult = array<i64: 2, 1>
    // CHECK: qint.pad %[[F]] {code = 0 : si64
    %y = qonnx.pad %x {pads = array<i64: 0, 0, 0, 0, 1, 0>, value = 0.0 : f32} : tensor<1x2x1xf32> -> tensor<1x3x1xf32>
    return %y : tensor<1x3x1xf32>
  }
}

// -----

// CHECK-LABEL: module @slice_and_resize
// Both read indices.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @slice_and_resize {
  func.func @main(%x: tensor<1x3xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x4xf32> {qonnx.name = "y"}) {
    // CHECK: qint.gather %arg0 {maps = [array<i64: 0>, array<i64: 2, 0>]}
    // CHECK: qint.gather {{.*}} array<i64: 0, 0, 1, 1>]}
    %s = qonnx.slice %x {starts = array<i64: 0, 2>, steps = array<i64: 1, -2>} : tensor<1x3xf32> -> tensor<1x2xf32>
    %y = qonnx.resize %s {maps = [array<i64: 0>, array<i64: 0, 0, 1, 1>]} : tensor<1x2xf32> -> tensor<1x4xf32>
    return %y : tensor<1x4xf32>
  }
}

// -----

// CHECK-LABEL: module @transpose
// A transpose moves nothing: the port of the result says how its axes lie.
#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @transpose {
// CHECK: name = "y", shape = [1, 3, 2], view = [1, 3, 2], perm = [0, 2, 1]
  func.func @main(%x: tensor<1x2x3xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x3x2xf32> {qonnx.name = "y"}) {
    // CHECK-NOT: qint.transpose
    // CHECK: return
    %y = qonnx.transpose %x {perm = array<i64: 0, 2, 1>} : tensor<1x2x3xf32> -> tensor<1x3x2xf32>
    return %y : tensor<1x3x2xf32>
  }
}
