// A layer that works tile by tile: text, and what its ops demand.
// RUN: dyadic-opt %s -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: plat.network
plat.network attributes {arena_align = 8} {
  %in = plat.buffer "in" <L2> {align = 8, size_bytes = 64} : !plat.buffer
  %out = plat.buffer "out" <L2> {align = 8, size_bytes = 8} : !plat.buffer
  %x = plat.view %in : <tensor<4x16xui8>>
  %y = plat.view %out : <tensor<4x4xui4>>
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %stage_home = plat.buffer "stage" <L2> {align = 8, size_bytes = 64} : !plat.buffer
  // CHECK: plat.stage @w via %{{.*}} slots 2 bounds [0, 32, 64]
  %stage = plat.stage @w via %stage_home slots 2 bounds [0, 32, 64]
  %near_in = plat.buffer "near_in" <L1> {align = 8, size_bytes = 32} : !plat.buffer
  %near_w = plat.buffer "near_w" <L1> {align = 8, size_bytes = 64} : !plat.buffer
  %near_out = plat.buffer "near_out" <L1> {align = 8, size_bytes = 8} : !plat.buffer
  %scratch = plat.buffer "scratch" <L1> {align = 8, size_bytes = 128} : !plat.buffer
  // CHECK: plat.stream "input" of %{{.*}} : !plat.view<tensor<4x16xui8>> via %{{.*}} slots 1 <4 out rows, 16>
  %i = plat.stream "input" of %x : !plat.view<tensor<4x16xui8>> via %near_in slots 1 <4 out rows, 16>
  %w = plat.stream "weights" of %stage : !plat.stage via %near_w slots 2 <4 out channels, 16>
  %o = plat.stream "output" of %y : !plat.view<tensor<4x4xui4>> via %near_out slots 2 <4 out rows, 4 out channels>
  // CHECK: plat.tiled @layer_01 "matmul" "fc" layer 1 <order channels images rows columns, images [0 + 1], rows [0 + 2, 2 + 2], columns [0 + 1], channels [0 + 2, 2 + 2]>
  plat.tiled @layer_01 "matmul" "fc" layer 1 <order channels images rows columns, images [0 + 1], rows [0 + 2, 2 + 2],
      columns [0 + 1], channels [0 + 2, 2 + 2]> cores 2 <pixels> grain 1 ins(%i) out(%o) weights(%w) scratch(%scratch)
    params {rows = 4, k = 16, out_c = 4, block = 1, acc_bits = 32, in = {type = {bits = 8, is_signed = 0}, zero = 0},
      weight = {type = {bits = 8, is_signed = 1}, zero = 0}, out = {type = {bits = 4, is_signed = 0}}} macs 256
    before {
      plat.start %w first
    } each {
      plat.start %i this
      plat.start %w next
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
  // CHECK: plat.run @layer_01 channels 1 to 2 chunk 1
  plat.run @layer_01 channels 1 to 2 chunk 1
}

// -----

// Windows and padding print only where they differ.
// CHECK: rows [0 + 8 in 0 + 9 pad 1, 8 + 8 in 7 + 9]
module attributes {plat.grid = #plat.grid<order images rows columns channels, images [0 + 1], rows [0 + 8 in 0 + 9 pad 1, 8 + 8 in 7 + 9], columns [0 + 4], channels [0 + 4]>} {}

// -----

// expected-error@+1 {{the order of a grid names each axis of the output once}}
module attributes {plat.grid = #plat.grid<order images images columns channels, images [0 + 1], rows [0 + 8], columns [0 + 4], channels [0 + 4]>} {}

// -----

// expected-error@+1 {{a segment of 0 positions from 0 is none: counts are positive, the rest is not negative}}
module attributes {plat.grid = #plat.grid<order images rows columns channels, images [0 + 0], rows [0 + 8], columns [0 + 4], channels [0 + 4]>} {}

// -----

plat.network attributes {arena_align = 8} {
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %home = plat.buffer "stage" <L2> {align = 8, size_bytes = 32} : !plat.buffer
  // expected-error@+1 {{'plat.stage' op chunk 0 has 40 bytes, its slot 32}}
  %stage = plat.stage @w via %home slots 1 bounds [0, 40, 64]
}

// -----

plat.network attributes {arena_align = 8} {
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %home = plat.buffer "near" <L2> {align = 8, size_bytes = 32} : !plat.buffer
  // expected-error@+1 {{'plat.stream' op brings its parts to L2, not to L1}}
  %s = plat.stream "weights" @w via %home slots 1 <4 out channels, 16>
}

// -----

plat.network attributes {arena_align = 8} {
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %home = plat.buffer "stage" <L2> {align = 8, size_bytes = 64} : !plat.buffer
  %stage = plat.stage @w via %home slots 1 bounds [0, 64]
  // expected-error@+1 {{'plat.start_chunk' op is of chunk 1 of 1}}
  plat.start_chunk %stage 1
}

// -----

plat.network attributes {arena_align = 8} {
  // expected-error@+1 {{'plat.run' op runs 'layer_07', which is no tiled layer}}
  plat.run @layer_07 channels 0 to 1
}
