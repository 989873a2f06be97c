// Each place where 64 bits do not hold an exact integer is a refusal by its exact text, never a wrap.
// RUN: dyadic-opt %s --lower-to-qint -verify-diagnostics -split-input-file


#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @raw_weights {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.constant dense<[[1.0e20], [1.0e-20]]> : tensor<2x1xf32> : tensor<2x1xf32>
    // expected-error@+1 {{node 'matmul': gives a graph output that no quantiser rounds and no integer of 64 bits holds exactly: it adds values whose scales have no common unit within 64 bits, and the sum is needed as one integer before a quantiser rounds it. Quantise the sum where it is added, or give its values one scale, in the exporter}}
    %y = qonnx.matmul %x, %w : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
    return %y : tensor<1x1xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @scales_of_rows {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %s = qonnx.constant dense<[1.0e20, 1.0e-20]> : tensor<2xf32> : tensor<2xf32>
    %m = qonnx.mul %x, %s : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
    %w = qonnx.quant_constant codes(dense<1> : tensor<2x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x1xf32>
    // expected-error@+1 {{node 'matmul': gives a graph output that no quantiser rounds and no integer of 64 bits holds exactly: it adds values whose scales have no common unit within 64 bits, and the sum is needed as one integer before a quantiser rounds it. Quantise the sum where it is added, or give its values one scale, in the exporter}}
    %y = qonnx.matmul %m, %w : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
    return %y : tensor<1x1xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @scales_of_channels {
  func.func @main(%x: tensor<1x2x1x1xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    %s = qonnx.constant dense<[[[1.0e20]], [[1.0e-20]]]> : tensor<2x1x1xf32> : tensor<2x1x1xf32>
    %m = qonnx.mul %x, %s : (tensor<1x2x1x1xf32>, tensor<2x1x1xf32>) -> tensor<1x2x1x1xf32>
    %w = qonnx.quant_constant codes(dense<1> : tensor<1x2x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x2x1x1xf32>
    // expected-error@+1 {{node 'conv': gives a graph output that no quantiser rounds and no integer of 64 bits holds exactly: it adds values whose scales have no common unit within 64 bits, and the sum is needed as one integer before a quantiser rounds it. Quantise the sum where it is added, or give its values one scale, in the exporter}}
    %y = qonnx.conv %m, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>) -> tensor<1x1x1x1xf32>
    return %y : tensor<1x1x1x1xf32>
  }
}

// -----

#fine = #qonnx.lattice<bits = 4, is_signed = false, scale = "1/3", zero = "0", mean = ["0"], std = ["1"]>
#coarse = #qonnx.lattice<bits = 4, is_signed = false, scale = "10000000000000000000000", zero = "0", mean = ["0"], std = ["1"]>
module @unrounded_sum {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #fine}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #coarse}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'add': gives a graph output that no quantiser rounds and no integer of 64 bits holds exactly: it adds values whose scales have no common unit within 64 bits, and the sum is needed as one integer before a quantiser rounds it. Quantise the sum where it is added, or give its values one scale, in the exporter}}
    %y = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

#one = #qonnx.lattice<bits = 32, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
#coarse = #qonnx.lattice<bits = 32, is_signed = false, scale = "1000000000000000001", zero = "0", mean = ["0"], std = ["1"]>
module @wide_sum {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #one}, %z: tensor<1x2xf32> {qonnx.name = "z", qonnx.lattice = #coarse}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'add': gives a graph output that no quantiser rounds and no integer of 64 bits holds exactly: it needs more than 64 bits to hold a sum that no quantiser rounds. Quantise the sum in the exporter}}
    %y = qonnx.add %x, %z : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @slopes {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %k = qonnx.constant dense<-7.0> : tensor<f32> : tensor<f32>
    %a = qonnx.add %x, %k : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
    %l = qonnx.leaky_relu %a {alpha = 1.0e-30 : f32} : tensor<1x2xf32>
    %w = qonnx.quant_constant codes(dense<1> : tensor<2x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x1xf32>
    // expected-error@+1 {{node 'matmul': gives a graph output that no quantiser rounds and no integer of 64 bits holds exactly: it adds values whose scales have no common unit within 64 bits, and the sum is needed as one integer before a quantiser rounds it. Quantise the sum where it is added, or give its values one scale, in the exporter}}
    %y = qonnx.matmul %l, %w : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
    return %y : tensor<1x1xf32>
  }
}

