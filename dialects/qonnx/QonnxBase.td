// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The qonnx dialect itself, its enums and the base of its ops.
#ifndef DYADIC_QONNX_BASE
#define DYADIC_QONNX_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"

def QonnxDialect : Dialect {
  let name = "qonnx";
  let summary = "What a quantised network means, in real numbers";
  let description = [{
    Values are tensors of real numbers (element type f32 by name only: the meaning of every op is exact, as
    "Exact meaning" in the README of this room states). Shapes are static and already carry the batch chosen
    at compile time. Operands are activations or constants; every constant on the data path is either
    `qonnx.constant` (exact float32 values) or `qonnx.quant_constant` (codes with scale and zero point).

    The network is one `func.func @main`. Its arguments carry `qonnx.name` and, where the user declared one,
    `qonnx.lattice`; its results carry `qonnx.name`. The module carries `qonnx.producer`, `qonnx.opset`,
    `qonnx.model_sha256`.
  }];
  let cppNamespace = "::dyadic::qonnx";
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 0;
}

def Qonnx_Rounding : I32EnumAttr<"Rounding", "how a real becomes an integer", [
    I32EnumAttrCase<"HalfEven", 0, "half_even">, I32EnumAttrCase<"Ceil", 1, "ceil">,
    I32EnumAttrCase<"Floor", 2, "floor">, I32EnumAttrCase<"Down", 3, "down">, I32EnumAttrCase<"Up", 4, "up">,
    I32EnumAttrCase<"HalfUp", 5, "half_up">, I32EnumAttrCase<"HalfDown", 6, "half_down">]> {
  let cppNamespace = "::dyadic::qonnx";
  let genSpecializedAttr = 0;
}
def Qonnx_RoundingAttr : EnumAttr<QonnxDialect, Qonnx_Rounding, "rounding"> {
  let assemblyFormat = "`<` $value `>`";
}

def Qonnx_Lattice : AttrDef<QonnxDialect, "Lattice"> {
  let mnemonic = "lattice";
  let summary = "The lattice on which a graph input lies: real = (code - zero) * scale, graph sees (real - mean) / std";
  let description = [{
    Numbers are exact: decimals or fractions as the user wrote them (`"1/255"`). `mean` and `std` have one
    entry, or one per channel (axis 1).
  }];
  let parameters = (ins "unsigned":$bits, "bool":$is_signed, "::mlir::StringAttr":$scale, "::mlir::StringAttr":$zero,
                        "::mlir::ArrayAttr":$mean, "::mlir::ArrayAttr":$std);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Qonnx_Tensor : TensorOf<[F32]>;

class Qonnx_Op<string mnemonic, list<Trait> traits = []> : Op<QonnxDialect, mnemonic, traits>;

#endif
