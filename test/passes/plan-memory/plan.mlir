// Intervals come from the order of the layers; an input may lie where a later output does.
// RUN: dyadic-opt %s --plan-memory --check-plat | FileCheck %s

// CHECK: plat.network attributes {arena_align = 8 : i64, arena_bound_bytes = 96 : i64, arena_bytes = 96 : i64, bound_layer = 1 : i64} {
plat.network attributes {arena_align = 8} {
  // CHECK: plat.buffer "a" <L2> {align = 4 : i64, first = 1 : i64, last = 1 : i64, offset = {{.*}}, size_bytes = 64 : i64}
  %a = plat.buffer "a" <L2> {align = 4, size_bytes = 64} : !plat.buffer
  // CHECK: plat.buffer "b" <L2> {align = 4 : i64, first = 1 : i64, last = 2 : i64, {{.*}}, size_bytes = 32 : i64}
  %b = plat.buffer "b" <L2> {align = 4, size_bytes = 32} : !plat.buffer
  // CHECK: plat.buffer "c" <L2> {align = 4 : i64, first = 2 : i64, last = 2 : i64, {{.*}}, size_bytes = 60 : i64}
  %c = plat.buffer "c" <L2> {align = 4, size_bytes = 60} : !plat.buffer
  // CHECK-NOT: unused
  %u = plat.buffer "unused" <L2> {align = 4, size_bytes = 600} : !plat.buffer
  %va = plat.view %a : <tensor<8xui8>>
  %vb = plat.view %b : <tensor<8xui8>>
  %vc = plat.view %c : <tensor<8xui8>>
  plat.kernel "rescale" "first" layer 1 ins(%va : !plat.view<tensor<8xui8>>) outs(%vb : !plat.view<tensor<8xui8>>)
    params {elements = 8, period = 8, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
  plat.kernel "rescale" "second" layer 2 ins(%vb : !plat.view<tensor<8xui8>>) outs(%vc : !plat.view<tensor<8xui8>>)
    params {elements = 8, period = 8, in = [{bits = 8, is_signed = 0}], out = {bits = 8, is_signed = 0}} macs 0
}
