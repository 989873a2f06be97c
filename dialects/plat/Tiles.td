// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The ops of tiled layers: what is brought near, tile by tile, when, and who waits for it.
#ifndef DYADIC_PLAT_TILES
#define DYADIC_PLAT_TILES

include "dialects/plat/TilesBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Plat_StageOp : Plat_Op<"stage"> {
  let summary = "A constant in L2: loaded once, or chunk by chunk in every inference";
  let description = [{
    Chunk k is the bytes bounds[k] .. bounds[k + 1] - 1 of the constant's image; it lies in slot k mod `slots` of the buffer,
    whose slots are equal. `resident`: one chunk, loaded before the first inference and kept.

        %r = plat.stage @weights_02 via %b slots 1 bounds [0, 4608] {resident}
  }];
  let arguments = (ins FlatSymbolRefAttr:$constant, Plat_Buffer:$buffer, I64Attr:$slots, DenseI64ArrayAttr:$bounds,
                       UnitAttr:$resident);
  let results = (outs Plat_Stage:$result);
  let assemblyFormat = "$constant `via` $buffer `slots` $slots `bounds` $bounds attr-dict";
  let hasVerifier = 1;
}

def Plat_BandsOp : Plat_Op<"bands"> {
  let summary = "A tensor in L3 of which a layer has some rows (or images) at a time in L2";
  let description = [{
    Band k is the bytes bounds[2 k] .. bounds[2 k + 1] - 1 of the tensor; it lies in slot k mod `slots` of the buffer, whose slots
    are equal. What is read may lie in two bands, as windows overlap; what is written (`out`) follows without gaps.

        %i = plat.bands of %v : !plat.view<tensor<1x8x8x4xui8>> via %b slots 2 bounds [0, 160, 96, 256]
        %o = plat.bands of %w : !plat.view<tensor<1x8x8x4xui8>> via %c slots 1 bounds [0, 128, 128, 256] {out}
  }];
  let arguments = (ins Plat_View:$view, Plat_Buffer:$buffer, I64Attr:$slots, DenseI64ArrayAttr:$bounds, UnitAttr:$out);
  let results = (outs Plat_Bands:$result);
  let assemblyFormat = "`of` $view `:` type($view) `via` $buffer `slots` $slots `bounds` $bounds attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t count() { return static_cast<int64_t>(getBounds().size() / 2); }
    int64_t begin(int64_t band) { return getBounds()[static_cast<size_t>(2 * band)]; }
    int64_t end(int64_t band) { return getBounds()[static_cast<size_t>(2 * band + 1)]; }
  }];
}

def Plat_StreamOp : Plat_Op<"stream", [AttrSizedOperandSegments]> {
  let summary = "An operand of a tiled layer: where it lies, which part a tile takes, where that part comes to";
  let description = [{
    The source is a view, a stage, or a constant by name; a view in L3 is reached `through` its bands. With `via` each tile's part is moved to (or, for an output, from) slot
    v mod `slots` of that buffer, v counting the changes of the part; packed there as a tensor of the part's extents. Without
    it the kernel reads or writes the part where it lies.

        %s = plat.stream "weights" of %r : !plat.stage via %b slots 2 <64 out channels, 144>
        %m = plat.stream "m" @layer_02_m via %c slots 1 <64 out channels>
  }];
  let arguments = (ins StrAttr:$name, OptionalAttr<FlatSymbolRefAttr>:$constant, Optional<AnyTypeOf<[Plat_View, Plat_Stage]>>:$source,
                       Optional<Plat_Bands>:$through,
                       Optional<Plat_Buffer>:$via, DefaultValuedAttr<I64Attr, "1">:$slots, Plat_BoxAttr:$box);
  let results = (outs Plat_Stream:$result);
  let assemblyFormat = [{
    $name ($constant^)? (`of` $source^ `:` type($source))? (`through` $through^)? (`via` $via^ `slots` $slots)? $box attr-dict
  }];
  let hasVerifier = 1;
}

