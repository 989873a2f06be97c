// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of the plat dialect: the network, its memory, its constants, kernel calls, ports and taps.
#ifndef DYADIC_PLAT
#define DYADIC_PLAT

include "dialects/plat/Tiles.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Plat_NetworkOp : Plat_Op<"network", [IsolatedFromAbove, NoTerminator, SingleBlock, SymbolTable]> {
  let summary = "One network: declarations first, then kernels in the order they run";
  let description = [{
    Placed when `arena_bytes` stands: then each L2 buffer has an offset below it. `arena_bound_bytes` is the maximum over
    time of the bytes alive, which no plan can beat; `bound_layer` is the first layer that reaches it. `l1_bytes` is the size
    of the L1 arena, where there are L1 buffers, `l3_bytes` of that in L3, where activations lie there. `cache_line_bytes` stands where the cores see L2 through a cache that transfers
    go past: then plat.clean and plat.invalidate say when its lines are handed over.
  }];
  let arguments = (ins I64Attr:$arena_align, OptionalAttr<I64Attr>:$arena_bytes, OptionalAttr<I64Attr>:$arena_bound_bytes,
                       OptionalAttr<I64Attr>:$bound_layer, OptionalAttr<I64Attr>:$l1_bytes,
                       OptionalAttr<I64Attr>:$l3_bytes,
                       OptionalAttr<I64Attr>:$cache_line_bytes);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

//===-- Memory ---------------------------------------------------------------------------------------===//

