plat.network attributes {arena_align = 8, arena_bytes = 136, arena_bound_bytes = 136, bound_layer = 1, l1_bytes = 240} {
  %in = plat.buffer "in" <L2> {align = 8, first = 0, last = 1, offset = 0, size_bytes = 64} : !plat.buffer
  %out = plat.buffer "out" <L2> {align = 8, first = 1, last = 2, offset = 64, size_bytes = 8} : !plat.buffer
  %x = plat.view %in : <tensor<4x16xui8>>
  %y = plat.view %out : <tensor<4x4xui4>>
  plat.constant @w <weights> <L3> si8 64 "O K" dense<1> : tensor<64xi8>
  %stage_home = plat.buffer "stage" <L2> {align = 8, first = 1, last = 1, offset = 72, size_bytes = 64} : !plat.buffer
  %stage = plat.stage @w via %stage_home slots 2 bounds [0, 32, 64]
  %near_in = plat.buffer "near_in" <L1> {align = 8, first = 1, last = 1, offset = 0, size_bytes = 32} : !plat.buffer
  %near_w = plat.buffer "near_w" <L1> {align = 8, first = 1, last = 1, offset = 32, size_bytes = 64} : !plat.buffer
  %near_out = plat.buffer "near_out" <L1> {align = 8, first = 1, last = 1, offset = 96, size_bytes = 16} : !plat.buffer
  %scratch = plat.buffer "scratch" <L1> {align = 8, first = 1, last = 1, offset = 112, size_bytes = 128} : !plat.buffer
  %i = plat.stream "input" of %x : !plat.view<tensor<4x16xui8>> via %near_in slots 1 <4 out rows, 16>
  %w = plat.stream "weights" of %stage : !plat.stage via %near_w slots 2 <4 out channels, 16>
  %o = plat.stream "output" of %y : !plat.view<tensor<4x4xui4>> via %near_out slots 2 <4 out rows, 4 out channels>
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
  plat.run @layer_01 channels 1 to 2 chunk 1
}
