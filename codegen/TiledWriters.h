// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the writers of tiled networks share.
#pragma once

#include "codegen/Boxes.h"
#include "codegen/Model.h"

namespace dyadic::codegen {

// The parts of NAME.h, NAME_plan.h and NAME.c that only tiled networks have.
void writeMemories(CWriter &w, const Model &model); ///< sizes
void writeLevels(CWriter &w, const Model &model);   ///< the init that takes each level's memory
void writeContext(CWriter &w, const Model &model);  ///< what stands before the context
void writeTiledPlan(CWriter &w, const Model &model);
void writeStages(CWriter &w, const Model &model);
void writeBands(CWriter &w, const Model &model); ///< Bands.cpp
/// -DNAME_TRACE=1: its types, its macros, its functions.
void writeTraceContext(CWriter &w, const Model &model);
void writeTracePlan(CWriter &w, const Model &model);
void writeTraceSupport(CWriter &w, const Model &model);
/// Text with the network's name for @ and its capitals for $.
void writeText(CWriter &w, const Model &model, llvm::StringRef text);
void writeTiledInit(CWriter &w, const Model &model);
void writeTiledRun(CWriter &w, const Model &model);
/// The call that plat.clean and plat.invalidate are, of resident stages while they are loaded and of all else
/// in the sequence; "" of any other op.
std::string cacheRule(const Model &model, mlir::Operation &op, bool loading);

/// "TRANSFER_WEIGHTS": the place of a stream's first slot in ctx->transfers.
std::string placeMacro(const Stream &stream);
/// Where a stream's tensor lies, from byte `offset` on.
std::string sourceText(const Model &model, const TiledLayer &layer, const Stream &stream,
                       const std::string &offset);
/// Where tile t's part lies for the kernel.
std::string placeInTile(const Model &model, const TiledLayer &layer, const Stream &stream);
/// "ctx", "t", "chunk" and "band", as far as the functions of a stream take them.
std::string parameters(const TiledLayer &layer, const Stream &stream, bool types, llvm::StringRef t = "t",
                       llvm::StringRef chunk = "chunk");

/// fetch_NAME or store_NAME of each stream with a buffer in L1.
void writeTransfers(CWriter &w, const Model &model, const TiledLayer &layer);
/// The struct of a tile, the work of a core, and the function that forks.
void writeTeam(CWriter &w, const Model &model, const TiledLayer &layer);
/// The function takes the number of a chunk, out of which something is read where it lies.
bool computeTakesChunk(const TiledLayer &layer);
bool computeTakesBand(const TiledLayer &layer);
/// The layer's function: its three regions, op by op.
void writeSchedule(CWriter &w, const Model &model, const TiledLayer &layer);
/// The members of the tile's struct that hold structs of the runtime.
void writeTileMembers(CWriter &w, const Model &model, const TiledLayer &layer);
/// The lines that set them for tile t.
std::vector<std::string> tileLines(const Model &model, const TiledLayer &layer);
bool copiesLut(const Model &model, const TiledLayer &layer);

/// net_layer_04(net_ctx *ctx, ...), as declared and as called.
std::string layerSignature(const Model &model, const TiledLayer &layer);
std::string layerCall(const Model &model, const TiledLayer &layer, plat::RunOp run);
/// net_layer_04_fetch_weights, which an earlier layer calls.
std::string earlyFetch(const Model &model, const TiledLayer &layer, const Stream &stream);

/// A slot goes over to its next owner: checked in debug builds.
void writeHandOver(CWriter &w, const Model &model, const std::string &place, llvm::StringRef from,
                   llvm::StringRef to, const std::string &version);

} // namespace dyadic::codegen
