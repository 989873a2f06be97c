// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every pass: what it is for, with the IR before and after.
#ifndef DYADIC_PASSES
#define DYADIC_PASSES

include "mlir/Pass/PassBase.td"

def CheckQonnx : Pass<"check-qonnx", "::mlir::ModuleOp"> {
  let summary = "Refuse a network of reals whose inputs, outputs or quantisers cannot be told apart";
  let description = [{
    One @main of one block, ops of the qonnx dialect only; a name for each argument and result, a key for each quantiser, none
    of them twice.
  }];
}

def LowerToQint : Pass<"lower-to-qint", "::mlir::ModuleOp"> {
  let summary = "Replace real tensors by integers that mean exactly the same";
  let description = [{
    Each real tensor is seen as an exact function of integer tensors; scales, biases, batch normalisation and activations
    gather in that function until a quantiser turns them into one proven step per channel.

        %y = qonnx.matmul %x, %w : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
        %r = qonnx.relu %y : tensor<1x2xf32>
        %q = qonnx.quant %r "act" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed false
               narrow false <half_even> : tensor<1x2xf32> -> tensor<1x2xf32>

    becomes

        %a = qint.matmul %x, %w "fc" {...} : (tensor<1x4xsi8>, tensor<2x4xsi4>) -> tensor<1x2xsi32>
        %q = qint.rescale %a "act" <channels = 1, ..., forms = [1], mult = [123], bias = [1021], shift = [11], ...>

    where codes of %x are worth 0.1 and those of %w 0.3: (123 a + 1021) >> 11 is the code for every sum a that can be reached.
  }];
  let dependentDialects = ["::dyadic::qint::QintDialect"];
}

def RemoveConstantChannels : Pass<"remove-constant-channels", "::mlir::ModuleOp"> {
  let summary = "Drop channels whose code is the same for every input";
  let description = [{
    A channel whose step is constant leaves its producer and every reader, where all of them can do without it exactly: its value
    is 0, or what it adds to a sum is the same at every position and moves into the step behind the sum. A non-zero constant
    that a padded convolution reads differs at the borders and stays. Taps remember what was removed.

        %a = qint.matmul %x, %w "fc1" {...} : (tensor<1x4xui4>, tensor<3x4xsi4>) -> tensor<1x3xsi32>
        %q = qint.rescale %a "act" <channels = 3, ..., forms = [1, 0, 1], ..., bias = [8, 0, 2], ...>
        %b = qint.matmul %q, %v "fc2" {...} : (tensor<1x3xui4>, tensor<2x3xsi4>) -> tensor<1x2xsi32>

    becomes

        %a = qint.matmul %x, %w2 "fc1" {...} : (tensor<1x4xui4>, tensor<2x4xsi4>) -> tensor<1x2xsi32>
        %q = qint.rescale %a "act" <channels = 2, ..., forms = [1, 1], ..., bias = [8, 2], ...> {removed_channels = 1 : i64}
        %b = qint.matmul %q, %v2 "fc2" {...} : (tensor<1x2xui4>, tensor<2x2xsi4>) -> tensor<1x2xsi32>
  }];
  let dependentDialects = ["::dyadic::qint::QintDialect"];
}

