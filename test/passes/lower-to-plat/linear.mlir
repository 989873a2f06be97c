// Windows, product, reshape and step become one kernel; weights are packed; products come from a table where asked.
// RUN: dyadic-opt %s -split-input-file --lower-to-plat | FileCheck %s

#port = #qint.port<name = "t", shape = [1, 2, 2, 1], view = [1, 2, 2, 1], perm = [0, 1, 2, 3], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>

// The 4-bit weights 1, -2, 3, 4, ... lie two to a byte, the first one in the low half.
// CHECK: plat.constant @layer_01_m <param> <L3> si32 1 "" dense<3> : tensor<1xi32>
// CHECK: plat.constant @layer_01_b <param> <L3> si64 1 "" dense<8589934592> : tensor<1xi64>
// CHECK: plat.step @layer_01_step "act" {{.*}}line = {b64 = @layer_01_b, m32 = @layer_01_m, n = @layer_01_n}
// CHECK: plat.constant @weights_01 <weights> <L3> si4 4 "O kh kw I" dense<[-31, 67]> : tensor<2xi8>
// CHECK: plat.kernel "conv2d" "conv" layer 1 ins(%{{.*}} : !plat.view<tensor<1x2x2x1xui8>>) outs(%{{.*}} : !plat.view<tensor<1x1x1x1xui8>>) scratch({{.*}}) weights @weights_01
// CHECK-SAME: h = {dilation = 1 : i64, in = 2 : i64, kernel = 2 : i64, out = 1 : i64, pad = 0 : i64, stride = 1 : i64}
// CHECK-SAME: in = {type = {bits = 8 : i64, is_signed = 0 : i64}, zero = 5 : i64}
// CHECK-SAME: out = {step = @layer_01_step, type = {bits = 8 : i64, is_signed = 0 : i64}}
// CHECK-SAME: macs 4
// CHECK-NOT: plat.kernel
func.func @main(%x: tensor<1x2x2x1xui8> {qint.port = #port}) -> (tensor<1x1x1x1xui8> {qint.port = #qint.port<name = "y", shape = [1, 1, 1, 1],
    view = [1, 1, 1, 1], perm = [0, 1, 2, 3], scale = ["1"], offset = ["0"], zero = "0", code_mul = 1, code_add = 0, key = "act", head = "",
    head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1, descending = [], axis = 1>}) {
  %w = qint.constant dense<[[1, -2, 3, 4]]> : tensor<1x4xi8> : tensor<1x4xsi4>
  %c = qint.im2col %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>,
      input_zero = 5 : si64} : tensor<1x2x2x1xui8> -> tensor<1x4xsi9>
  %a = qint.matmul %c, %w "conv" {input_zero = 0 : si64} : (tensor<1x4xsi9>, tensor<1x4xsi4>) -> tensor<1x1xsi32>
  %r = qint.reshape %a : tensor<1x1xsi32> -> tensor<1x1x1x1xsi32>
  %y = qint.rescale %r "act" <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 255, forms = [2], mult = [3], bias = [8589934592],
      shift = [34], aux_begin = [], aux = [], range_min = [-2500], range_max = [2500]> : (tensor<1x1x1x1xsi32>) -> tensor<1x1x1x1xui8>
  return %y : tensor<1x1x1x1xui8>
}

// -----

