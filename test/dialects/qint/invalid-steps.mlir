// What a #qint.step must hold, and how it must fit the op that applies it.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{step needs positive channels, period and terms, and clamp_min <= clamp_max}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 16, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{step of 2 channels has 1 forms, 2 biases, 2 shifts}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{step needs channels x terms multipliers and ranges}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{step's aux_begin must have channels + 1 entries when aux is not empty}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [1], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{step's aux_begin must run from 0 to the size of aux}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [5, 5], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [0, 1, 2], aux = [0, 0, 0], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Beyond the end and back again.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{step's aux_begin must run from 0 to the size of aux, never back}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8, 1], mult = [0, 1], bias = [0, 0], shift = [0, 0], aux_begin = [0, 18, 9], aux = [2, 1, 0, 3, 4, 2, 1, 0, 3], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 1 has unknown form 9}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 9], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 shifts by 63, outside 0..62}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [63, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has 3 auxiliary entries, its form needs 4}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [4, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [0, 3, 3], aux = [1, 2, 3], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 1 has 0 auxiliary entries, its form needs at least 1}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 6], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has a form that takes one term, found 2}}
  %0 = qint.rescale %a, %a "s" <channels = 2, period = 1, terms = 2, clamp_min = 0, clamp_max = 15, forms = [5, 1], mult = [0, 0, 1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [0, 1, 1], aux = [0], range_min = [0, 0, 0, 0], range_max = [9, 9, 9, 9]> : (tensor<1x2xsi32>, tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 1 has an empty range}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, -1]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Pieces: one only.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has pieces that are malformed}}
  %0 = qint.rescale %a "s" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 4], aux = [2, 1, 0, 3], range_min = [0], range_max = [9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Pieces: of a form that no piece has.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has pieces that are malformed}}
  %0 = qint.rescale %a "s" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 9], aux = [2, 1, 0, 3, 4, 5, 1, 0, 3], range_min = [0], range_max = [9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Pieces: that shift too far.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has pieces that are malformed}}
  %0 = qint.rescale %a "s" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 9], aux = [2, 1, 0, 63, 4, 2, 1, 0, 3], range_min = [0], range_max = [9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Pieces: cut short.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has pieces that are malformed}}
  %0 = qint.rescale %a "s" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 8], aux = [2, 1, 0, 3, 4, 2, 1, 0], range_min = [0], range_max = [9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Pieces: not ascending.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has pieces that are malformed}}
  %0 = qint.rescale %a "s" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 14], aux = [2, 1, 0, 3, 4, 0, 0, 5, 0, 4, 2, 1, 0, 3], range_min = [0], range_max = [9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Pieces: with limbs that are cut short.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has pieces that are malformed}}
  %0 = qint.rescale %a "s" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 12], aux = [2, 1, 0, 3, 4, 7, 1, 0, 5, 1, 8, 0], range_min = [0], range_max = [9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

// Pieces: of too many limbs.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has pieces that are malformed}}
  %0 = qint.rescale %a "s" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0], bias = [0], shift = [0], aux_begin = [0, 13], aux = [2, 1, 0, 3, 4, 7, 9, 0, 5, 1, 8, 0, 0], range_min = [0], range_max = [9]> : (tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{channel 0 has a form that takes one term, found 2}}
  %0 = qint.rescale %a, %a "s" <channels = 1, period = 1, terms = 2, clamp_min = 0, clamp_max = 15, forms = [8], mult = [0, 0], bias = [0], shift = [0], aux_begin = [0, 9], aux = [2, 1, 0, 3, 4, 2, 1, 0, 3], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>, tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}
