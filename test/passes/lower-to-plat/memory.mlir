// A step works in place where its operand dies, a reshape is a second view, a pad and a concat are gathers.
// RUN: dyadic-opt %s -split-input-file --lower-to-plat | FileCheck %s

#in = #qint.port<name = "x", shape = [1, 4], view = [1, 4], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>

// CHECK: %[[B:.*]] = plat.buffer "input_0"
// CHECK: %[[X:.*]] = plat.view %[[B]] : <tensor<1x4xui8>>
// CHECK: %[[Y:.*]] = plat.view %[[B]] : <tensor<4xsi8>>
// CHECK: plat.kernel "rescale" "q1" layer 1 ins(%[[X]] : {{.*}}) outs(%[[Y]] : {{.*}})
// Its operand is still needed, so this one has a buffer of its own.
// CHECK: plat.buffer "layer_02_out"
// CHECK: plat.kernel "rescale" "q2" layer 2 ins(%[[Y]] : {{.*}}) outs(%[[Z:[0-9]+]] :
// CHECK: plat.kernel "rescale" "add" layer 3 ins(%[[Y]], %[[Z]] :
func.func @main(%x: tensor<1x4xui8> {qint.port = #in}) -> (tensor<4xsi8> {qint.port = #in}) {
  %r = qint.reshape %x : tensor<1x4xui8> -> tensor<4xui8>
  %y = qint.rescale %r "q1" <channels = 1, period = 1, terms = 1, clamp_min = -128, clamp_max = 127, forms = [1], mult = [1], bias = [-128],
      shift = [0], aux_begin = [], aux = [], range_min = [0], range_max = [255]> : (tensor<4xui8>) -> tensor<4xsi8>
  %z = qint.rescale %y "q2" <channels = 1, period = 1, terms = 1, clamp_min = -128, clamp_max = 127, forms = [1], mult = [1], bias = [3],
      shift = [0], aux_begin = [], aux = [], range_min = [-128], range_max = [127]> : (tensor<4xsi8>) -> tensor<4xsi8>
  %s = qint.rescale %y, %z "add" <channels = 1, period = 1, terms = 2, clamp_min = -128, clamp_max = 127, forms = [2], mult = [1, 1], bias = [0],
      shift = [1], aux_begin = [], aux = [], range_min = [-128, -128], range_max = [127, 127]> : (tensor<4xsi8>, tensor<4xsi8>) -> tensor<4xsi8>
  return %s : tensor<4xsi8>
}

// -----

#in = #qint.port<name = "x", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
#out = #qint.port<name = "y", shape = [1, 6], view = [1, 6], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
// CHECK: plat.kernel "gather" "" layer 1
// CHECK-SAME: params {axis = [{end = 3 : i64, extent = 4 : i64, first = 1 : i64, in_stride = 1 : i64, out_stride = 1 : i64}], fill = 7 : i64
// CHECK-SAME: in_base = -1 : i64
// A concat is one layer of two calls.
// CHECK: plat.kernel "gather" "" layer 2
// CHECK-SAME: out_base = 0 : i64
// CHECK: plat.kernel "gather" "" layer 2
// CHECK-SAME: out_base = 4 : i64
func.func @main(%x: tensor<1x2xui4> {qint.port = #in}) -> (tensor<1x6xui4> {qint.port = #out}) {
  %p = qint.pad %x {pads = array<i64: 0, 1, 0, 1>, code = 7 : si64} : tensor<1x2xui4> -> tensor<1x4xui4>
  %c = qint.concat %p, %x {axis = 1 : i64} : (tensor<1x4xui4>, tensor<1x2xui4>) -> tensor<1x6xui4>
  return %c : tensor<1x6xui4>
}
