// What the lowering refuses, by its exact text: the node, what was found, what to do.
// RUN: dyadic-opt %s --lower-to-qint -verify-diagnostics -split-input-file

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @product_of_inputs {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'mul': multiplies two values that both depend on the input; supported is a constant factor. Replace it by additions or quantise one factor to a constant in the exporter}}
    %y = qonnx.mul %x, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @divisor_of_input {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    %k = qonnx.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
    // expected-error@+1 {{node 'div': divides by a value that depends on the input; supported is a constant divisor}}
    %y = qonnx.div %k, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @division_by_zero {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    %k = qonnx.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
    // expected-error@+1 {{node 'div': divides by a constant that holds 0}}
    %y = qonnx.div %x, %k : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @attention {
  func.func @main(%x: tensor<2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<2x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'matmul': multiplies two matrices that both depend on the input (attention); supported is one constant matrix}}
    %y = qonnx.matmul %x, %x : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
    return %y : tensor<2x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @stack_of_matrices {
  func.func @main(%x: tensor<2x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<2x1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<1> : tensor<2x2x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x2x1xf32>
    // expected-error@+1 {{node 'matmul': multiplies by a constant of 2 matrices; supported is one matrix for all rows. Split the product in the exporter}}
    %y = qonnx.matmul %x, %w : (tensor<2x1x2xf32>, tensor<2x2x1xf32>) -> tensor<2x1x1xf32>
    return %y : tensor<2x1x1xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @weights_of_input {
  func.func @main(%x: tensor<1x1x2x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'conv': convolves with weights that depend on the input; supported are constant weights}}
    %y = qonnx.conv %x, %x {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32>
    return %y : tensor<1x1x1x1xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @bias_of_input {
  func.func @main(%x: tensor<1x1x1x1xf32> {qonnx.name = "x", qonnx.lattice = #u4}, %z: tensor<1xf32> {qonnx.name = "z", qonnx.lattice = #u4}) -> (tensor<1x1x1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<1> : tensor<1x1x1x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<1x1x1x1xf32>
    // expected-error@+1 {{node 'conv': has a bias that depends on the input; supported is a constant bias}}
    %y = qonnx.conv %x, %w bias %z {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x1x1x1xf32>
    return %y : tensor<1x1x1x1xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @head_in_the_middle {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'softmax': is supported only as the last node before a graph output; here other nodes read it. End the exported graph at this node, or before it}}
    %s = qonnx.softmax %x {axis = 1 : i64} : tensor<1x2xf32>
    %y = qonnx.relu %s : tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @scale_of_zero {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'quant': the scale is 0}}
    %q = qonnx.quant %x "q" scale(dense<0.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @too_many_bits {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'quant': a bit width of 65.000000 is not in (0, 64]}}
    %q = qonnx.quant %x "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 65.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @not_a_number {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'leaky_relu': holds a number that is NaN or infinite; quantised networks have finite ones only}}
    %y = qonnx.leaky_relu %x {alpha = 0x7FC00000 : f32} : tensor<1x2xf32>
    return %y : tensor<1x2xf32>
  }
}

// -----

module @free_input_without_quantiser {
// expected-error@+1 {{graph input 'x' reaches no quantiser before its first arithmetic, so the codes it lies on are not known; declare them, for example --input 'x:bits=8,signed,scale=1/128'}}
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x1xf32> {qonnx.name = "y"}) {
    %w = qonnx.quant_constant codes(dense<[[1], [2]]> : tensor<2x1xi8>) scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false : tensor<2x1xf32>
    %y = qonnx.matmul %x, %w : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x1xf32>
    return %y : tensor<1x1xf32>
  }
}

// -----

module @free_input_quantised_twice {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y0"}, tensor<1x2xf32> {qonnx.name = "y1"}) {
    %q1 = qonnx.quant %x "q1" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    // expected-error@+1 {{node 'quant': quantises a graph input that another node ('q1') quantises to other codes. Declare the lattice the input lies on, for example --input 'x:bits=8,signed,scale=1/128'}}
    %q2 = qonnx.quant %x "q2" scale(dense<2.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q1, %q2 : tensor<1x2xf32>, tensor<1x2xf32>
  }
}

// -----

module @free_input_of_32_bits {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'quant': quantises a graph input to 4294967296 steps; supported are 2^16 codes. Declare the lattice the input lies on instead, for example --input 'x:bits=32,signed,scale=1/65536'}}
    %q = qonnx.quant %x "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 32.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

module @free_input_behind_abs {
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x"}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    %a = qonnx.abs %x : tensor<1x2xf32>
    // expected-error@+1 {{node 'quant': quantises a graph input after Abs, which is not increasing. Declare the lattice the input lies on instead, for example --input 'x:bits=8,signed,scale=1/128'}}
    %q = qonnx.quant %a "q" scale(dense<1.0> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>
    return %q : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 33, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @lattice_bits {
// expected-error@+1 {{the lattice of graph input 'x' has 33 bits; supported are 1 to 32}}
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    return %x : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 8, is_signed = false, scale = "0", zero = "0", mean = ["0"], std = ["1"]>
module @lattice_scale {
// expected-error@+1 {{the lattice of graph input 'x' has a scale or std of 0}}
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    return %x : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 8, is_signed = false, scale = "1", zero = "0", mean = ["0", "1", "2"], std = ["1"]>
module @lattice_means {
// expected-error@+1 {{the lattice of graph input 'x' needs numbers such as 0.25 or 1/255: scale and zero, and one mean and std, or one for each channel}}
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    return %x : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 8, is_signed = false, scale = "a third", zero = "0", mean = ["0"], std = ["1"]>
module @lattice_text {
// expected-error@+1 {{the lattice of graph input 'x' needs numbers such as 0.25 or 1/255: scale and zero, and one mean and std, or one for each channel}}
  func.func @main(%x: tensor<1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x2xf32> {qonnx.name = "y"}) {
    return %x : tensor<1x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @unknown_extent {
// expected-error@+1 {{graph input 'x' must be a float32 tensor of known extents, found 'tensor<?x2xf32>'}}
  func.func @main(%x: tensor<?x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<?x2xf32> {qonnx.name = "y"}) {
    return %x : tensor<?x2xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @averages_nothing {
  func.func @main(%x: tensor<1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'average_pool': has a window that counts no position at all}}
    %y = qonnx.average_pool %x {kernel = array<i64: 2>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 3>, count_include_pad = false} : tensor<1x1x2xf32> -> tensor<1x1x1xf32>
    return %y : tensor<1x1x1xf32>
  }
}

// -----

#u4 = #qonnx.lattice<bits = 4, is_signed = false, scale = "1", zero = "0", mean = ["0"], std = ["1"]>
module @maximum_of_nothing {
  func.func @main(%x: tensor<1x1x2xf32> {qonnx.name = "x", qonnx.lattice = #u4}) -> (tensor<1x1x1xf32> {qonnx.name = "y"}) {
    // expected-error@+1 {{node 'max_pool': has a window that lies in the padding as a whole, so nothing is its greatest element}}
    %y = qonnx.max_pool %x {kernel = array<i64: 2>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 3>} : tensor<1x1x2xf32> -> tensor<1x1x1xf32>
    return %y : tensor<1x1x1xf32>
  }
}
