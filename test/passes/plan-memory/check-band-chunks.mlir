// A layer on bands of rows whose weights come chunk by chunk for each band, and what check-plat says when one line of it is changed.
// RUN: dyadic-opt %s --check-plat | FileCheck %s
// CHECK: plat.run @layer_01 rows 0 to 1 channels 1 to 2 chunk 1 band 0
// CHECK: plat.run @layer_01 rows 1 to 2 channels 0 to 1 band 1

// RUN: sed '/await_chunk .stage 0 {second}/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WAIT %s
// WAIT: 'plat.run' op runs before chunk 0 of 'w' has arrived: missing wait
// RUN: sed '/_chunk .stage 0 {second}/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=AGAIN %s
// AGAIN: 'plat.run' op runs before chunk 0 of 'w' has arrived: missing wait
// RUN: sed 's/^\(  plat.start_chunk .stage 1\)/  plat.start_chunk %%stage 0\n\1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=ARRIVES %s
// ARRIVES: 'plat.start_chunk' op starts chunk 0 of 'w' while chunk 0 still arrives in its slot: missing wait
// RUN: sed 's/^\(  plat.run @layer_01 rows 0 to 1 channels 0\)/  plat.start_chunk %%stage 0\n\1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=EARLY %s
// EARLY: 'plat.start_chunk' op starts chunk 0 of 'w' while chunk 0, which is still to be used, lies in its slot: early reuse
// RUN: sed 's/^\(  plat.run @layer_01 rows 0 to 1 channels 1\)/  plat.start_band %%bo 0\n\1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=PART %s
// PART: 'plat.start_band' op stores band 0 of 'out', which is not computed yet: wrong owner
// RUN: sed '/start_band .bo 0/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=STORE %s
// STORE: 'plat.await_band' op waits for band 0 of 'out', which was never started: missing transfer
// RUN: sed '/plat.run @layer_01 rows 0 to 1 channels 1/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=MISSED %s
// MISSED: 'plat.run' op begins with segment 1 of the rows where 0 of the rows is next
// RUN: sed '/plat.run @layer_01 rows 0 to 1 channels 0/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=ORDER %s
// ORDER: 'plat.run' op begins with segment 1 of the channels where 0 is next
// RUN: sed '/plat.run @layer_01 rows 1 to 2 channels 1/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=LAST %s
// LAST: 'fc': segments of the rows from 1 on are never run: uncovered output
// RUN: sed 's/channels 1 to 2 chunk 1 band 1/channels 1 to 2 chunk 0 band 1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=BYTES %s
// BYTES: 'plat.run' op reads bytes 32 to 64 of 'weights', which chunk 0 does not hold
// RUN: sed 's/channels 1 to 2 chunk 1 band 1/channels 1 to 2 chunk 1 band 0/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=BAND %s
// BAND: 'plat.run' op writes bytes 5 to 8 of 'output', which band 0 does not hold
// RUN: sed 's/rows 0 to 1 channels 0 to 1/rows 0 to 2 channels 0 to 1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=ROWS %s
// ROWS: 'plat.run' op writes bytes 4 to 7 of 'output', which band 0 does not hold
// RUN: sed 's/order channels rows/order rows channels/; s/rows 0 to 1 channels/rows 0 to 2 channels/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WALK %s
// WALK: 'plat.run' op runs some channels of a layer that first walks its rows
// RUN: sed 's/rows 0 to 1 channels 0 to 1 chunk 0 band 0/rows 0 to 1 channels 0 to 1 chunk 0/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=NAMES %s
// NAMES: 'plat.run' op names channels beside its segments, which calls on bands do

plat.network attributes {arena_align = 8, arena_bound_bytes = 136, arena_bytes = 136, bound_layer = 1, l1_bytes = 272, l3_bytes = 8} {
  %in = plat.buffer "in" <L2> {align = 8, first = 0, last = 1, offset = 64, size_bytes = 64} : !plat.buffer
  %out = plat.buffer "out" <L3> {align = 8, first = 1, last = 2, offset = 0, size_bytes = 8} : !plat.buffer
  %x = plat.view %in : <tensor<4x16xui8>>
  %y = plat.view %out : <tensor<4x4xui4>>
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %stage_home = plat.buffer "stage" <L2> {align = 8, first = 1, last = 1, offset = 0, size_bytes = 64} : !plat.buffer
  %stage = plat.stage @w via %stage_home slots 2 bounds [0, 32, 64]
  %home_o = plat.buffer "bands_o" <L2> {align = 8, first = 1, last = 1, offset = 128, size_bytes = 8} : !plat.buffer
  %bo = plat.bands of %y : !plat.view<tensor<4x4xui4>> via %home_o slots 2 bounds [0, 4, 4, 8] {out}
  %near_i = plat.buffer "near_i" <L1> {align = 8, first = 1, last = 1, offset = 0, size_bytes = 64} : !plat.buffer
  %near_w = plat.buffer "near_w" <L1> {align = 8, first = 1, last = 1, size_bytes = 32, offset = 64} : !plat.buffer
  %near_o = plat.buffer "near_o" <L1> {align = 8, first = 1, last = 1, offset = 128, size_bytes = 16} : !plat.buffer
  %scratch = plat.buffer "scratch" <L1> {align = 8, first = 1, last = 1, offset = 144, size_bytes = 128} : !plat.buffer
  %i = plat.stream "input" of %x : !plat.view<tensor<4x16xui8>> via %near_i slots 2 <4 out rows, 16>
  %w = plat.stream "weights" of %stage : !plat.stage via %near_w slots 1 <4 out channels, 16>
  %o = plat.stream "output" of %y : !plat.view<tensor<4x4xui4>> through %bo via %near_o slots 1 <4 out rows, 4 out channels>
  plat.tiled @layer_01 "matmul" "fc" layer 1 <order channels rows columns images, images [0 + 1], rows [0 + 2, 2 + 2],
      columns [0 + 1], channels [0 + 2, 2 + 2]> cores 2 <pixels> grain 1 ins(%i) out(%o) weights(%w) scratch(%scratch)
    params {rows = 4, k = 16, out_c = 4, block = 1, acc_bits = 32, in = {type = {bits = 8, is_signed = 0}, zero = 0},
      weight = {type = {bits = 8, is_signed = 1}, zero = 0}, out = {type = {bits = 4, is_signed = 0}}} macs 256
    before {
      plat.start %i first
    } each {
      plat.start %w this
      plat.start %i next
      plat.await %i this
      plat.await %w this
      plat.await %o free
      plat.team
      plat.start %o this
    } behind {
      plat.await %o all
    }
  plat.start_chunk %stage 0
  plat.start_chunk %stage 1
  plat.await_chunk %stage 0
  plat.run @layer_01 rows 0 to 1 channels 0 to 1 chunk 0 band 0
  plat.start_chunk %stage 0 {second}
  plat.await_chunk %stage 1
  plat.run @layer_01 rows 0 to 1 channels 1 to 2 chunk 1 band 0
  plat.start_band %bo 0
  plat.start_chunk %stage 1
  plat.await_chunk %stage 0 {second}
  plat.run @layer_01 rows 1 to 2 channels 0 to 1 chunk 0 band 1
  plat.await_chunk %stage 1
  plat.run @layer_01 rows 1 to 2 channels 1 to 2 chunk 1 band 1
  plat.start_band %bo 1
  plat.await_band %bo 0
  plat.await_band %bo 1
  plat.tap %y "out" {code_add = 0, code_mul = 1, onnx_view = array<i64: 4, 4>, perm = array<i64: 0, 1>, shape = array<i64: 4, 4>} : <tensor<4x4xui4>>
}