def Im2Col : Pass<"im2col", "::mlir::ModuleOp"> {
  let summary = "Make a dense convolution a gathering of windows and a matrix product";
  let description = [{
    A 1x1 convolution without stride and padding needs no im2col; grouped and depthwise convolutions stay direct.

        %a = qint.conv2d %x, %w "conv" {pads = [1, 1, 1, 1], ...} : (tensor<1x4x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x4x4x3xsi32>

    becomes

        %c = qint.im2col %x {kernel = [3, 3], ...} : tensor<1x4x4x2xui4> -> tensor<16x18xui4>
        %m = qint.matmul %c, %w2 "conv" {input_zero = 0 : si64} : (tensor<16x18xui4>, tensor<3x18xsi4>) -> tensor<16x3xsi32>
        %a = qint.reshape %m : tensor<16x3xsi32> -> tensor<1x4x4x3xsi32>
  }];
  let dependentDialects = ["::dyadic::qint::QintDialect"];
}

def ChooseImpl : Pass<"choose-impl", "::mlir::ModuleOp"> {
  let summary = "Multiply, or read products from a table made at compile time";
  let description = [{
    Sets `impl` of each convolution and matrix product, and `impl_why` beside it. A table has 2^(weight bits + activation bits)
    entries and at most 64 KB. `auto` compares work (`passes/model/LutCost.h`) with the bytes of the table.

        %a = qint.matmul %x, %w "fc" {input_zero = 0 : si64} ...          with choices=lut

    becomes

        %a = qint.matmul %x, %w "fc" {impl = #qint.impl<lut>, impl_why = "asked for; ...", input_zero = 0 : si64} ...
  }];
  let options = [
    ListOption<"choices", "choices", "std::string", "mac, lut, auto, or NODE=mac|lut|auto with * in NODE; the last match counts">,
    Option<"mulCycles", "mul-cycles", "int64_t", "1", "cycles of one multiplication on the target">];
}

def CheckQint : Pass<"check-qint", "::mlir::ModuleOp"> {
  let summary = "Refuse an integer network in which a step or a type is too narrow for what reaches it";
  let description = [{
    One @main of one block; integers only, a port for each argument and result, no name and no key twice. The least and greatest
    integer at each element follow from the inputs' codes by the ops' own definitions: each step must be proven over all of them,
    and each type hold them.

        %w = qint.constant dense<[[3, -2]]> ...
        %a = qint.matmul %x, %w "fc" {...}                             // -30..45 for the 4-bit codes of %x
        %q = qint.rescale %a "act" <..., range_min = [-30], range_max = [44]>

    is refused: "is proven for term 0 of channel 0 over -30..44, but -30..45 can reach it".
  }];
}

def LowerToPlat : Pass<"lower-to-plat", "::mlir::ModuleOp"> {
  let summary = "Choose a kernel for every integer op; buffers and constants get names and sizes";
  let description = [{
    im2col and matrix product, or convolution, or window sum, become one kernel together with the step that follows.
    Weights are packed and equal constants kept once, tables of products are built, a reshape is a second view of its
    buffer, and an element-wise step works in place where its input dies there.

        %a = qint.matmul %x, %w "fc" {...} : (tensor<1x64xui4>, tensor<10x64xsi4>) -> tensor<1x10xsi32>
        %y = qint.rescale %a "fc_quant" #qint.step<...> : (tensor<1x10xsi32>) -> tensor<1x10xui4>

    becomes

        plat.constant @weights_01 <weights> <L3> si4 640 "O K" dense<...>
        plat.step @layer_01_step "fc_quant" {line = {m32 = @layer_01_m, b32 = @layer_01_b, n = @layer_01_n}, ...} #qint.step<...>
        plat.kernel "matmul" "fc" layer 1 ins(%x) outs(%y) scratch(%s) weights @weights_01 params {k = 64, out_c = 10, ...} macs 640
  }];
  let dependentDialects = ["::dyadic::plat::PlatDialect"];
}

def Tile : Pass<"tile", "::mlir::ModuleOp"> {
  let summary = "Cut each layer into tiles that fit L1, and say when what moves";
  let description = [{
    For a machine with L1. `passes/model/tiling` searches the tiling that takes the fewest predicted cycles; what has no form that
    works on tiles stays whole and works on L2. Weights that L2 cannot keep come from L3 chunk by chunk, as far ahead as L2 has room;
    a layer's first weights come to L1 during the last tile of the layer before, and activations stay in L1 where they can.
    The machine is no text: `createTile(machine)` makes the pass, for `dyadic compile --target T --stop-after plat`.

        plat.kernel "matmul" "fc" layer 1 ins(%x) outs(%y) scratch(%s) weights @weights_01 params {k = 64, out_c = 10, ...} macs 640

    becomes

        %w = plat.stream "weights" @weights_01 via %b slots 2 <10 out channels, 64>
        plat.tiled @layer_01 "matmul" "fc" layer 1 #plat.grid<order channels images rows columns, ..., channels [0 + 5, 5 + 5]>
            cores 8 <channels> grain 1 ins(%i) out(%o) weights(%w) ... before {
          plat.start %w first
        } each {
          plat.start %w next
          plat.await %w this
          plat.team
        } behind {
        }
        plat.run @layer_01 channels 0 to 2
  }];
  let dependentDialects = ["::dyadic::plat::PlatDialect"];
}

def HandOver : Pass<"hand-over", "::mlir::ModuleOp"> {
  let summary = "Say when lines of the cores' cache are cleaned and forgotten around transfers";
  let description = [{
    For a machine whose cores see L2 through a cache that transfers go past; it runs twice. Before places are chosen it lets buffers of
    L2 begin at lines, so that no line belongs to two. With places it walks two inferences line by line, and says of each tensor that
    changes between cores and engine: `clean` before an engine reads or writes lines that a core may have written, `invalidate`
    before a core reads what an engine wrote. Between tiles that only transfers touch nothing is done. NAME_init cleans the arena.

        plat.run @layer_01 channels 0 to 1

    becomes

        plat.clean %x : !plat.view<tensor<1x8x8x3xui8>>
        plat.run @layer_01 channels 0 to 1
  }];
  let options = [Option<"lineBytes", "line-bytes", "int64_t", "32", "bytes of a line of the cache">];
}

def PlanMemory : Pass<"plan-memory", "::mlir::ModuleOp"> {
  let summary = "Give every buffer its live interval and its offset in the arena";
  let description = [{
    Two buffers alive in one layer never overlap. The plan is checked by a judge that shares no code with the planner.

        %b = plat.buffer "x" <L2> {size_bytes = 64, align = 4} : !plat.buffer

    becomes

        %b = plat.buffer "x" <L2> {size_bytes = 64, align = 4, first = 0, last = 3, offset = 128} : !plat.buffer
  }];
}

def CheckPlat : Pass<"check-plat", "::mlir::ModuleOp"> {
  let summary = "Refuse a placed network in which a buffer may be overwritten while it is needed";
  let description = [{
    Places, tiles, schedule and caches: overlapping buffers, uncovered output, missing wait, wrong owner, early reuse, missing clean,
    missing invalidate are refused by these names.
  }];
}

#endif
