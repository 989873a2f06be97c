// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plat dialect itself, its types and enums, and the base of its ops.
#ifndef DYADIC_PLAT_BASE
#define DYADIC_PLAT_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"

def PlatDialect : Dialect {
  let name = "plat";
  let summary = "Where and when: buffers, constants and kernel calls of one network on one machine";
  let description = [{
    The network is one `plat.network`. Memory is named by `plat.buffer`, typed by `plat.view`, computed by
    `plat.kernel`, whose name is an entry of the kernel catalogue and whose parameters are the fields of the runtime's
    layer struct. Time counts layers: 0 is the moment the inputs are set, layer n runs at n, the outputs are read one
    after the last layer. The planner turns an unplaced network into a placed one by giving each buffer an offset.
  }];
  let cppNamespace = "::dyadic::plat";
  let dependentDialects = ["::dyadic::qint::QintDialect"];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

class Plat_Enum<string name, string what, list<I32EnumAttrCase> cases> : I32EnumAttr<name, what, cases> {
  let cppNamespace = "::dyadic::plat";
  let genSpecializedAttr = 0;
}
def Plat_Level : Plat_Enum<"Level", "which memory: nearest the core, on chip, off chip", [
  I32EnumAttrCase<"L1", 1>, I32EnumAttrCase<"L2", 2>, I32EnumAttrCase<"L3", 3>]>;
def Plat_LevelAttr : EnumAttr<PlatDialect, Plat_Level, "level"> { let assemblyFormat = "`<` $value `>`"; }
def Plat_Owner : Plat_Enum<"Owner", "who may write a buffer outside of net_run", [
  I32EnumAttrCase<"Core", 0, "core">, I32EnumAttrCase<"Caller", 1, "caller">]>;
def Plat_OwnerAttr : EnumAttr<PlatDialect, Plat_Owner, "owner"> { let assemblyFormat = "`<` $value `>`"; }
def Plat_Role : Plat_Enum<"Role", "what a constant is counted as", [
  I32EnumAttrCase<"Weights", 0, "weights">, I32EnumAttrCase<"Param", 1, "param">, I32EnumAttrCase<"Table", 2, "table">]>;
def Plat_RoleAttr : EnumAttr<PlatDialect, Plat_Role, "role"> { let assemblyFormat = "`<` $value `>`"; }

def Plat_Buffer : TypeDef<PlatDialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "A piece of memory";
}
def Plat_View : TypeDef<PlatDialect, "View"> {
  let mnemonic = "view";
  let summary = "A packed integer tensor that lies in a buffer or among the constants";
  let parameters = (ins "::mlir::RankedTensorType":$tensor);
  let assemblyFormat = "`<` $tensor `>`";
}

// Attributes of the qint dialect that live on unchanged.
class Plat_QintAttr<string cppClass, string what> : Attr<CPred<"::llvm::isa<::dyadic::qint::" # cppClass # ">($_self)">, what> {
  let storageType = "::dyadic::qint::" # cppClass;
  let returnType = "::dyadic::qint::" # cppClass;
  let convertFromStorage = "$_self";
}
def Plat_ProofAttr : Plat_QintAttr<"StepAttr", "a proven step">;
def Plat_PortAttr : Plat_QintAttr<"PortAttr", "what an argument or result is to its user">;

class Plat_Op<string mnemonic, list<Trait> traits = []> : Op<PlatDialect, mnemonic, traits>;

#endif
