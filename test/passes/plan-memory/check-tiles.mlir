// A tiled layer that holds, and what check-plat says when one line of it is changed.
// RUN: dyadic-opt %s --check-plat | FileCheck %s
// CHECK: plat.tiled @layer_01

// RUN: sed '/await .i this/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WAIT %s
// WAIT: 'plat.team' op reads 'input' of tile 0 before it has arrived: missing wait
// RUN: sed '/await .o free/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=FREE %s
// FREE: 'plat.team' op writes 'output' into a slot that a store still reads: missing wait
// RUN: sed '/await .o all/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=ALL %s
// ALL: 'plat.run' op ends while 'output' is in flight: missing wait
// RUN: sed '/start .o this/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=STORE %s
// STORE: 'plat.run' op ends with a tile of 'output' that was never stored
// RUN: sed '/await_chunk .stage 1/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=CHUNK %s
// CHUNK: 'plat.run' op runs before chunk 1 of 'w' has arrived: missing wait
// RUN: sed 's/stage_home slots 2/stage_home slots 1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=REUSE %s
// REUSE: 'plat.start_chunk' op starts chunk 1 of 'w' while chunk 0, which is still to be used, lies in its slot: early reuse
// RUN: sed 's/near_i slots 2/near_i slots 1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=SLOT %s
// SLOT: 'plat.start' op of 'input' begins while its slot is still in flight
// RUN: sed 's/rows \[0 + 2, 2 + 2\]/rows [0 + 2]/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=COVER %s
// COVER: 'fc': rows end at 2 of 4: uncovered output
// RUN: sed 's/rows \[0 + 2, 2 + 2\]/rows [0 + 2, 3 + 1]/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=HOLE %s
// HOLE: 'fc': rows 2 to 2 are computed by no tile: uncovered output
// RUN: sed 's/rows \[0 + 2, 2 + 2\]/rows [0 + 3, 2 + 2]/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=TWICE %s
// TWICE: 'fc': rows 2 is computed twice
// RUN: sed 's/rows \[0 + 2, 2 + 2\]/rows [0 + 2, 2 + 2 in 1 + 3]/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WINDOW %s
// WINDOW: 'fc': rows 2 + 2 read 2 + 2 pad 0 of the input, the grid says 1 + 3 pad 0
// RUN: sed '/plat.run @layer_01 channels 1/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=RUNS %s
// RUNS: 'fc': segments of the channels from 1 on are never run: uncovered output
// RUN: sed 's/channels 1 to 2 chunk 1/channels 1 to 2 chunk 0/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=BYTES %s
// BYTES: 'plat.run' op reads bytes 32 to 64 of 'weights', which chunk 0 does not hold
// RUN: sed 's/offset = 64 : i64, near_w/offset = 32 : i64, near_w/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=OVERLAP %s
// OVERLAP: 'near_w' overlaps 'near_i' while both are alive
// RUN: sed 's/size_bytes = 64 : i64, near_i/size_bytes = 32 : i64, near_i/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=SIZE %s
// SIZE: 'fc': a part of 'input' has 32 bytes, its slot in 'near_i' 16
// RUN: sed 's/4x4xui4/4x4xui2/; s/bits = 4/bits = 2/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=BYTE %s
// BYTE: 'fc': tile 0 cuts 'output' within a byte
// RUN: sed 's/<pixels> grain 1/<channels> grain 1/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=GRAIN %s
// GRAIN: 'fc': in tile 0 two cores write one byte: 1 channels are 4 bits
// RUN: sed 's/plat.view %out/plat.view %in/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=PLACE %s
// PLACE: 'fc' writes its output over 'in', of which other tiles and cores still read elements: early reuse

plat.network attributes {arena_align = 8, arena_bytes = 136, l1_bytes = 272} {
  %in = plat.buffer "in" <L2> {align = 8, first = 0, last = 1, offset = 0, size_bytes = 64} : !plat.buffer
  %out = plat.buffer "out" <L2> {align = 8, first = 1, last = 2, offset = 64, size_bytes = 8} : !plat.buffer
  %x = plat.view %in : <tensor<4x16xui8>>
  %y = plat.view %out : <tensor<4x4xui4>>
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %stage_home = plat.buffer "stage" <L2> {align = 8, first = 1, last = 1, offset = 72, size_bytes = 64} : !plat.buffer
  %stage = plat.stage @w via %stage_home slots 2 bounds [0, 32, 64]
  %near_i = plat.buffer "near_i" <L1> {align = 8, first = 1, last = 1, offset = 0 : i64, size_bytes = 64 : i64, near_i} : !plat.buffer
  %near_w = plat.buffer "near_w" <L1> {align = 8, first = 1, last = 1, size_bytes = 64, offset = 64 : i64, near_w} : !plat.buffer
  %near_o = plat.buffer "near_o" <L1> {align = 8, first = 1, last = 1, offset = 128, size_bytes = 16} : !plat.buffer
  %scratch = plat.buffer "scratch" <L1> {align = 8, first = 1, last = 1, offset = 144, size_bytes = 128} : !plat.buffer
  %i = plat.stream "input" of %x : !plat.view<tensor<4x16xui8>> via %near_i slots 2 <4 out rows, 16>
  %w = plat.stream "weights" of %stage : !plat.stage via %near_w slots 2 <4 out channels, 16>
  %o = plat.stream "output" of %y : !plat.view<tensor<4x4xui4>> via %near_o slots 1 <4 out rows, 4 out channels>
  plat.tiled @layer_01 "matmul" "fc" layer 1 <order channels images rows columns, images [0 + 1], rows [0 + 2, 2 + 2],
      columns [0 + 1], channels [0 + 2, 2 + 2]> cores 2 <pixels> grain 1 ins(%i) out(%o) weights(%w) scratch(%scratch)
    params {rows = 4, k = 16, out_c = 4, block = 1, acc_bits = 32, in = {type = {bits = 8, is_signed = 0}, zero = 0},
      weight = {type = {bits = 8, is_signed = 1}, zero = 0}, out = {type = {bits = 4, is_signed = 0}}} macs 256
    before {
      plat.start %w first
      plat.start %i first
    } each {
      plat.start %w next
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
  plat.await_chunk %stage 0
  plat.start_chunk %stage 1
  plat.run @layer_01 channels 0 to 1 chunk 0
  plat.await_chunk %stage 1
  plat.run @layer_01 channels 1 to 2 chunk 1
  plat.tap %y "out" {code_add = 0, code_mul = 1, onnx_view = array<i64: 4, 4>, perm = array<i64: 0, 1>, shape = array<i64: 4, 4>} : <tensor<4x4xui4>>
}
