// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attributes and types of tiled layers: how an output is cut, and how a tile of an operand follows from it.
#ifndef DYADIC_PLAT_TILES_BASE
#define DYADIC_PLAT_TILES_BASE

include "dialects/plat/PlatBase.td"

def Plat_Axis : Plat_Enum<"Axis", "an axis of a layer's output, or the input channels that it sums over", [
  I32EnumAttrCase<"Images", 0, "images">, I32EnumAttrCase<"Rows", 1, "rows">, I32EnumAttrCase<"Columns", 2, "columns">,
  I32EnumAttrCase<"Channels", 3, "channels">, I32EnumAttrCase<"Inputs", 4, "input_channels">]>;
def Plat_AxisAttr : EnumAttr<PlatDialect, Plat_Axis, "axis"> { let assemblyFormat = "$value"; }
def Plat_Spread : Plat_Enum<"Spread", "what of a tile the cores share out among them", [
  I32EnumAttrCase<"Pixels", 0, "pixels">, I32EnumAttrCase<"Channels", 1, "channels">]>;
def Plat_SpreadAttr : EnumAttr<PlatDialect, Plat_Spread, "spread"> { let assemblyFormat = "`<` $value `>`"; }
def Plat_Moment : Plat_Enum<"Moment", "which tile's transfer", [
  I32EnumAttrCase<"First", 0, "first">, I32EnumAttrCase<"This", 1, "this">, I32EnumAttrCase<"Next", 2, "next">,
  I32EnumAttrCase<"Free", 3, "free">, I32EnumAttrCase<"All", 4, "all">, I32EnumAttrCase<"Last", 5, "last">]>;
def Plat_MomentAttr : EnumAttr<PlatDialect, Plat_Moment, "moment"> { let assemblyFormat = "$value"; }

def Plat_GridAttr : AttrDef<PlatDialect, "Grid"> {
  let mnemonic = "grid";
  let summary = "How a layer is cut, axis by axis, and in which order the tiles run";
  let description = [{
    `order` names the axes from the outermost loop to the innermost. Of each axis a list of segments: `0 + 8` are 8
    positions of the output from 0; `in 0 + 9 pad 1` the positions of the input that their windows read, 1 of padding
    before them. Without `in` the input's are the output's. Where input channels are cut too, their segments
    follow each other for each tile of the output: its sums stay in L1 until the last of them.

        #plat.grid<order channels rows columns images, images [0 + 1], rows [0 + 8 in 0 + 9 pad 1, 8 + 8 in 7 + 9],
                   columns [0 + 16 in 0 + 16 pad 1], channels [0 + 32, 32 + 32], input_channels [0 + 64, 64 + 64]>
  }];
  // Of each axis five numbers a segment: first and count of the output, first and count of the input, padding.
  let parameters = (ins ArrayRefParameter<"Axis">:$order, ArrayRefParameter<"int64_t">:$images, ArrayRefParameter<"int64_t">:$rows,
                        ArrayRefParameter<"int64_t">:$columns, ArrayRefParameter<"int64_t">:$channels,
                        ArrayRefParameter<"int64_t">:$inputs);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Checked; null after an error.
    static GridAttr make(::llvm::function_ref<::mlir::InFlightDiagnostic()> error, ::mlir::MLIRContext *context,
                         ::llvm::ArrayRef<Axis> order, ::llvm::ArrayRef<::llvm::SmallVector<int64_t>> axes);
    struct Segment { int64_t outFirst, outCount, inFirst, inCount, pad; };
    ::llvm::SmallVector<Segment> segments(Axis axis) const;
    /// Segments of an axis, and tiles in all.
    int64_t count(Axis axis) const;
    int64_t tiles() const;
    /// Which segment of each axis (by Axis) tile number `tile` is made of.
    ::std::array<int64_t, 5> tile(int64_t number) const;
    /// All axes from the outermost loop to the innermost, that over the input channels.
    ::llvm::SmallVector<Axis> loops() const;
    /// Outputs are summed up over several segments of input channels.
    bool sumsUp() const { return count(Axis::Inputs) > 1; }
  }];
}

def Plat_BoxAttr : AttrDef<PlatDialect, "Box"> {
  let mnemonic = "box";
  let summary = "How the tile of an operand follows the tile of the output, dimension by dimension";
  let description = [{
    Dimensions from the slowest to the fastest: an extent in elements, then what of it a tile takes: `out AXIS` the positions of
    the output's segment, `in AXIS` those its windows read, or all of it.

        #plat.box<34 in rows, 34 in columns, 16>
  }];
  // Of each dimension three numbers: extent; 0 all, 1 out, 2 in; axis.
  let parameters = (ins ArrayRefParameter<"int64_t">:$dims);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static BoxAttr make(::llvm::function_ref<::mlir::InFlightDiagnostic()> error, ::mlir::MLIRContext *context,
                        ::llvm::ArrayRef<int64_t> dims);
    enum Use { whole, out, in };
    struct Dim { int64_t extent; Use use; Axis axis; };
    ::llvm::SmallVector<Dim> list() const;
    bool follows(Axis axis) const;
  }];
}

def Plat_Stream : TypeDef<PlatDialect, "Stream"> {
  let mnemonic = "stream";
  let summary = "An operand that arrives or leaves tile by tile";
}
def Plat_Stage : TypeDef<PlatDialect, "Stage"> {
  let mnemonic = "stage";
  let summary = "A constant, or a part of it, in a nearer memory";
}
def Plat_Bands : TypeDef<PlatDialect, "Bands"> {
  let mnemonic = "bands";
  let summary = "A tensor of L3 that passes through L2 part by part";
}

#endif