def Plat_TiledOp : Plat_Op<"tiled", [Symbol, NoTerminator, AttrSizedOperandSegments]> {
  let summary = "A layer whose output is made tile by tile";
  let description = [{
    `kernel`, `node`, `params`, `lut`, `macs` as of plat.kernel, for the whole layer; a tile is the same kernel with the extents of the
    tile. `arrays` are streams of constants that params or its step refer to. `scratch` holds as many equal parts as there are
    `cores`; they share out a tile's pixels or channels (`spread`) in units of `grain`, so that no two write one byte.
    `sums` holds a number of 32 bits for each output of a tile while segments of input channels are added up.

    Three regions say when what moves: before the first tile, for each tile, behind the last. In them
    `start` begins a transfer, `await` ends its flight, `team` runs the kernel on all cores and comes back when all are done.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$kernel, StrAttr:$node, I64Attr:$layer, Plat_GridAttr:$grid,
                       I64Attr:$cores, Plat_SpreadAttr:$spread, I64Attr:$grain, Variadic<Plat_Stream>:$ins, Plat_Stream:$output,
                       Optional<Plat_Stream>:$weights, Variadic<Plat_Stream>:$arrays, Optional<Plat_Buffer>:$scratch,
                       Optional<Plat_Buffer>:$sums, DictionaryAttr:$params, OptionalAttr<DictionaryAttr>:$lut, I64Attr:$macs);
  let regions = (region MaxSizedRegion<1>:$before, SizedRegion<1>:$each, MaxSizedRegion<1>:$behind);
  let assemblyFormat = [{
    $sym_name $kernel $node `layer` $layer $grid `cores` $cores $spread `grain` $grain `ins` `(` $ins `)` `out` `(` $output `)`
    (`weights` `(` $weights^ `)`)? (`arrays` `(` $arrays^ `)`)? (`scratch` `(` $scratch^ `)`)?
    (`sums` `(` $sums^ `)`)?
    (`lut` $lut^)? `params` $params `macs` $macs attr-dict-with-keyword `before` $before `each` $each `behind` $behind
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The step its kernel applies, or null.
    ::dyadic::plat::StepOp getStep();
    ::llvm::SmallVector<::dyadic::plat::StreamOp> streams();
  }];
}

def Plat_StartOp : Plat_Op<"start", [HasParent<"TiledOp">]> {
  let summary = "Begins to move a part of a stream";
  let description = [{
    `first`: the part of the first tile; `this`: that of the tile at hand, where it changed, of an output where it is complete; `next`: that of the next
    tile, where there is one and its part is another; `last`: in the last tile only, the first part of a later layer's stream.
  }];
  let arguments = (ins Plat_Stream:$stream, Plat_MomentAttr:$moment);
  let assemblyFormat = "$stream $moment attr-dict";
  let hasVerifier = 1;
}

def Plat_AwaitOp : Plat_Op<"await", [HasParent<"TiledOp">]> {
  let summary = "Holds until a part of a stream has come or gone";
  let description = [{
    `this`: the part of the tile at hand has come; of an output `free`: the store that last left the slot that this tile will write
    is done, and `all`: every store is.
  }];
  let arguments = (ins Plat_Stream:$stream, Plat_MomentAttr:$moment);
  let assemblyFormat = "$stream $moment attr-dict";
  let hasVerifier = 1;
}

class Plat_ChunkOp<string mnemonic, string what> : Plat_Op<mnemonic, [HasParent<"NetworkOp">]> {
  let summary = what;
  let arguments = (ins Plat_Stage:$stage, I64Attr:$chunk);
  let assemblyFormat = "$stage $chunk attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = "int64_t bytes();";
}
def Plat_StartChunkOp : Plat_ChunkOp<"start_chunk", "Begins to bring a chunk of a stage to L2">;
def Plat_AwaitChunkOp : Plat_ChunkOp<"await_chunk", "Holds until a chunk of a stage has come">;

class Plat_BandOp<string mnemonic, string what> : Plat_Op<mnemonic, [HasParent<"NetworkOp">]> {
  let summary = what;
  let arguments = (ins Plat_Bands:$bands, I64Attr:$band);
  let assemblyFormat = "$bands $band attr-dict";
  let hasVerifier = 1;
}
def Plat_StartBandOp : Plat_BandOp<"start_band", "Begins to bring a band to L2, or to take a written one to L3">;
def Plat_AwaitBandOp : Plat_BandOp<"await_band", "Holds until a band has come, or gone">;

def Plat_TeamOp : Plat_Op<"team", [HasParent<"TiledOp">]> {
  let summary = "All cores run the kernel on their shares of the tile; ends with a barrier";
  let assemblyFormat = "attr-dict";
}

def Plat_RunOp : Plat_Op<"run"> {
  let summary = "Runs the tiles of a layer whose segments of an axis are `first` .. `end` - 1";
  let description = [{
    Calls of one layer follow each other and cover its segments in order; chunk k of its stages is in place, and where it works on bands, this one.
    Constants come by channels, bands by rows or images. Where both do, the calls on a band name the channels of
    their chunk as well: the band stays, the chunks come again for the next one. The tiles of a call follow each other.

        plat.run @layer_02 rows 0 to 4 channels 1 to 2 chunk 1 band 0
  }];
  let arguments = (ins FlatSymbolRefAttr:$tiled, Plat_AxisAttr:$axis, I64Attr:$first, I64Attr:$end,
                       OptionalAttr<I64Attr>:$first_channel, OptionalAttr<I64Attr>:$end_channel,
                       DefaultValuedAttr<I64Attr, "0">:$chunk, OptionalAttr<I64Attr>:$band);
  let assemblyFormat = [{
    $tiled $axis $first `to` $end (`channels` $first_channel^ `to` $end_channel)? (`chunk` $chunk^)? (`band` $band^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::dyadic::plat::TiledOp layer();
    /// No later call of its layer follows; none on its segments of `axis`.
    bool isLast();
    bool isLastOfBand();
    /// The chunk is its own: a later call has it brought anew.
    bool usesUpChunk();
    /// The segments of an axis that are its own: from first to second.
    std::pair<int64_t, int64_t> segments(::dyadic::plat::Axis axis);
    /// Its tiles, from first to second.
    std::pair<int64_t, int64_t> tiles();
  }];
}

#endif
