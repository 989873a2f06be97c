// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of the qonnx dialect: constants, quantisers, linear, element-wise, pooling and movement.
#ifndef DYADIC_QONNX
#define DYADIC_QONNX

include "dialects/qonnx/QonnxBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===-- Constants ------------------------------------------------------------------------------------===//

def Qonnx_ConstantOp : Qonnx_Op<"constant", [Pure]> {
  let summary = "Exact float32 constant";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$value attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Qonnx_QuantConstantOp : Qonnx_Op<"quant_constant", [Pure]> {
  let summary = "Quantised constant: value = (code - zero) * scale, exact and unrounded";
  let description = [{
    Codes were decided in float32 as the executor does (rule 1). `scale` and `zero` are float32 tensors that
    broadcast (numpy rules, from the right) to the shape of the codes. `bits` may be fractional. Signed one-bit
    codes are -1 and +1. `codes` holds i8, i16, i32 or i64 elements in two's complement, or ui8 where unsigned.
  }];
  let arguments = (ins ElementsAttr:$codes, ElementsAttr:$scale, ElementsAttr:$zero, F32Attr:$bits, BoolAttr:$is_signed,
                       BoolAttr:$narrow);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = [{`codes` `(` $codes `)` `scale` `(` $scale `)` `zero` `(` $zero `)` `bits` $bits `signed` $is_signed
                         `narrow` $narrow attr-dict `:` type($result)}];
  let hasVerifier = 1;
}

//===-- Quantisers on the data path; `key` names their codes in taps and npz files --------------------===//

def Qonnx_QuantOp : Qonnx_Op<"quant", [Pure]> {
  let summary = "QONNX Quant: y = round(clip(x / scale + zero)); value (y - zero) * scale";
  let description = [{
    `scale` and `zero` are float32 tensors that broadcast to the input's shape. MIN and MAX follow `bits`,
    `is_signed` and `narrow` in float32; the clip comes before the rounding. Signed one-bit: x / scale + zero >= 0
    gives +1, else -1.
  }];
  let arguments = (ins Qonnx_Tensor:$input, ElementsAttr:$scale, ElementsAttr:$zero, F32Attr:$bits, BoolAttr:$is_signed,
                       BoolAttr:$narrow, Qonnx_RoundingAttr:$rounding, StrAttr:$key);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = [{$input $key `scale` `(` $scale `)` `zero` `(` $zero `)` `bits` $bits `signed` $is_signed `narrow`
                         $narrow $rounding attr-dict `:` type($input) `->` type($result)}];
  let hasVerifier = 1;
}

def Qonnx_BipolarQuantOp : Qonnx_Op<"bipolar_quant", [Pure]> {
  let summary = "x >= 0 ? scale : -scale; code +1 or -1";
  let arguments = (ins Qonnx_Tensor:$input, ElementsAttr:$scale, StrAttr:$key);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input $key `scale` `(` $scale `)` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Qonnx_TruncOp : Qonnx_Op<"trunc", [Pure]> {
  let summary = "QONNX Trunc, version 1 or 2 (rule 9)";
  let description = [{
    w = half-even integer of x / scale + zero. Version 1: code = round(w / 2^(in_bits - out_bits)), value
    (code - zero) * scale. Version 2: T = 2^rint(log2(out_scale / scale)), code = round(clip(w / T)), value
    (code - zero / T) * out_scale. All parameters are float32 tensors that broadcast; bit widths are scalars.
    Version 1 leaves `out_scale` equal to `scale`.
  }];
  let arguments = (ins Qonnx_Tensor:$input, ElementsAttr:$scale, ElementsAttr:$zero, F32Attr:$in_bits, F32Attr:$out_bits,
                       ElementsAttr:$out_scale, BoolAttr:$is_signed, BoolAttr:$narrow, Qonnx_RoundingAttr:$rounding,
                       I32Attr:$version, StrAttr:$key);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input $key attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Qonnx_MultiThresholdOp : Qonnx_Op<"multi_threshold", [Pure]> {
  let summary = "out_scale * (number of thresholds t with x >= t) + out_bias; the code is that number";
  let description = "`thresholds` is float32 [C or 1, B] in any order; channels lie along `axis`.";
  let arguments = (ins Qonnx_Tensor:$input, ElementsAttr:$thresholds, F32Attr:$out_scale, F32Attr:$out_bias, I64Attr:$axis,
                       StrAttr:$key);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input $key `thresholds` `(` $thresholds `)` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Linear ---------------------------------------------------------------------------------------===//

def Qonnx_ConvOp : Qonnx_Op<"conv", [Pure]> {
  let summary = "Convolution, N C spatial..., weights O I/g spatial...; spatial rank 1 or 2";
  let description = [{
    `pads` holds all begins, then all ends (auto_pad is resolved at import); padding is real 0. The optional bias
    is a rank-1 tensor over output channels. The weights may be any value, constants in practice.
  }];
  let arguments = (ins Qonnx_Tensor:$input, Qonnx_Tensor:$weights, Optional<Qonnx_Tensor>:$bias, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = [{$input `,` $weights (`bias` $bias^)? attr-dict `:` functional-type(operands, $result)}];
  let hasVerifier = 1;
}

def Qonnx_MatMulOp : Qonnx_Op<"matmul", [Pure]> {
  let summary = "numpy matmul; Gemm arrives as transpose, matmul, mul and add";
  let arguments = (ins Qonnx_Tensor:$lhs, Qonnx_Tensor:$rhs);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Qonnx_BatchNormOp : Qonnx_Op<"batch_norm", [Pure]> {
  let summary = "scale[c] * x + shift[c] along axis 1, scale and shift computed in float32 by rule 2";
  let arguments = (ins Qonnx_Tensor:$input, ElementsAttr:$scale, ElementsAttr:$shift);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input `scale` `(` $scale `)` `shift` `(` $shift `)` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Element-wise ----------------------------------------------------------------------------------===//

class Qonnx_Binary<string mnemonic, string what> : Qonnx_Op<mnemonic, [Pure]> {
  let summary = what # ", numpy broadcasting";
  let arguments = (ins Qonnx_Tensor:$lhs, Qonnx_Tensor:$rhs);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}
def Qonnx_AddOp : Qonnx_Binary<"add", "lhs + rhs">;
def Qonnx_SubOp : Qonnx_Binary<"sub", "lhs - rhs">;
def Qonnx_MulOp : Qonnx_Binary<"mul", "lhs * rhs">;
def Qonnx_DivOp : Qonnx_Binary<"div", "lhs / rhs, exact">;

class Qonnx_Unary<string mnemonic, string what, dag extra = (ins)> : Qonnx_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let summary = what;
  let arguments = !con((ins Qonnx_Tensor:$input), extra);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}
def Qonnx_ReluOp : Qonnx_Unary<"relu", "max(x, 0)">;
def Qonnx_LeakyReluOp : Qonnx_Unary<"leaky_relu", "x >= 0 ? x : alpha * x", (ins F32Attr:$alpha)>;
def Qonnx_ClipOp : Qonnx_Unary<"clip", "min(max(x, min), max); an absent bound does not bind",
                               (ins OptionalAttr<F32Attr>:$min, OptionalAttr<F32Attr>:$max)>;
def Qonnx_NegOp : Qonnx_Unary<"neg", "-x">;
def Qonnx_AbsOp : Qonnx_Unary<"abs", "|x|">;
def Qonnx_PReluOp : Qonnx_Op<"prelu", [Pure]> {
  let summary = "x >= 0 ? x : slope * x; the slope broadcasts (numpy, from the right)";
  let arguments = (ins Qonnx_Tensor:$input, ElementsAttr:$slope);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input `slope` `(` $slope `)` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Pooling and reduction -------------------------------------------------------------------------===//

class Qonnx_Pool<string mnemonic, string what, dag extra = (ins)> : Qonnx_Op<mnemonic, [Pure]> {
  let summary = what;
  let description = [{
    `pads` holds all begins, then all ends, as declared (or resolved from auto_pad); the result's shape says how
    many windows there are, ceil_mode included. A window may reach past the declared pads in ceil_mode: such
    positions never count.
  }];
  let arguments = !con((ins Qonnx_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations), extra);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}
def Qonnx_MaxPoolOp : Qonnx_Pool<"max_pool", "Largest value of each window; padding never wins">;
def Qonnx_AveragePoolOp : Qonnx_Pool<"average_pool", "Exact sum of the window / number of counted positions (rule 15)",
                                     (ins BoolAttr:$count_include_pad)>;
def Qonnx_ReduceMeanOp : Qonnx_Op<"reduce_mean", [Pure]> {
  let summary = "Exact mean over `axes`; GlobalAveragePool is the mean over all spatial axes";
  let arguments = (ins Qonnx_Tensor:$input, DenseI64ArrayAttr:$axes, BoolAttr:$keepdims);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Movement --------------------------------------------------------------------------------------===//

class Qonnx_Move<string mnemonic, string what, dag extra> : Qonnx_Op<mnemonic, [Pure]> {
  let summary = what;
  let arguments = !con((ins Qonnx_Tensor:$input), extra);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}
def Qonnx_TransposeOp : Qonnx_Move<"transpose", "result axis i is input axis perm[i]", (ins DenseI64ArrayAttr:$perm)>;
def Qonnx_ReshapeOp : Qonnx_Move<"reshape", "Same elements in row-major order, another shape", (ins)>;
def Qonnx_PadOp : Qonnx_Move<"pad", "Constant padding of every axis: all begins, then all ends, none negative",
                             (ins DenseI64ArrayAttr:$pads, F32Attr:$value)>;
def Qonnx_SliceOp : Qonnx_Move<"slice", "Elements starts[i] + k * steps[i] along each axis",
                               (ins DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$steps)>;
def Qonnx_ResizeOp : Qonnx_Move<"resize", "Nearest-neighbour: result index i along axis d reads input index maps[d][i]",
                                (ins ArrayAttr:$maps)>;
def Qonnx_ConcatOp : Qonnx_Op<"concat", [Pure]> {
  let summary = "Inputs one after the other along `axis`";
  let arguments = (ins Variadic<Qonnx_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Qonnx_Tensor:$result);
  let assemblyFormat = "$inputs attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
}

//===-- Heads -----------------------------------------------------------------------------------------===//

def Qonnx_SoftmaxOp : Qonnx_Unary<"softmax", "exp(x_i) / sum exp(x_j) along `axis`; only as the last op before a result",
                                  (ins I64Attr:$axis)>;
def Qonnx_ArgMaxOp : Qonnx_Op<"argmax", [Pure]> {
  let summary = "Index of the first largest element along `axis`; only as the last op before a result";
  let arguments = (ins Qonnx_Tensor:$input, I64Attr:$axis, BoolAttr:$keepdims);
  let results = (outs AnyTypeOf<[TensorOf<[I64]>]>:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

#endif
