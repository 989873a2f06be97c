// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From untrusted bytes to a parsed model, and from a TensorProto to a constant.
#pragma once
#include "compiler/import/Constant.h"
#include "compiler/import/Proto.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace dyadic::import_ {

/// What a file may hold; checked on the wire before protobuf builds anything.
struct Limits {
  static constexpr uint64_t fileBytes = (uint64_t(1) << 31) - 1; ///< protobuf's own limit
  static constexpr int64_t externalBytes = int64_t(1) << 32;     ///< of all side files together
  static constexpr int depth = 48;                               ///< nested messages
  static constexpr uint64_t nodes = 200000;
  static constexpr uint64_t tensors = 400000;           ///< initialisers, inputs, outputs
  static constexpr int64_t elements = int64_t(1) << 31; ///< of one tensor
};

llvm::Error parseModel(llvm::StringRef bytes, onnx::ModelProto &model);

/// Reads side files of weights: plain files beneath one folder, reached without symbolic links.
class ExternalData {
public:
  explicit ExternalData(llvm::StringRef folder) : folder(folder.str()) {}
  /// `bytes` bytes at `offset` of file `location`; `length` < 0: up to the end of the file.
  llvm::Expected<std::string> read(const std::string &location, int64_t offset, int64_t length,
                                   int64_t bytes);

private:
  std::string folder;
  int64_t total = 0; ///< bytes read so far
};

/// The tensor's shape and type, checked; errors say what was found.
llvm::Expected<Type> typeOf(int32_t dataType);
/// "float32", also for types that are not read ("float16").
std::string elementTypeName(int32_t dataType);
llvm::Expected<Constant> readTensor(const onnx::TensorProto &proto, ExternalData &external);

} // namespace dyadic::import_
