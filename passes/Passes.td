// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every pass: what it is for, with the IR before and after.
#ifndef DYADIC_PASSES
#define DYADIC_PASSES

include "mlir/Pass/PassBase.td"

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
}

#endif
