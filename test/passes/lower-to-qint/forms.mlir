// Which form a step takes: the cheapest that equals the exact function on every reachable sum.
// RUN: dyadic-opt %s --lower-to-qint -split-input-file | FileCheck %s

// CHECK-LABEL: module @constant
// Everything below 0 is clipped: the code is 0 for every sum.
#s4 = #qonnx.lattice<bits = 4, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @constant {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [0], mult = [0], bias = [0]
    %c = qonnx.clip %a {max = -1.0 : f32} : tensor<1x1xf32>
    %q = qonnx.quant %c "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @dyadic32
// A scale between two multiples: one multiplication in 32 bits, added and shifted.
#s4 = #qonnx.lattice<bits = 4, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @dyadic32 {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [1],
    %r = qonnx.relu %a : tensor<1x1xf32>
    %q = qonnx.quant %r "q" scale(dense<0.75> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @dyadic64
// A bias of a few thousand codes beside a fine scale needs a 64-bit product.
#s30 = #qonnx.lattice<bits = 30, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @dyadic64 {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s30}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [2],
    %0 = qonnx.constant dense<1234567.25> : tensor<f32> : tensor<f32>
    %s = qonnx.mul %a, %0 : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
    %q = qonnx.quant %s "q" scale(dense<3.3> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @half_even
// Scales of powers of two reach exact halves, which round to even.
#s4 = #qonnx.lattice<bits = 4, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @half_even {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [3], mult = [1], bias = [0], shift = [2]
    %q = qonnx.quant %a "q" scale(dense<4.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @two_segment
// A leaky relu has two slopes.
#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @two_segment {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s8}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [4],
    %r = qonnx.leaky_relu %a {alpha = 0.1015625 : f32} : tensor<1x1xf32>
    %q = qonnx.quant %r "q" scale(dense<0.3> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @thresholds
// Boundaries of no regular distance, over a wide range of sums.
#s8 = #qonnx.lattice<bits = 8, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @thresholds {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s8}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [5], {{.*}} aux = [0, -100, -99, 7, 8, 99]
    %q = qonnx.multi_threshold %a "q" thresholds(dense<[[-100.5, -99.0, 7.0, 7.5, 98.25]]> : tensor<1x5xf32>) {axis = 1 : i64, out_bias = 0.0 : f32, out_scale = 1.0 : f32} : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @rises_and_falls
// |x| falls and rises over too many sums for a table: an integer of its own, of which the quantiser is monotone.
#s16 = #qonnx.lattice<bits = 16, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @rises_and_falls {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s16}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[7]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: %[[A:.*]] = qint.rescale {{.*}} forms = [4], mult = [-1], bias = [0], shift = [0], {{.*}} aux = [0, 1, 0, 0]
    // CHECK: qint.rescale %[[A]] "q" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 4,
    %r = qonnx.abs %a : tensor<1x1xf32>
    %q = qonnx.multi_threshold %r "q" thresholds(dense<[[7.0, 7.5, 98.25, 100000.0]]> : tensor<1x4xf32>) {axis = 1 : i64, out_bias = 0.0 : f32, out_scale = 1.0 : f32} : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @table
// ||x| - 2| falls and rises twice: few sums, one entry each.
#s3 = #qonnx.lattice<bits = 3, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @table {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s3}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [6], {{.*}} aux = [-4, 2, 1, 0, 1, 2, 1, 0, 1]
    %r = qonnx.abs %a : tensor<1x1xf32>
    %two = qonnx.constant dense<2.0> : tensor<f32> : tensor<f32>
    %s = qonnx.sub %r, %two : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xf32>
    %t = qonnx.abs %s : tensor<1x1xf32>
    %q = qonnx.quant %t "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @wide
// No line of 64 bits decides the many exact ties of a sum of two fine lattices: limbs.
#s16 = #qonnx.lattice<bits = 16, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
#s16_z = #qonnx.lattice<bits = 16, is_signed = true, scale = "1/3", zero = "0", mean = ["0"], std = ["1"]>
module @wide {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #s16}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #s16_z}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // CHECK: qint.rescale %arg0, %arg1 "q" {{.*}} terms = 2, {{.*}} forms = [7],
    %s = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    %q = qonnx.quant %s "q" scale(dense<2.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 16.0 signed true narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

// CHECK-LABEL: module @pieces
// Both slopes of a leaky relu reach exact halves: two shifts that round to even, no list of 40,000 thresholds.
#s16 = #qonnx.lattice<bits = 16, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @pieces {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s16}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[5]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [8], {{.*}} aux = [3, 1, 0, 4, 0, 3, 1, 0, 2]
    %r = qonnx.leaky_relu %a {alpha = 0.25 : f32} : tensor<1x1xf32>
    %q = qonnx.quant %r "q" scale(dense<4.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 16.0 signed true narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @few_codes_in_pieces
// Of 8 bits as well where thresholds would take more bytes.
#s16 = #qonnx.lattice<bits = 16, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @few_codes_in_pieces {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s16}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[5]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [8], {{.*}} aux = [3, 1, 0, 12, 0, 3, 1, 0, 10]
    %r = qonnx.leaky_relu %a {alpha = 0.25 : f32} : tensor<1x1xf32>
    %q = qonnx.quant %r "q" scale(dense<1024.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}

// -----

// CHECK-LABEL: module @wide_piece
// Halves of a scale that is no power of two, below 0 only: there an exact division, from 0 on a line.
#s16 = #qonnx.lattice<bits = 16, is_signed = true, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @wide_piece {
  func.func @main(%x: tensor<1x1xf32> {qonnx.name = "x", qonnx.lattice = #s16}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[5]]> : tensor<1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 8.0 signed true narrow false : tensor<1x1xf32>
    %a = qonnx.matmul %x, %w : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
    // CHECK: qint.rescale {{.*}} forms = [8], {{.*}} aux = [7, 1, 2, 1, 0, 6, 4294967293, 4294967293, 0, 2, 43691, 43690, 17]
    %r = qonnx.leaky_relu %a {alpha = 0.5 : f32} : tensor<1x1xf32>
    %q = qonnx.quant %r "q" scale(dense<3.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 16.0 signed true narrow false <half_even> : tensor<1x1xf32> -> tensor<1x1xf32>
    return %q : tensor<1x1xf32>
  }
}
