// A layer that sums up two segments of its input channels, and what check-plat says when one line of it is changed.
// RUN: dyadic-opt %s --check-plat | FileCheck %s
// CHECK: plat.stream "input" of {{.*}} <4 out rows, 16 in input_channels>
// CHECK: plat.tiled @layer_01 {{.*}} channels [0 + 4], input_channels [0 + 8, 8 + 8]>
// CHECK-SAME: sums(%

// RUN: sed 's/input_channels \[0 + 8, 8 + 8\]/input_channels [0 + 8, 8 + 4]/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=SHORT %s
// SHORT: 'fc': input_channels end at 12 of 16: uncovered output
// RUN: sed 's/input_channels \[0 + 8, 8 + 8\]/input_channels [0 + 8, 4 + 12]/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=TWICE %s
// TWICE: 'fc': input_channels 4 is summed up twice
// RUN: sed 's/input_channels \[0 + 8, 8 + 8\]/input_channels [0 + 8, 8 + 8 in 0 + 8]/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=OTHER %s
// OTHER: 'fc': input_channels 8 + 8 read 8 + 8 pad 0 of the input, the grid says 0 + 8 pad 0
// RUN: sed 's/<4 out channels, 16 in input_channels>/<4 out channels, 16>/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WHOLE %s
// WHOLE: 'fc': 'weights' does not follow the input channels, which are cut
// RUN: sed 's/<4 out rows, 4 out channels>/<4 out rows, 4 in input_channels>/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=FOLLOWS %s
// FOLLOWS: 'fc': 'output' has 4 input_channels, the layer 16
// RUN: sed 's/size_bytes = 32 : i64, near_s/size_bytes = 24 : i64, near_s/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=ROOM %s
// ROOM: 'fc': the sums of a tile take 32 bytes, 'near_s' has 24
// RUN: sed 's/ sums(%u)//' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=NONE %s
// NONE: 'plat.tiled' op has a buffer for sums where its input channels are cut, and only there
// RUN: sed 's/acc_bits = 32/acc_bits = 64/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WIDE %s
// WIDE: 'plat.tiled' op 'matmul' has no sums here that could stay between input channels
// RUN: sed 's/scratch(%c) sums(%u)/scratch(%u) sums(%u)/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=OWNER %s
// OWNER: 'fc': 'near_s' belongs to 'scratch' and to 'sums': wrong owner
// RUN: sed '/start .o this/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=STORE %s
// STORE: 'plat.run' op ends with a tile of 'output' that was never stored
// RUN: sed '/await .w this/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WAIT %s
// WAIT: 'plat.team' op reads 'weights' of tile 0 before it has arrived: missing wait

plat.network attributes {arena_align = 8, arena_bytes = 144, l1_bytes = 272} {
  %in = plat.buffer "in" <L2> {align = 8, first = 0, last = 1, offset = 0, size_bytes = 64} : !plat.buffer
  %out = plat.buffer "out" <L2> {align = 8, first = 1, last = 2, offset = 64, size_bytes = 16} : !plat.buffer
  %home = plat.buffer "stage" <L2> {align = 8, first = 0, last = 2, offset = 80, size_bytes = 64} : !plat.buffer
  %x = plat.view %in : <tensor<4x16xui8>>
  %y = plat.view %out : <tensor<4x4xui8>>
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %stage = plat.stage @w via %home slots 1 bounds [0, 64] {resident}
  %near_i = plat.buffer "near_i" <L1> {align = 8, first = 1, last = 1, offset = 0, size_bytes = 32} : !plat.buffer
  %near_w = plat.buffer "near_w" <L1> {align = 8, first = 1, last = 1, offset = 32, size_bytes = 64} : !plat.buffer
  %near_o = plat.buffer "near_o" <L1> {align = 8, first = 1, last = 1, offset = 96, size_bytes = 16} : !plat.buffer
  %u = plat.buffer "near_s" <L1> {align = 8, first = 1, last = 1, offset = 112, size_bytes = 32 : i64, near_s} : !plat.buffer
  %c = plat.buffer "near_c" <L1> {align = 8, first = 1, last = 1, offset = 144, size_bytes = 128} : !plat.buffer
  %i = plat.stream "input" of %x : !plat.view<tensor<4x16xui8>> via %near_i slots 2 <4 out rows, 16 in input_channels>
  %w = plat.stream "weights" of %stage : !plat.stage via %near_w slots 2 <4 out channels, 16 in input_channels>
  %o = plat.stream "output" of %y : !plat.view<tensor<4x4xui8>> via %near_o slots 2 <4 out rows, 4 out channels>
  plat.tiled @layer_01 "matmul" "fc" layer 1 <order images channels rows columns, images [0 + 1], rows [0 + 2, 2 + 2],
      columns [0 + 1], channels [0 + 4], input_channels [0 + 8, 8 + 8]> cores 2 <pixels> grain 1 ins(%i) out(%o)
    weights(%w) scratch(%c) sums(%u)
    params {rows = 4, k = 16, out_c = 4, block = 1, acc_bits = 32, in = {type = {bits = 8, is_signed = 0}, zero = 0},
      weight = {type = {bits = 8, is_signed = 1}, zero = 0}, out = {type = {bits = 8, is_signed = 0}}} macs 256
    before {
      plat.start %i first
      plat.start %w first
    } each {
      plat.start %i next
      plat.start %w next
      plat.await %i this
      plat.await %w this
      plat.await %o free
      plat.team
      plat.start %o this
    } behind {
      plat.await %o all
    }
  plat.run @layer_01 channels 0 to 1
}
