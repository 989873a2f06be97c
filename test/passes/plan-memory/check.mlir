// Plans that would lose a tensor are refused by name.
// RUN: dyadic-opt %s --check-plat -verify-diagnostics -split-input-file

plat.network attributes {arena_align = 8, arena_bytes = 16} {
  %a = plat.buffer "a" <L2> {align = 4, size_bytes = 8, first = 1, last = 1, offset = 0} : !plat.buffer
  // expected-error@+1 {{'plat.buffer' op 'b' overlaps 'a' while both are alive}}
  %b = plat.buffer "b" <L2> {align = 4, size_bytes = 8, first = 1, last = 1, offset = 4} : !plat.buffer
  %va = plat.view %a : <tensor<8xui8>>
  %vb = plat.view %b : <tensor<8xui8>>
  plat.kernel "rescale" "" layer 1 ins(%va : !plat.view<tensor<8xui8>>) outs(%vb : !plat.view<tensor<8xui8>>)
    params {elements = 8, period = 8, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
}

// -----

plat.network attributes {arena_align = 8, arena_bytes = 16} {
  // expected-error@+1 {{'plat.buffer' op 'a' is alive in layers 1..1 but used in 1..2}}
  %a = plat.buffer "a" <L2> {align = 4, size_bytes = 8, first = 1, last = 1, offset = 0} : !plat.buffer
  // expected-error@+1 {{'plat.buffer' op 'b' ends at byte 24 of an arena of 16}}
  %b = plat.buffer "b" <L2> {align = 4, size_bytes = 8, first = 1, last = 2, offset = 16} : !plat.buffer
  %va = plat.view %a : <tensor<8xui8>>
  %vb = plat.view %b : <tensor<8xui8>>
  plat.kernel "rescale" "" layer 1 ins(%va : !plat.view<tensor<8xui8>>) outs(%vb : !plat.view<tensor<8xui8>>)
    params {elements = 8, period = 8, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
  plat.kernel "rescale" "" layer 2 ins(%va : !plat.view<tensor<8xui8>>) outs(%vb : !plat.view<tensor<8xui8>>)
    params {elements = 8, period = 8, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
}

// -----

// expected-error@+1 {{check-plat needs a module with one placed plat.network; run plan-memory first}}
module {
  plat.network attributes {arena_align = 8} {
  }
}
