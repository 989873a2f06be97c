// How steps and affine maps must fit their terms and results.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f() {
  // expected-error@+1 {{'qint.rescale' op needs at least one term}}
  %0 = qint.rescale  "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : () -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{'qint.rescale' op term [1, 2] and result [2, 1] differ in shape}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<2x1xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{'qint.rescale' op step takes 1 terms, found 2}}
  %0 = qint.rescale %a, %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>, tensor<1x2xsi32>) -> tensor<1x2xui4>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{'qint.rescale' op clamp 0..15 does not fit 'ui3'}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xui3>
  return
}

// -----

// Of a bipolar result the step gives the bit.
func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{'qint.rescale' op clamp -1..1 does not fit 'si1'}}
  %0 = qint.rescale %a "s" <channels = 2, period = 1, terms = 1, clamp_min = -1, clamp_max = 1, forms = [1, 1], mult = [1, 1], bias = [0, 0], shift = [0, 0], aux_begin = [], aux = [], range_min = [0, 0], range_max = [9, 9]> : (tensor<1x2xsi32>) -> tensor<1x2xsi1>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{'qint.affine' op needs channels x terms multipliers, one bias per channel, and lo <= hi}}
  %0 = qint.affine %a "f" {channels = 2 : i64, period = 1 : i64, mult = array<i64: 3>, bias = array<i64: 0, 0>, lo = 0 : si64, hi = 9 : si64} : (tensor<1x2xsi32>) -> tensor<1x2xsi8>
  return
}

// -----

func.func @f(%a: tensor<1x2xsi32>) {
  // expected-error@+1 {{'qint.affine' op bounds 0..128 do not fit 'si8'}}
  %0 = qint.affine %a "f" {channels = 1 : i64, period = 1 : i64, mult = array<i64: 3>, bias = array<i64: 0>, lo = 0 : si64, hi = 128 : si64} : (tensor<1x2xsi32>) -> tensor<1x2xsi8>
  return
}
