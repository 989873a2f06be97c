// Every op of plat, printed and read back.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s

// CHECK: plat.network attributes {arena_align = 8 : i64, arena_bound_bytes = 24 : i64, arena_bytes = 24 : i64, bound_layer = 1 : i64} {
plat.network attributes {arena_align = 8, arena_bytes = 24, arena_bound_bytes = 24, bound_layer = 1} {
  // CHECK: %[[B0:.*]] = plat.buffer "input_0" <L2> {align = 4 : i64, first = 0 : i64, last = 1 : i64, offset = 16 : i64, owner = #plat.owner<caller>, size_bytes = 4 : i64} : !plat.buffer
  %b0 = plat.buffer "input_0" <L2> {align = 4, first = 0, last = 1, offset = 16, owner = #plat.owner<caller>, size_bytes = 4} : !plat.buffer
  // CHECK: plat.buffer "layer_01_out" <L2> {align = 4 : i64, first = 1 : i64, last = 2 : i64, offset = 20 : i64, size_bytes = 4 : i64} : !plat.buffer
  %b1 = plat.buffer "layer_01_out" <L2> {align = 4, first = 1, last = 2, offset = 20, size_bytes = 4} : !plat.buffer
  // CHECK: plat.buffer "layer_01_scratch" <L1>
  %b2 = plat.buffer "layer_01_scratch" <L1> {align = 8, first = 1, last = 1, offset = 0, size_bytes = 16} : !plat.buffer
  // CHECK: %[[V0:.*]] = plat.view %[[B0]] : <tensor<1x2xui4>>
  %v0 = plat.view %b0 : <tensor<1x2xui4>>
  // CHECK: plat.view %{{.*}} {begin = 1 : i64} : <tensor<1x2xui4>>
  %v1 = plat.view %b1 {begin = 1} : <tensor<1x2xui4>>
  // CHECK: plat.constant @weights_01 <weights> <L3> si4 4 "O K" dense<[18, -1]> : tensor<2xi8>
  plat.constant @weights_01 <weights> <L3> si4 4 "O K" dense<[18, -1]> : tensor<2xi8>
  // CHECK: plat.constant @layer_01_m <param> <L3> si32 1 "" dense<3> : tensor<1xi32>
  plat.constant @layer_01_m <param> <L3> si32 1 "" dense<3> : tensor<1xi32>
  // CHECK: plat.constant @layer_01_b <param> <L3> si32 1 "" dense<8> : tensor<1xi32>
  plat.constant @layer_01_b <param> <L3> si32 1 "" dense<8> : tensor<1xi32>
  // CHECK: plat.constant_view @weights_01 : <tensor<4xsi4>>
  %c = plat.constant_view @weights_01 : <tensor<4xsi4>>
  // CHECK: plat.step @layer_01_step "act" {channels = 1 : i64, {{.*}}line = {b32 = @layer_01_b, m32 = @layer_01_m}{{.*}}} <channels = 1,
  plat.step @layer_01_step "act" {channels = 1, terms = 1, form = 1, line = {m32 = @layer_01_m, b32 = @layer_01_b}, clamp_min = 0, clamp_max = 15}
      <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 15, forms = [1], mult = [3], bias = [8], shift = [0], aux_begin = [],
       aux = [], range_min = [-30], range_max = [30]>
  // CHECK: plat.input 0 %[[V0]] : <tensor<1x2xui4>> ui8 0 to 15 copy {
  plat.input 0 %v0 : <tensor<1x2xui4>> ui8 0 to 15 copy {axis = [{extent = 2, in_stride = 1, out_stride = 1, first = 0, end = 2}],
      fill = 0, in = {bits = 8, is_signed = 0}, in_base = 0, out = {bits = 4, is_signed = 0}, out_base = 0, rank = 1}
      <name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
       key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
  // CHECK: plat.kernel "matmul" "fc" layer 1 ins(%[[V0]] : !plat.view<tensor<1x2xui4>>) outs(%{{.*}} : !plat.view<tensor<1x2xui4>>) scratch(%{{.*}} : !plat.buffer) weights @weights_01 params {acc_bits = 32 : i64, {{.*}}} macs 4
  plat.kernel "matmul" "fc" layer 1 ins(%v0 : !plat.view<tensor<1x2xui4>>) outs(%v1 : !plat.view<tensor<1x2xui4>>) scratch(%b2 : !plat.buffer)
      weights @weights_01 params {rows = 1, k = 2, out_c = 2, block = 1, acc_bits = 32, in = {type = {bits = 4, is_signed = 0}, zero = 0},
      weight = {type = {bits = 4, is_signed = 1}, zero = 0}, out = {type = {bits = 4, is_signed = 0}, step = @layer_01_step}} macs 4
  // CHECK: plat.tap %{{.*}} "act" {code_add = 0 : i64, code_mul = 1 : i64, constants = array<i64: 0, 0, 7>, kept = array<i64: 0, 1>, kept_axis = 1 : i64, onnx_view = array<i64: 1, 3>, perm = array<i64: 0, 1>, shape = array<i64: 1, 3>} : <tensor<1x2xui4>>
  plat.tap %v1 "act" {shape = array<i64: 1, 3>, onnx_view = array<i64: 1, 3>, perm = array<i64: 0, 1>, code_mul = 1, code_add = 0,
      kept = array<i64: 0, 1>, constants = array<i64: 0, 0, 7>, kept_axis = 1} : <tensor<1x2xui4>>
  // CHECK: plat.output 0 %{{.*}} : <tensor<1x2xui4>> ui8 0 to 15 copy {
  plat.output 0 %v1 : <tensor<1x2xui4>> ui8 0 to 15 copy {axis = [{extent = 2, in_stride = 1, out_stride = 1, first = 0, end = 2}],
      fill = 0, in = {bits = 4, is_signed = 0}, in_base = 0, out = {bits = 8, is_signed = 0}, out_base = 0, rank = 1}
      <name = "y", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0,
       key = "act", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>
}
