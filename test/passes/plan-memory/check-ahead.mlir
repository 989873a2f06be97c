// A layer whose weights and shifts come to L1 during the last tile of the layer before, and what check-plat says when one
// line is changed.
// RUN: dyadic-opt %s --check-plat | FileCheck %s
// CHECK: plat.start %{{.*}} last

// The layer starts its own first part where nobody did.
// RUN: sed '/start .w last/d' %s | dyadic-opt --check-plat -o %t
// RUN: sed '/start .w first/d; /start .w last/d' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=NEVER %s
// NEVER: 'plat.await' op of 'weights' waits for a part that was never started
// RUN: sed 's/start .w first/start %%w this/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=AGAIN %s
// AGAIN: 'plat.start' op of 'weights' begins while its slot is still in flight
// RUN: sed 's/start .w last/start %%o1 last/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=OWN %s
// OWN: 'plat.start' op ahead of its time is of a later layer's stream
// RUN: sed 's/start .w last/start %%i2 last/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=VIEW %s
// VIEW: 'plat.start' op of 'input' fetches what a layer has yet to compute
// RUN: sed 's/slots 1 bounds .0, 64. {resident}/slots 1 bounds [0, 64]/; s/^  plat.run @layer_02/  plat.start_chunk %%stage 0\n  plat.await_chunk %%stage 0\n  plat.run @layer_02/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=CHUNK %s
// CHUNK: 'plat.start' op of 'weights' reads chunk 0 of 'w' before it has arrived: missing wait
// RUN: sed 's/near_w" <L1> {align = 8, first = 1/near_w" <L1> {align = 8, first = 2/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=ALIVE %s
// ALIVE: 'near_w' is alive in layers 2..2 but used in 1..2
// RUN: sed '/plat.run @layer_02/d; s/^  plat.run @layer_01/  plat.run @layer_02 channels 0 to 2\n  plat.run @layer_01/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=LATE %s
// LATE: 'plat.start' op of 'weights' is for a layer that does not run after it

// What a step holds for each channel is cut with the channels.
// RUN: sed 's/arrays(%%m, %%b, %%n)/arrays(%%m, %%b)/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=ARRAY %s
// ARRAY: 'fc2': is cut along its channels, 'n' with a number for each of them is not
// RUN: sed 's/<4 out channels> \/\/ n/<4>/' %s | not dyadic-opt --check-plat 2>&1 | FileCheck --check-prefix=WHOLE %s
// WHOLE: 'fc2': is cut along its channels, 'n' with a number for each of them is not