// Two nodes with codes of the same widths read one table; the accumulators themselves are the result, and are packed as si32.
// CHECK: plat.constant @products_2x1 <table> <L3> si8 8 "weight input" dense<[0, 0, 0, 1, 0, -2, 0, -1]> : tensor<8xi8>
// CHECK: plat.kernel "matmul_lut" "fc1"
// CHECK-SAME: lut {entries = @products_2x1, entry_bits = 8 : i64, in_bits = 1 : i64}
// CHECK-NOT: plat.constant @products
// CHECK: plat.kernel "matmul_lut" "fc2"
// CHECK-SAME: lut {entries = @products_2x1,
// CHECK-SAME: {impl_why = "asked for"}
#in = #qint.port<name = "x", shape = [1, 4], view = [1, 4], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
#out = #qint.port<name = "y", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
func.func @main(%x: tensor<1x4xui1> {qint.port = #in}) -> (tensor<1x2xsi32> {qint.port = #out}, tensor<1x2xsi32> {qint.port = #out}) {
  %w = qint.constant dense<[[1, -2, -1, 0], [0, 1, 1, 1]]> : tensor<2x4xi8> : tensor<2x4xsi2>
  %v = qint.constant dense<[[1, 1, 1, 1], [0, 1, -1, 1]]> : tensor<2x4xi8> : tensor<2x4xsi2>
  %a = qint.matmul %x, %w "fc1" {input_zero = 0 : si64, impl = #qint.impl<lut>} : (tensor<1x4xui1>, tensor<2x4xsi2>) -> tensor<1x2xsi32>
  %b = qint.matmul %x, %v "fc2" {input_zero = 0 : si64, impl = #qint.impl<lut>, impl_why = "asked for"} : (tensor<1x4xui1>, tensor<2x4xsi2>) -> tensor<1x2xsi32>
  return %a, %b : tensor<1x2xsi32>, tensor<1x2xsi32>
}

// -----

// Pieces: as many for each channel as the one with the most has, a start fewer; what is exact division reads its numbers by row.
// CHECK: plat.constant @layer_01_piece_start <param> <L3> si64 4 "" dense<[-3, 5, 2, 9223372036854775807]> : tensor<4xi64>
// CHECK: plat.constant @layer_01_piece_forms <param> <L3> ui8 6 "" dense<[3, 0, 7, 2, 2, 0]> : tensor<6xi8>
// CHECK: plat.constant @layer_01_piece_row
// CHECK: plat.step @layer_01_step "act" {channels = 2 : i64, clamp_max = 7 : i64, clamp_min = -8 : i64, form = 8 : i64, line = {},
// CHECK-SAME: pieces = {count = 3 : i64, forms = @layer_01_piece_forms, line = {b32 = @layer_01_piece_b, m32 = @layer_01_piece_m, n = @layer_01_piece_n}, start = @layer_01_piece_start, wide = {A = @layer_01_piece_wide_a,
// CHECK-SAME: limbs = 1 : i64, row = @layer_01_piece_row, tie = 2 : i64}}
#in = #qint.port<name = "x", shape = [1, 1], view = [1, 1], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
#out = #qint.port<name = "y", shape = [1, 2], view = [1, 2], perm = [0, 1], scale = ["1"], offset = ["0"], zero = "0",
    code_mul = 1, code_add = 0, key = "act", head = "", head_axis = 0, thresholds = dense<> : tensor<0x0xf32>, threshold_period = 1,
    descending = [], axis = 1>
func.func @main(%x: tensor<1x1xsi4> {qint.port = #in}) -> (tensor<1x2xsi4> {qint.port = #out}) {
  %w = qint.constant dense<[[1], [-1]]> : tensor<2x1xi8> : tensor<2x1xsi2>
  %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} : (tensor<1x1xsi4>, tensor<2x1xsi2>) -> tensor<1x2xsi32>
  %y = qint.rescale %a "act" <channels = 2, period = 1, terms = 1, clamp_min = -8, clamp_max = 7, forms = [8, 8], mult = [0, 0], bias = [0, 0],
      shift = [0, 0], aux_begin = [0, 18, 27], aux = [3, 1, 2, 2, -3, 0, 0, 1, 0, 5, 7, 1, 2, 1, 0, 1, 0, 0, 2, 1, 0, 1, 2, 2, 3, -5, 1],
      range_min = [-8, -7], range_max = [7, 8]> : (tensor<1x2xsi32>) -> tensor<1x2xsi4>
  return %y : tensor<1x2xsi4>
}