def Plat_BufferOp : Plat_Op<"buffer"> {
  let summary = "`size_bytes` of memory, alive from layer `first` to layer `last`, at `offset` of its level's arena";
  let description = "`user`: the caller's own memory, bound before each inference; it has no offset and is only read.";
  let arguments = (ins StrAttr:$name, Plat_LevelAttr:$level, I64Attr:$size_bytes, I64Attr:$align,
                       DefaultValuedAttr<Plat_OwnerAttr, "::dyadic::plat::Owner::Core">:$owner,
                       OptionalAttr<I64Attr>:$first, OptionalAttr<I64Attr>:$last, OptionalAttr<I64Attr>:$offset, UnitAttr:$user);
  let results = (outs Plat_Buffer:$result);
  let assemblyFormat = "$name $level attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Plat_ViewOp : Plat_Op<"view"> {
  let summary = "A tensor at byte `begin` of a buffer; two views of one buffer share its memory";
  let arguments = (ins Plat_Buffer:$buffer, DefaultValuedAttr<I64Attr, "0">:$begin);
  let results = (outs Plat_View:$result);
  let assemblyFormat = "$buffer attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Plat_ConstantOp : Plat_Op<"constant", [Symbol]> {
  let summary = "Constant memory: `values` is its image, `element` what is packed in it";
  let description = [{
    The image has i8 elements where `element` is at most 8 bits wide (a bit stream without gaps), else i16, i32 or
    i64 elements, one for each value. `count` values; `layout` names their order, which is part of the kernel's contract.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Plat_RoleAttr:$role, Plat_LevelAttr:$level, TypeAttr:$element, I64Attr:$count,
                       StrAttr:$layout, ElementsAttr:$values);
  let assemblyFormat = "$sym_name $role $level $element $count $layout $values attr-dict";
  let hasVerifier = 1;
}

def Plat_ConstantViewOp : Plat_Op<"constant_view"> {
  let summary = "A constant as the operand of a kernel";
  let arguments = (ins FlatSymbolRefAttr:$constant);
  let results = (outs Plat_View:$result);
  let assemblyFormat = "$constant attr-dict `:` type($result)";
}

//===-- Work -----------------------------------------------------------------------------------------===//

def Plat_StepOp : Plat_Op<"step", [Symbol]> {
  let summary = "The numbers of one step as the runtime wants them, and the proof they come from";
  let description = [{
    `params` holds the fields of the runtime's dyadic_step; arrays are names of constants. `proof` is the step as it
    was proven, the source of the certificate. `node` is the ONNX node of the quantiser.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$node, DictionaryAttr:$params, Plat_ProofAttr:$proof);
  let assemblyFormat = "$sym_name $node $params $proof attr-dict";
  let hasVerifier = 1;
}

def Plat_KernelOp : Plat_Op<"kernel", [AttrSizedOperandSegments]> {
  let summary = "One call of a catalogue kernel: reads `ins`, writes `outs`, uses `scratch`";
  let description = [{
    `kernel` names the catalogue entry, whose contract `params` (the fields of its layer struct; arrays and steps are
    names of constants and steps), `lut`, `weights` and the size of `scratch` must meet. `node` is the ONNX node.
    Kernels of one `layer` stand together and belong to one function of the C code.
  }];
  let arguments = (ins StrAttr:$kernel, StrAttr:$node, I64Attr:$layer, Variadic<Plat_View>:$ins, Variadic<Plat_View>:$outs,
                       Optional<Plat_Buffer>:$scratch, OptionalAttr<FlatSymbolRefAttr>:$weights, DictionaryAttr:$params,
                       OptionalAttr<DictionaryAttr>:$lut, I64Attr:$macs);
  let assemblyFormat = [{
    $kernel $node `layer` $layer `ins` `(` ($ins^ `:` type($ins))? `)` `outs` `(` ($outs^ `:` type($outs))? `)`
    (`scratch` `(` $scratch^ `:` type($scratch) `)`)? (`weights` $weights^)? (`lut` $lut^)? `params` $params `macs` $macs attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The step its epilogue or its element-wise form refers to, or null.
    ::dyadic::plat::StepOp getStep();
  }];
}

class Plat_CacheOp<string mnemonic, string what> : Plat_Op<mnemonic, [HasParent<"NetworkOp">]> {
  let summary = what;
  let description = [{
    A rule of a hand-over between a core and a transfer engine. Of a tensor or of a stage it takes all lines; of a resident stage it
    belongs to the loading, before the first inference.
  }];
  let arguments = (ins AnyTypeOf<[Plat_View, Plat_Stage]>:$what);
  let assemblyFormat = "$what attr-dict `:` type($what)";
  let hasVerifier = 1;
}
def Plat_CleanOp : Plat_CacheOp<"clean", "What the cores wrote goes from their cache to memory, before an engine reads or writes there">;
def Plat_InvalidateOp : Plat_CacheOp<"invalidate", "The cores' cache forgets lines, before they read what an engine wrote">;

//===-- Edges ----------------------------------------------------------------------------------------===//

class Plat_Edge<string mnemonic, string what> : Plat_Op<mnemonic> {
  let summary = what;
  let description = [{
    The caller's codes lie in ONNX order in `container`, the narrowest C integer that holds `code_min`..`code_max`. `copy`, the
    parameters of the gather kernel, takes them to the planned layout (input) or from it (output), still as stored
    codes; the port's code_mul and code_add lie between a stored code and the caller's.
  }];
  let arguments = (ins Plat_View:$view, I64Attr:$index, TypeAttr:$container, I64Attr:$code_min, I64Attr:$code_max,
                       DictionaryAttr:$copy, Plat_PortAttr:$port);
  let assemblyFormat = "$index $view `:` type($view) $container $code_min `to` $code_max `copy` $copy $port attr-dict";
  let hasVerifier = 1;
}
def Plat_InputOp : Plat_Edge<"input", "Where the caller's input number `index` lies">;
def Plat_OutputOp : Plat_Edge<"output", "Where output number `index` lies when the last layer has run">;

def Plat_TapOp : Plat_Op<"tap"> {
  let summary = "Shows a tensor's codes when the layer before it has run; nothing is alive for its sake";
  let description = "The attributes are those of qint.tap.";
  let arguments = (ins Plat_View:$view, StrAttr:$key, DenseI64ArrayAttr:$shape, DenseI64ArrayAttr:$onnx_view, DenseI64ArrayAttr:$perm,
                       I64Attr:$code_mul, I64Attr:$code_add, OptionalAttr<DenseI64ArrayAttr>:$kept,
                       OptionalAttr<DenseI64ArrayAttr>:$constants, DefaultValuedAttr<I64Attr, "-1">:$kept_axis);
  let assemblyFormat = "$view $key attr-dict `:` type($view)";
  let hasVerifier = 1;
}

#endif
