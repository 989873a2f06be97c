// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of the qint dialect: linear ops, steps, pooling, movement and taps, all on integers.
#ifndef DYADIC_QINT
#define DYADIC_QINT

include "dialects/qint/QintBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Qint_ConstantOp : Qint_Op<"constant", [Pure]> {
  let summary = "Integers known at compile time, mostly weights";
  let description = "`values` holds i8, i16, i32 or i64 elements in two's complement (bipolar: -1 and +1); each fits the result's type.";
  let arguments = (ins ElementsAttr:$values);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$values attr-dict `:` type($result)";
  let hasVerifier = 1;
}

//===-- Linear: value = code - input_zero; padding has value 0; the accumulator never overflows --------===//

def Qint_Conv2DOp : Qint_Op<"conv2d", [Pure]> {
  let summary = "acc[n,y,x,o] = sum w[o,ky,kx,i] * value(input[n, y*sy + ky*dy - top, x*sx + kx*dx - left, g*I + i])";
  let description = [{
    Input N H W C, weights O kh kw C/group, result N Ho Wo O in si32 or si64. `pads` is top, left, bottom, right. The
    accumulator type was proven safe under any order of summation.
  }];
  let arguments = (ins Qint_Tensor:$input, Qint_Tensor:$weights, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
                       DenseI64ArrayAttr:$dilations, I64Attr:$group, SI64Attr:$input_zero,
                       DefaultValuedAttr<Qint_ImplAttr, "::dyadic::qint::Impl::Mac">:$impl, StrAttr:$node);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$input `,` $weights $node attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Qint_DepthwiseConv2DOp : Qint_Op<"depthwise_conv2d", [Pure]> {
  let summary = "conv2d with one filter per channel; weights kh kw C";
  let arguments = (ins Qint_Tensor:$input, Qint_Tensor:$weights, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
                       DenseI64ArrayAttr:$dilations, SI64Attr:$input_zero,
                       DefaultValuedAttr<Qint_ImplAttr, "::dyadic::qint::Impl::Mac">:$impl, StrAttr:$node);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$input `,` $weights $node attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

def Qint_Im2ColOp : Qint_Op<"im2col", [Pure]> {
  let summary = "Each window of N H W C as one row of kh*kw*C values; padding reads as value 0";
  let description = [{
    Result [N*Ho*Wo, kh*kw*C], element (code - input_zero), in a type that holds those values and 0. It is never
    stored whole: the kernel that consumes it builds one row (or a few) in scratch.
  }];
  let arguments = (ins Qint_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
                       DenseI64ArrayAttr:$dilations, SI64Attr:$input_zero);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Qint_MatMulOp : Qint_Op<"matmul", [Pure]> {
  let summary = "acc[r,o] = sum_k w[o,k] * (input[r,k] - input_zero); input rows K, weights O K, result rows O";
  let arguments = (ins Qint_Tensor:$input, Qint_Tensor:$weights, SI64Attr:$input_zero,
                       DefaultValuedAttr<Qint_ImplAttr, "::dyadic::qint::Impl::Mac">:$impl, StrAttr:$node);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$input `,` $weights $node attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

//===-- From accumulators to codes ---------------------------------------------------------------------===//

def Qint_RescaleOp : Qint_Op<"rescale", [Pure]> {
  let summary = "y = step(terms...), element-wise; several terms make a residual add";
  let description = [{
    Scale, bias, batch normalisation, activation and the next quantiser in one proven integer step per channel. All
    terms and the result have one shape. `node` is the ONNX node of the quantiser.
  }];
  let arguments = (ins Variadic<Qint_Tensor>:$terms, Qint_StepAttr:$step, StrAttr:$node);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$terms $node $step attr-dict `:` functional-type($terms, $result)";
  let hasVerifier = 1;
}

def Qint_AffineOp : Qint_Op<"affine", [Pure]> {
  let summary = "y = min(max(sum m_t a_t + b, lo), hi), exact, per channel: a tensor put on a lattice of its own";
  let description = [{
    Used where a linear op reads a value that no quantiser has rounded. The channel of element i is (i / period) %
    channels; `mult` is channels x terms, term fastest; the result type holds every reachable value, as do all
    partial sums.
  }];
  let arguments = (ins Variadic<Qint_Tensor>:$terms, I64Attr:$channels, I64Attr:$period, DenseI64ArrayAttr:$mult,
                       DenseI64ArrayAttr:$bias, SI64Attr:$lo, SI64Attr:$hi, StrAttr:$node);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$terms $node attr-dict `:` functional-type($terms, $result)";
  let hasVerifier = 1;
}

//===-- Pooling ----------------------------------------------------------------------------------------===//

def Qint_PoolOp : Qint_Op<"pool", [Pure]> {
  let summary = "Largest or smallest code, or sum of values (code - input_zero), of each window; N H W C";
  let description = [{
    Padding never wins max and min and adds nothing to a sum; windows may reach past the pads (ceil_mode). max and
    min keep the element type; a sum is si32 or si64.
  }];
  let arguments = (ins Qint_Tensor:$input, Qint_PoolKindAttr:$kind, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, SI64Attr:$input_zero, StrAttr:$node);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$kind $input $node attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Movement: the same codes elsewhere ---------------------------------------------------------------===//

class Qint_Move<string mnemonic, string what, dag extra> : Qint_Op<mnemonic, [Pure]> {
  let summary = what;
  let arguments = !con((ins Qint_Tensor:$input), extra);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}
def Qint_TransposeOp : Qint_Move<"transpose", "result axis i is input axis perm[i]", (ins DenseI64ArrayAttr:$perm)>;
def Qint_ReshapeOp : Qint_Move<"reshape", "Same codes in the same order; moves nothing in memory", (ins)> {
  let hasFolder = 1;
}
def Qint_PadOp : Qint_Move<"pad", "All begins, then all ends, filled with `code`", (ins DenseI64ArrayAttr:$pads, SI64Attr:$code)>;
def Qint_SliceOp : Qint_Move<"slice", "Elements starts[i] + k * steps[i] along each axis",
                             (ins DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$steps)>;
def Qint_GatherOp : Qint_Move<"gather", "Result index i along axis d reads input index maps[d][i] (nearest resize, channel selection)",
                              (ins ArrayAttr:$maps)>;
def Qint_ConcatOp : Qint_Op<"concat", [Pure]> {
  let summary = "Inputs one after the other along `axis`, one element type";
  let arguments = (ins Variadic<Qint_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Qint_Tensor:$result);
  let assemblyFormat = "$inputs attr-dict `:` functional-type($inputs, $result)";
  let hasVerifier = 1;
}

//===-- Observation ------------------------------------------------------------------------------------===//

def Qint_TapOp : Qint_Op<"tap", []> {
  let summary = "Names a tensor's codes for validation: code = value * code_mul + code_add under `key`";
  let description = [{
    `shape` is the ONNX shape; physical axis i is axis perm[i] of `view`, of which `shape` is a reshape. Where channels were
    removed, `kept` lists for each index of physical axis `kept_axis` the index it has in ONNX, and `constants` the
    codes of all ONNX indices along it that are not kept (0 elsewhere). A tap computes nothing and keeps nothing
    alive beyond the tensor itself.
  }];
  let arguments = (ins Qint_Tensor:$input, StrAttr:$key, DenseI64ArrayAttr:$shape, DenseI64ArrayAttr:$view, DenseI64ArrayAttr:$perm,
                       SI64Attr:$code_mul, SI64Attr:$code_add, OptionalAttr<DenseI64ArrayAttr>:$kept,
                       OptionalAttr<DenseI64ArrayAttr>:$constants, DefaultValuedAttr<SI64Attr, "-1">:$kept_axis);
  let assemblyFormat = "$input $key attr-dict `:` type($input)";
  let hasVerifier = 1;
}

#endif
