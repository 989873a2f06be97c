// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The placed module as the writers see it: names chosen, constants assigned to files, kernels grouped by
// layer.
#pragma once

#include "codegen/CWriter.h"
#include "codegen/Emit.h"
#include "codegen/Names.h"
#include "codegen/Tiled.h"
#include "llvm/ADT/MapVector.h"

namespace dyadic::codegen {

struct Layer {
  int64_t number;
  std::vector<plat::KernelOp> kernels;
  std::vector<plat::TapOp> taps; ///< shown when it has run
  std::string tag;               ///< "layer_03"
  std::vector<Work> works;       ///< its kernels, or the one that it computes tile by tile
  plat::TiledOp tiled;           ///< null: its kernels run whole
};

struct Port {
  bool input;
  int64_t index;
  mlir::Value view;
  mlir::Type container;
  int64_t codeMin, codeMax;
  mlir::DictionaryAttr copy;
  qint::PortAttr port;
  bool overwritten = false; ///< inputs: net_run writes over the slot
  bool user = false;        ///< in memory that the user binds
  int64_t align = 1;        ///< of the slot
  mlir::RankedTensorType tensor() const { return mlir::cast<plat::ViewType>(view.getType()).getTensor(); }
  int64_t elements() const { return tensor().getNumElements(); }
  bool sameCodes() const { return port.getCodeMul() == 1 && port.getCodeAdd() == 0; }
};

/// Where a constant is defined: in the weights file (for everyone), or in the one file that uses it.
constexpr int64_t sharedFile = -1;
constexpr int64_t networkFile = 0; // layers count from 1

class Model {
public:
  Model(plat::NetworkOp network, const EmitOptions &options);

  mutable plat::NetworkOp network;
  const EmitOptions &options;
  std::string name, upper;             ///< "net", "NET"
  std::vector<plat::BufferOp> buffers; ///< by offset
  std::vector<Layer> layers;
  std::vector<plat::TapOp> inputTaps;
  std::vector<Port> inputs, outputs;
  llvm::MapVector<plat::ConstantOp, int64_t> constants; ///< to the file, in the order of definition
  std::vector<Stage> stages;
  std::vector<Bands> bands;
  std::vector<TiledLayer> tiledLayers;
  int64_t transfers = 0; ///< length of ctx->transfers

  /// Has memories between which data moves: its C has a second form in many places.
  bool tiled() const { return !tiledLayers.empty() || !stages.empty(); }
  int64_t l1Bytes() const { return network.getL1Bytes().value_or(0); }
  int64_t l3Bytes() const { return network.getL3Bytes().value_or(0); } ///< of activations
  /// The arena's part in L2: what stands behind it is aligned.
  int64_t l2Bytes() const {
    int64_t align = static_cast<int64_t>(network.getArenaAlign());
    int64_t bytes = static_cast<int64_t>(*network.getArenaBytes());
    return tiled() ? (bytes + align - 1) / align * align : bytes;
  }
  const TiledLayer &tiledLayer(plat::TiledOp op) const;
  const Stage &stage(mlir::Value value) const;
  /// The layer and the stream that an operand is.
  std::pair<const TiledLayer *, const Stream *> stream(mlir::Value value) const;