plat.network attributes {arena_align = 8, arena_bytes = 208, l1_bytes = 288} {
  %in = plat.buffer "in" <L2> {align = 8, first = 0, last = 1, offset = 0, size_bytes = 64} : !plat.buffer
  %mid = plat.buffer "mid" <L2> {align = 8, first = 1, last = 2, offset = 64, size_bytes = 64} : !plat.buffer
  %out = plat.buffer "out" <L2> {align = 8, first = 2, last = 3, offset = 128, size_bytes = 16} : !plat.buffer
  %x = plat.view %in : <tensor<4x16xui8>>
  %h = plat.view %mid : <tensor<4x16xui8>>
  %y = plat.view %out : <tensor<4x4xui8>>
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  plat.constant @m <param> <L3> si32 4 "" dense<1> : tensor<4xi32>
  plat.constant @b <param> <L3> si32 4 "" dense<1> : tensor<4xi32>
  plat.constant @n <param> <L3> ui8 4 "" dense<1> : tensor<4xi8>
  plat.step @step "fc2" {channels = 4 : i64, clamp_max = 255 : i64, clamp_min = 0 : i64, form = 1 : i64, line = {b32 = @b, m32 = @m, n = @n}, terms = 1 : i64} <channels = 4, period = 1, terms = 1, clamp_min = 0, clamp_max = 255, forms = [1, 1, 1, 1], mult = [1, 1, 1, 1], bias = [1, 1, 1, 1], shift = [1, 1, 1, 1], aux_begin = [], aux = [], range_min = [-100, -100, -100, -100], range_max = [100, 100, 100, 100]>
  plat.constant @w1 <weights> <L3> si8 256 "O K" dense<1> : tensor<256xi8>
  plat.step @step1 "fc1" {channels = 1 : i64, clamp_max = 255 : i64, clamp_min = 0 : i64, form = 1 : i64, line = {b32 = @b, m32 = @m, n = @n}, terms = 1 : i64} <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 255, forms = [1], mult = [1], bias = [1], shift = [1], aux_begin = [], aux = [], range_min = [-100], range_max = [100]>
  %home = plat.buffer "home" <L2> {align = 8, first = 0, last = 3, offset = 144, size_bytes = 64} : !plat.buffer
  %stage = plat.stage @w via %home slots 1 bounds [0, 64] {resident}
  %near_o = plat.buffer "near_o" <L1> {align = 8, first = 1, last = 1, offset = 0, size_bytes = 32} : !plat.buffer
  %near_w = plat.buffer "near_w" <L1> {align = 8, first = 1, last = 2, offset = 32, size_bytes = 64} : !plat.buffer
  %i1 = plat.stream "input" of %x : !plat.view<tensor<4x16xui8>> <4 out rows, 16>
  %o1 = plat.stream "output" of %h : !plat.view<tensor<4x16xui8>> via %near_o slots 1 <4 out rows, 16>
  %near_x = plat.buffer "near_x" <L1> {align = 8, first = 1, last = 2, offset = 224, size_bytes = 64} : !plat.buffer
  %i2 = plat.stream "input" of %h : !plat.view<tensor<4x16xui8>> via %near_x slots 1 <4 out rows, 16>
  %w = plat.stream "weights" of %stage : !plat.stage via %near_w slots 2 <4 out channels, 16>
  %m = plat.stream "m" @m <4 out channels>
  %b = plat.stream "b" @b <4 out channels>
  %n = plat.stream "n" @n <4 out channels> // n
  %near_y = plat.buffer "near_y" <L1> {align = 8, first = 2, last = 2, offset = 0, size_bytes = 8} : !plat.buffer
  %o2 = plat.stream "output" of %y : !plat.view<tensor<4x4xui8>> via %near_y slots 1 <4 out rows, 4 out channels>
  %near_s = plat.buffer "near_s" <L1> {align = 8, first = 1, last = 2, offset = 96, size_bytes = 128} : !plat.buffer
  %w1 = plat.stream "weights" @w1 <16 out channels, 16>
  plat.tiled @layer_01 "matmul" "fc1" layer 1 <order channels images rows columns, images [0 + 1], rows [0 + 2, 2 + 2],
      columns [0 + 1], channels [0 + 16]> cores 1 <pixels> grain 1 ins(%i1) out(%o1) weights(%w1) scratch(%near_s)
    params {rows = 4, k = 16, out_c = 16, block = 1, acc_bits = 32, in = {type = {bits = 8, is_signed = 0}, zero = 0},
      weight = {type = {bits = 8, is_signed = 1}, zero = 0}, out = {type = {bits = 8, is_signed = 0}, step = @step1}} macs 1024
    before {
    } each {
      plat.start %w last
      plat.await %o1 free
      plat.team
      plat.start %o1 this
    } behind {
      plat.await %o1 all
    }
  plat.tiled @layer_02 "matmul" "fc2" layer 2 <order channels images rows columns, images [0 + 1], rows [0 + 4],
      columns [0 + 1], channels [0 + 2, 2 + 2]> cores 1 <pixels> grain 1 ins(%i2) out(%o2) weights(%w) arrays(%m, %b, %n) scratch(%near_s)
    params {rows = 4, k = 16, out_c = 4, block = 1, acc_bits = 32, in = {type = {bits = 8, is_signed = 0}, zero = 0},
      weight = {type = {bits = 8, is_signed = 1}, zero = 0}, out = {type = {bits = 8, is_signed = 0}, step = @step}} macs 256
    before {
      plat.start %w first
    } each {
      plat.start %i2 this
      plat.start %w next
      plat.await %i2 this
      plat.await %w this
      plat.await %o2 free
      plat.team
      plat.start %o2 this
    } behind {
      plat.await %o2 all
    }
  plat.run @layer_01 channels 0 to 1
  plat.run @layer_02 channels 0 to 2
}
