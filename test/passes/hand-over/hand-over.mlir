// Rules of the cache where a tensor goes over: lines first, so that no two buffers share one; then, with places, what must be cleaned
// before transfers read and write, and forgotten before the cores read again, and nothing between tiles that only transfers touch.
// 'out' lies where 'pre' was, which a core has written; 'in' is read by a transfer.
// RUN: dyadic-opt %s --hand-over=line-bytes=32 | FileCheck %s --check-prefix=LINES --implicit-check-not=plat.clean --implicit-check-not=plat.invalidate
// LINES: plat.network attributes {arena_align = 32 : i64, cache_line_bytes = 32 : i64}
// LINES: plat.buffer "in" <L2> {align = 32 : i64
// LINES: plat.buffer "near_i" <L1> {align = 8 : i64
// RUN: dyadic-opt %s --hand-over=line-bytes=32 --plan-memory --hand-over=line-bytes=32 --check-plat | FileCheck %s
// RUN: not dyadic-opt %s --hand-over=line-bytes=24 2>&1 | FileCheck %s --check-prefix=LINE
// LINE: line-bytes must be a power of two, found 24
// RUN: not dyadic-opt %s --plan-memory --hand-over=line-bytes=32 2>&1 | FileCheck %s --check-prefix=PLACED
// PLACED: 'plat.network' op is placed, and not on lines of 32 bytes

// CHECK-NOT: plat.clean
// CHECK-NOT: plat.invalidate
// CHECK: plat.clean %{{.*}} : !plat.view<tensor<4x16xui8>>
// CHECK-NEXT: plat.clean [[Y:%.*]] : !plat.view<tensor<4x4xui8>>
// CHECK-NEXT: plat.run @layer_03
// CHECK-NEXT: plat.invalidate [[Y]]
// CHECK-NEXT: plat.kernel "rescale"
// CHECK-NOT: plat.clean
// CHECK-NOT: plat.invalidate

// What check-plat misses, one rule at a time.
// RUN: dyadic-opt %s --hand-over=line-bytes=32 --plan-memory --hand-over=line-bytes=32 -o %t
// RUN: sed '/plat.clean .*4x16xui8/d' %t | not dyadic-opt --check-plat 2>&1 | FileCheck %s --check-prefix=SOURCE
// SOURCE: 'plat.run' op has a transfer read what the cores wrote in their cache to 'in': missing clean
// RUN: sed '/plat.clean .*4x4xui8/d' %t | not dyadic-opt --check-plat 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: 'plat.run' op has a transfer write where lines of the cores' cache may follow, in 'out': missing clean
// RUN: sed '/plat.invalidate/d' %t | not dyadic-opt --check-plat 2>&1 | FileCheck %s --check-prefix=FORGET
// FORGET: 'plat.kernel' op has the cores read through their cache what a transfer wrote to 'out': missing invalidate
// RUN: sed 's/\(plat.buffer "out" <L2> {align = \)32/\14/' %t | not dyadic-opt --check-plat 2>&1 | FileCheck %s --check-prefix=SHARE
// SHARE: 'out' is aligned to 4 bytes and may share a cache line of 32 with another owner's
// RUN: sed 's/, cache_line_bytes = 32 : i64//' %t | not dyadic-opt 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: 'plat.clean' op is of no use: the network has no cache_line_bytes

plat.network attributes {arena_align = 8} {
  %first = plat.buffer "first" <L2> {align = 4, size_bytes = 64} : !plat.buffer
  %pre = plat.buffer "pre" <L2> {align = 4, size_bytes = 64} : !plat.buffer
  %in = plat.buffer "in" <L2> {align = 4, size_bytes = 64} : !plat.buffer
  %out = plat.buffer "out" <L2> {align = 4, size_bytes = 16} : !plat.buffer
  %end = plat.buffer "end" <L2> {align = 4, size_bytes = 16} : !plat.buffer
  %f = plat.view %first : <tensor<4x16xui8>>
  %p = plat.view %pre : <tensor<4x16xui8>>
  %x = plat.view %in : <tensor<4x16xui8>>
  %y = plat.view %out : <tensor<4x4xui8>>
  %z = plat.view %end : <tensor<4x4xui8>>
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %home = plat.buffer "home" <L2> {align = 8, size_bytes = 64} : !plat.buffer
  %kept = plat.stage @w via %home slots 1 bounds [0, 64] {resident}
  plat.kernel "rescale" "" layer 1 ins(%f : !plat.view<tensor<4x16xui8>>) outs(%p : !plat.view<tensor<4x16xui8>>)
    params {elements = 64, period = 64, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
  plat.kernel "rescale" "" layer 2 ins(%p : !plat.view<tensor<4x16xui8>>) outs(%x : !plat.view<tensor<4x16xui8>>)
    params {elements = 64, period = 64, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
  %near_i = plat.buffer "near_i" <L1> {align = 8, size_bytes = 64} : !plat.buffer
  %near_w = plat.buffer "near_w" <L1> {align = 8, size_bytes = 64} : !plat.buffer
  %near_o = plat.buffer "near_o" <L1> {align = 8, size_bytes = 16} : !plat.buffer
  %scratch = plat.buffer "scratch" <L1> {align = 8, size_bytes = 128} : !plat.buffer
  %i = plat.stream "input" of %x : !plat.view<tensor<4x16xui8>> via %near_i slots 2 <4 out rows, 16>
  %w = plat.stream "weights" of %kept : !plat.stage via %near_w slots 1 <4 out channels, 16>
  %o = plat.stream "output" of %y : !plat.view<tensor<4x4xui8>> via %near_o slots 1 <4 out rows, 4 out channels>
  plat.tiled @layer_03 "matmul" "fc" layer 3 <order channels images rows columns, images [0 + 1], rows [0 + 2, 2 + 2],
      columns [0 + 1], channels [0 + 4]> cores 1 <pixels> grain 1 ins(%i) out(%o) weights(%w) scratch(%scratch)
    params {rows = 4, k = 16, out_c = 4, block = 1, acc_bits = 32, in = {type = {bits = 8, is_signed = 0}, zero = 0},
      weight = {type = {bits = 8, is_signed = 1}, zero = 0}, out = {type = {bits = 8, is_signed = 0}}} macs 256
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
  plat.run @layer_03 channels 0 to 1
  plat.kernel "rescale" "" layer 4 ins(%y : !plat.view<tensor<4x4xui8>>) outs(%z : !plat.view<tensor<4x4xui8>>)
    params {elements = 16, period = 16, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
}