  plat::ConstantOp constant(mlir::Attribute symbol) const;
  plat::StepOp step(mlir::Attribute symbol) const;
  /// Keys of quantised tensors that no tap shows, as their codes may not fit int32_t.
  std::vector<std::string> untapped() const;
  /// The C name of a constant: with the network's prefix where it is visible to other files.
  std::string cName(plat::ConstantOp constant) const;
  /// "NET_AT_LAYER_03_OUT".
  std::string offsetMacro(plat::BufferOp buffer) const;
  /// "arena + NET_AT_LAYER_03_OUT", or the name of a constant.
  std::string pointer(mlir::Value view) const;
  /// The same by way of the context: "ctx->arena + ...".
  std::string reach(mlir::Value view) const;
  /// "ctx->bound_input_0", or "" of a port in the arena.
  std::string bound(const Port &port) const;
  /// Some port lies in memory of the user's: whole layers take the context too.
  bool hasUser() const { return !boundIds.empty(); }
  std::vector<const Port *> ports() const;
  /// "ctx->l1 + NET_L1_AT_LAYER_03_WEIGHTS", or in the arena, or in L3.
  std::string pointer(plat::BufferOp buffer) const;
  std::string layerFile(const Layer &layer) const { return name + "_" + layer.tag + ".c"; }
  /// The constants and steps that a dictionary refers to, steps after their constants.
  void references(mlir::DictionaryAttr params, llvm::function_ref<void(plat::ConstantOp)> onConstant,
                  llvm::function_ref<void(plat::StepOp)> onStep) const;

private:
  void readOperations();
  Layer &layer(int64_t number);
  void readConstants();
  void readOverwritten();
  void readTiles(); ///< Tiles.cpp, so are the next two
  void readStreams(TiledLayer &layer);
  void numberTransfers();
  mutable Identifiers identifiers;
  llvm::DenseMap<mlir::Operation *, std::string> bufferIds;
  llvm::StringMap<mlir::Operation *> symbols;
  llvm::DenseMap<mlir::Operation *, std::string> boundIds; ///< of buffers of the user's
};

/// Prints a struct of the runtime as a constant called `cName`, after the structs it points to.
void printStruct(CWriter &w, const Model &model, const plat::StructSchema &schema,
                 mlir::DictionaryAttr params, llvm::StringRef cName);
/// A constant's definition, static in its file or visible to the network's other files.
void printConstant(CWriter &w, const Model &model, plat::ConstantOp constant, bool isStatic);
/// "y = clamp((m * a + b) >> n, 0, 255), 32 channels".
std::string describeStep(plat::StepOp step);

// One writer per file.
std::string writeHeader(const Model &model);
std::string writePlanHeader(const Model &model);
std::string writeNetwork(const Model &model);
std::string writeLayer(const Model &model, const Layer &layer);
std::string writeTiledLayer(const Model &model, const TiledLayer &layer);
std::string writeWeights(const Model &model);
std::string writeFloat(const Model &model);
std::string writeBuildFile(const Model &model, llvm::ArrayRef<std::string> sources);
std::string writeExample(const Model &model);
/// A static arena, and it as the arguments of NAME_init.
void writeArena(CWriter &w, const Model &model, const char *comment = "");
std::string arenaOf(const Model &model);
/// Memory for the ports of the user's, and the calls that bind it.
void writeBound(CWriter &w, const Model &model);
std::vector<std::string> bindCalls(const Model &model, const std::string &context);
std::string writeSelfTest(const Model &model);
/// NAME_plan.json.
std::string writePlanFile(const Model &model);
std::string writeCertificate(const Model &model, mlir::ModuleOp module);
/// Without the files' digests.
llvm::json::Object manifestOf(const Model &model, mlir::ModuleOp module);

/// "NAME_layer_03: conv2d, then rescale" and where it came from.
void writeHeading(CWriter &w, const Model &model, const Layer &layer);

/// net_layer_04(uint8_t *arena), as declared and as called.
std::string wholeSignature(const Model &model, const Layer &layer);
std::string wholeCall(const Model &model, const Layer &layer);

/// The part of NAME.c that exists only with taps on.
void writeTapSupport(CWriter &w, const Model &model);
void writeTapCalls(CWriter &w, const Model &model, llvm::ArrayRef<plat::TapOp> taps);

/// Adds the runtime files that the given headers need, under "runtime/".
/// The machine's part is that of `port`, of the sequential one where there is no such.
void addRuntime(std::map<std::string, std::string> &files, llvm::ArrayRef<std::string> headers,
                llvm::StringRef port);

} // namespace dyadic::codegen
