// What the integer level promises as a whole: each refusal by its exact text.
// RUN: dyadic-opt %s --check-qint -verify-diagnostics -split-input-file --allow-unregistered-dialect > %t

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// The sums of codes 0 to 15 by weights 3 and -2 are -30 to 45: this step is proven over all of them.
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  qint.tap %q "q" {shape = array<i64: 1, 1>, view = array<i64: 1, 1>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// Proven over one sum too few.
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  // expected-error@+1 {{'qint.rescale' op is proven for term 0 of channel 0 over -30..44, but -30..45 can reach it}}
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-30], range_max = [44]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// The codes that arrive are fewer than the type has.
func.func @main(%x: tensor<1x2xui4> {qint.code_range = array<i64: 1, 10>, qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  // expected-error@+1 {{'qint.rescale' op is proven for term 0 of channel 0 over -16..28, but -17..28 can reach it}}
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-16], range_max = [28]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// A code range that the type does not have.
// expected-error@+1 {{'func.func' op qint.code_range of argument 0 is no range of 'tensor<1x2xui4>'}}
func.func @main(%x: tensor<1x2xui4> {qint.code_range = array<i64: 0, 16>, qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// A key twice.
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  qint.tap %q "q" {shape = array<i64: 1, 1>, view = array<i64: 1, 1>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x1xui4>
  // expected-error@+1 {{'qint.tap' op uses the key 'q' a second time}}
  qint.tap %q "q" {shape = array<i64: 1, 1>, view = array<i64: 1, 1>, perm = array<i64: 0, 1>, code_mul = 1 : si64, code_add = 0 : si64} : tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// An absolute value has its least code where its segments meet, not at an end: -30 gives 7, 45 gives 11, 0 gives 0.
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %v = qint.rescale %a "abs" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [4], mult = [-1],
      bias = [0], shift = [2], aux_begin = [0, 4], aux = [0, 1, 0, 2], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  // expected-error@+1 {{'qint.rescale' op is proven for term 0 of channel 0 over 7..11, but 0..11 can reach it}}
  %q = qint.rescale %v "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [0], aux_begin = [], aux = [], range_min = [7], range_max = [11]> : (tensor<1x1xui4>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// A clip that would bite.
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  // expected-error@+1 {{'qint.affine' op computes 1..31; its result holds 1..30}}
  %a = qint.affine %x "add" {channels = 1 : i64, period = 1 : i64, mult = array<i64: 2>, bias = array<i64: 1>, lo = 1 : si64, hi = 30 : si64} : (tensor<1x2xui4>) -> tensor<1x2xui5>
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %m = qint.matmul %a, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui5>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %q = qint.rescale %m "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-100], range_max = [100]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// An accumulator that its sums leave.
#z = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
func.func @main(%x: tensor<1x2xui16> {qint.port = #x}) -> (tensor<1x1xsi32> {qint.port = #z}) {
  %w = qint.constant dense<[[32767, 32767]]> : tensor<1x2xi16> : tensor<1x2xsi16>
  // expected-error@+1 {{'qint.matmul' op computes 0..4294770690; its result holds -2147483648..2147483647}}
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui16>, tensor<1x2xsi16>) -> tensor<1x1xsi32>
  return %a : tensor<1x1xsi32>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// A real at the edge.
// expected-error@+1 {{'func.func' op has an argument or result of type 'tensor<1x2xf32>'; the integer level has tensors of siN and uiN only}}
func.func @main(%x: tensor<1x2xf32> {qint.port = #x}) {
  return
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// A real in the middle.
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  // expected-error@+1 {{'test.real' op is no op of the integer level}}
  %r = "test.real"() {value = 1.0 : f32} : () -> f32
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// An edge that says nothing of itself.
// expected-error@+1 {{'func.func' op result 0 has no qint.port}}
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4>) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// Two inputs of one name.
// expected-error@+1 {{'func.func' op two arguments are called 'x'}}
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}, %x2: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %q = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [2], aux_begin = [], aux = [], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}

// -----

// expected-error@+1 {{check-qint needs a func.func @main of one block}}
module {
}

// -----

#x = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
#y = #qint.port<name = "y", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
    key = "q", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
// Pieces may rise and fall again between the ends: 2, from -5 on 9, from 6 on 2.
func.func @main(%x: tensor<1x2xui4> {qint.port = #x}) -> (tensor<1x1xui4> {qint.port = #y}) {
  %w = qint.constant dense<[[3, -2]]> : tensor<1x2xi8> : tensor<1x2xsi4>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x2xui4>, tensor<1x2xsi4>) -> tensor<1x1xsi32>
  %p = qint.rescale %a "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0],
      aux_begin = [0, 14], aux = [0, 0, 2, 0, -5, 0, 0, 9, 0, 6, 0, 0, 2, 0], range_min = [-30], range_max = [45]> : (tensor<1x1xsi32>) -> tensor<1x1xui4>
  // expected-error@+1 {{'qint.rescale' op is proven for term 0 of channel 0 over 2..8, but 2..9 can reach it}}
  %q = qint.rescale %p "last" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1],
      bias = [0], shift = [0], aux_begin = [], aux = [], range_min = [2], range_max = [8]> : (tensor<1x1xui4>) -> tensor<1x1xui4>
  return %q : tensor<1x1xui4>
}
