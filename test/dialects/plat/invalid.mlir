// What the verifier says of buffers, views, constants and kernels.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

// expected-error@+1 {{'plat.network' op arena_align must be a power of two, found 6}}
plat.network attributes {arena_align = 6} {
}

// -----

plat.network attributes {arena_align = 8, arena_bytes = 8} {
  // expected-error@+1 {{'plat.buffer' op has no place in a placed network}}
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 4} : !plat.buffer
}

// -----

plat.network attributes {arena_align = 8} {
  // expected-error@+1 {{'plat.buffer' op needs a positive size and an alignment that is a power of two}}
  %b = plat.buffer "x" <L2> {align = 3, size_bytes = 4} : !plat.buffer
}

// -----

plat.network attributes {arena_align = 8} {
  // expected-error@+1 {{'plat.buffer' op offset 6 is not a multiple of 4}}
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 4, first = 0, last = 0, offset = 6} : !plat.buffer
}

// -----

plat.network attributes {arena_align = 8} {
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 4} : !plat.buffer
  // expected-error@+1 {{'plat.view' op bytes 0..5 leave the buffer of 4}}
  %v = plat.view %b : <tensor<10xui4>>
}

// -----

plat.network attributes {arena_align = 8} {
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 8} : !plat.buffer
  // expected-error@+1 {{'plat.view' op needs an alignment of 4}}
  %v = plat.view %b {begin = 2} : <tensor<1xsi32>>
}

// -----

plat.network attributes {arena_align = 8} {
  // expected-error@+1 {{'plat.constant' op 3 values of 'si4' take 2 image elements, found 3}}
  plat.constant @w <weights> <L3> si4 3 "O K" dense<[1, 2, 3]> : tensor<3xi8>
}

// -----

plat.network attributes {arena_align = 8} {
  // expected-error@+1 {{'plat.constant' op the image of 'si12' must be dense i16}}
  plat.constant @w <weights> <L3> si12 1 "O K" dense<1> : tensor<1xi8>
}

// -----

plat.network attributes {arena_align = 8} {
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 8} : !plat.buffer
  %v = plat.view %b : <tensor<4xui8>>
  // expected-error@+1 {{'plat.kernel' op there is no kernel 'fft' in the catalogue}}
  plat.kernel "fft" "" layer 1 ins(%v : !plat.view<tensor<4xui8>>) outs(%v : !plat.view<tensor<4xui8>>) params {} macs 0
}

// -----

plat.network attributes {arena_align = 8} {
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 8} : !plat.buffer
  %v = plat.view %b : <tensor<4xui8>>
  // expected-error@+1 {{'plat.kernel' op dyadic_gather.rank must be an integer}}
  plat.kernel "gather" "" layer 1 ins(%v : !plat.view<tensor<4xui8>>) outs(%v : !plat.view<tensor<4xui8>>)
    params {in = {bits = 8, is_signed = 0}, out = {bits = 8, is_signed = 0}} macs 0
}

// -----

plat.network attributes {arena_align = 8} {
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 8} : !plat.buffer
  %v = plat.view %b : <tensor<1x1x1x4xui8>>
  // expected-error@+1 {{'plat.kernel' op needs 32 bytes of scratch, found 0}}
  plat.kernel "pool_max" "" layer 1 ins(%v : !plat.view<tensor<1x1x1x4xui8>>) outs(%v : !plat.view<tensor<1x1x1x4xui8>>)
    params {batch = 1, channels = 4, block = 32, minimum = 0, type = {bits = 8, is_signed = 0},
            h = {in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0}, w = {in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0}} macs 0
}

// -----

plat.network attributes {arena_align = 8} {
  %b = plat.buffer "x" <L2> {align = 4, size_bytes = 8} : !plat.buffer
  %v = plat.view %b : <tensor<4xui8>>
  // expected-error@+1 {{'plat.kernel' op layer 3 follows layer 1; layers count up from 1 without gaps}}
  plat.kernel "rescale" "" layer 3 ins(%v : !plat.view<tensor<4xui8>>) outs(%v : !plat.view<tensor<4xui8>>)
    params {elements = 4, period = 4, in = [], out = {bits = 8, is_signed = 0}} macs 0
}

// -----

plat.network attributes {arena_align = 8} {
  // expected-error@+1 {{'plat.step' op dyadic_step.channels must be an integer}}
  plat.step @s "q" {terms = 1} <channels = 1, period = 1, terms = 1, clamp_min = 0, clamp_max = 1, forms = [1], mult = [1], bias = [0],
    shift = [0], aux_begin = [], aux = [], range_min = [0], range_max = [1]>
}
