// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The qint dialect itself, its enums, the step attribute and the base of its ops.
#ifndef DYADIC_QINT_BASE
#define DYADIC_QINT_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"

def QintDialect : Dialect {
  let name = "qint";
  let summary = "Which integer arithmetic computes the network";
  let description = [{
    Values are tensors of `siN` and `uiN`, N = 1..64, in physical order (activations N H W C, C innermost). `si1`
    is bipolar: codes -1 and +1. The network is one `func.func @main`. Each argument and result carries
    `qint.port` (#qint.port): its ONNX name and shape, the order of its physical axes and what its codes mean.
    No float occurs, except as exact fractions in ports, which belong to the model's edges.
  }];
  let cppNamespace = "::dyadic::qint";
  let useDefaultAttributePrinterParser = 1;
}

class Qint_Enum<string name, string what, list<I32EnumAttrCase> cases> : I32EnumAttr<name, what, cases> {
  let cppNamespace = "::dyadic::qint";
  let genSpecializedAttr = 0;
}
def Qint_Impl : Qint_Enum<"Impl", "how products are formed", [
  I32EnumAttrCase<"Mac", 0, "mac">, I32EnumAttrCase<"Lut", 1, "lut">]>;
def Qint_ImplAttr : EnumAttr<QintDialect, Qint_Impl, "impl"> { let assemblyFormat = "`<` $value `>`"; }
def Qint_PoolKind : Qint_Enum<"PoolKind", "what a window yields", [
  I32EnumAttrCase<"Max", 0, "max">, I32EnumAttrCase<"Min", 1, "min">, I32EnumAttrCase<"Sum", 2, "sum">]>;
def Qint_PoolKindAttr : EnumAttr<QintDialect, Qint_PoolKind, "pool_kind"> { let assemblyFormat = "`<` $value `>`"; }

def Qint_StepAttr : AttrDef<QintDialect, "Step"> {
  let mnemonic = "step";
  let summary = "One proven monotone step function per channel, from T integer terms a_t to a code";
  let description = [{
    The channel of element i (physical order) is `(i / period) % channels`. Forms (`StepForm`): 0 constant y = b;
    1 dyadic32 and 2 dyadic64 y = clamp((sum m_t a_t + b) >> n); 3 half_even y = clamp(rne(sum m_t a_t + b, n));
    4 two_segment a < split ? (m, b, n) : (m1, b1, n1); 5 thresholds; 6 table; 7 wide;
    8 pieces, on each stretch of accumulators one of 0, 2, 3 and 7. rounding and shifts are those of runtime-c's
    dyadic_round.h. For the bipolar type y is the bit: 0 for -1, 1 for +1.

    * `forms`: `channels` entries. `mult`: channels x terms, term fastest. `bias`, `shift`: `channels` entries.
    * `aux`, cut by `aux_begin` (channels + 1 entries, or both empty): form 4 [split, m1, b1, n1]; form 5
      [descending, t...] sorted ascending: y = clamp_min + #(a >= t), descending: y = clamp_max - #(a >= t); form 6
      [a_lo, y...]; form 7 see dyadic_step.h: [limbs, tie, A_t..., B, P, Q, Q'], 32-bit limbs, least first;
      form 8 piece by piece [form, m, b, n], or of form 7 [7, limbs, tie, A, B, P, Q, Q'], from the second one on
      each after the accumulator at which it begins.
    * `range_min`, `range_max`: channels x terms, the reachable range of each term over which the form is proven.
  }];
  let parameters = (ins "int64_t":$channels, "int64_t":$period, "int64_t":$terms, "int64_t":$clamp_min, "int64_t":$clamp_max,
    "::mlir::DenseI8ArrayAttr":$forms, "::mlir::DenseI64ArrayAttr":$mult, "::mlir::DenseI64ArrayAttr":$bias,
    "::mlir::DenseI8ArrayAttr":$shift, "::mlir::DenseI64ArrayAttr":$aux_begin, "::mlir::DenseI64ArrayAttr":$aux,
    "::mlir::DenseI64ArrayAttr":$range_min, "::mlir::DenseI64ArrayAttr":$range_max);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Qint_PortAttr : AttrDef<QintDialect, "Port"> {
  let mnemonic = "port";
  let summary = "What an argument or result of the network is to its user";
  let description = [{
    `name`: the ONNX tensor. `shape`: its ONNX shape, batch first. `perm`: physical axis i is axis perm[i] of
    `view`, the shape in ONNX order before a final reshape (equal to `shape` unless an argument or result was
    flattened). real = (code * code_mul + code_add - zero) * scale + offset: exact fractions "n/d", one entry, or one
    per index of ONNX axis `axis` (1 unless said), or of the axes before it as well, row-major: entry (i / inner) % entries
    of ONNX element i, `inner` the elements of one index along `axis`. `key`: the quantiser whose code it is, or empty. `head`: "", "softmax" or "argmax" of the
    reals along `head_axis`, when the ONNX graph ends so. For an argument, `thresholds` is empty or float32
    [channels, codes - 1]: code number j + 1 and above begin at the smallest float32 >= thresholds[c][j]; the channel of ONNX element i is
    (i / threshold_period) % channels. Where descending[c] is 1, codes fall as the real grows: code number
    (codes - 1 - j) and below begin at thresholds[c][j].
  }];
  let parameters = (ins "::mlir::StringAttr":$name, "::mlir::DenseI64ArrayAttr":$shape, "::mlir::DenseI64ArrayAttr":$view,
    "::mlir::DenseI64ArrayAttr":$perm, "::mlir::ArrayAttr":$scale, "::mlir::ArrayAttr":$offset, "::mlir::StringAttr":$zero,
    "int64_t":$code_mul, "int64_t":$code_add, "::mlir::StringAttr":$key, "::mlir::StringAttr":$head, "int64_t":$head_axis,
    "::mlir::ElementsAttr":$thresholds, "int64_t":$threshold_period, "::mlir::DenseI8ArrayAttr":$descending,
    DefaultValuedParameter<"int64_t", "1">:$axis);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Qint_Int : AnyTypeOf<[AnySignedInteger, AnyUnsignedInteger], "siN or uiN">;
def Qint_Tensor : TensorOf<[Qint_Int]>;
class Qint_Op<string mnemonic, list<Trait> traits = []> : Op<QintDialect, mnemonic, traits>;

#endif
