// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An ONNX graph while it is written: nodes in order, constants, shapes, and names that never repeat.
#pragma once
#include "compiler/import/Proto.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <set>
#include <string>
#include <vector>

namespace dyadic::canonical {

using Shape = std::vector<int64_t>;

int64_t countOf(llvm::ArrayRef<int64_t> shape);

class Graph {
public:
  Graph();

  /// Keeps a name for later; false when it is taken.
  bool reserve(llvm::StringRef name) { return tensors.insert(name.str()).second; }
  /// `wish`, or `wish` with a number where it is taken.
  std::string freshTensor(llvm::StringRef wish) { return fresh(tensors, wish); }

  /// A node whose output has been reserved. Its name is made unique.
  onnx::NodeProto &node(llvm::StringRef type, llvm::StringRef name, llvm::ArrayRef<std::string> inputs,
                        const std::string &output, llvm::ArrayRef<int64_t> shape);
  /// One of QONNX's own operators.
  onnx::NodeProto &quantNode(llvm::StringRef type, llvm::StringRef name, llvm::ArrayRef<std::string> inputs,
                             const std::string &output, llvm::ArrayRef<int64_t> shape);

  /// Constants: float32, each an integer, or int64 for shapes and indices. Equal small ones are one.
  std::string constant(llvm::StringRef wish, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> values);
  std::string indices(llvm::StringRef wish, llvm::ArrayRef<int64_t> values);
  std::string scalar(int64_t value);

  void input(const std::string &name, llvm::ArrayRef<int64_t> shape, llvm::StringRef what);
  void output(const std::string &name, llvm::ArrayRef<int64_t> shape, llvm::StringRef what);
  void property(llvm::StringRef key, llvm::StringRef value);

  int64_t nodes() const { return model.graph().node_size(); }
  /// The file; the same graph always gives the same bytes. None where it would pass protobuf's 2 GB.
  std::optional<std::string> bytes(llvm::StringRef version) const;

private:
  onnx::ModelProto model;
  std::set<std::string> tensors, names;
  std::vector<std::pair<std::string, std::string>> outputs;

  static std::string fresh(std::set<std::string> &taken, llvm::StringRef wish);
  static void setType(onnx::ValueInfoProto &info, const std::string &name, llvm::ArrayRef<int64_t> shape,
                      int32_t type);
};

void setInt(onnx::NodeProto &node, const char *name, int64_t value);
void setInts(onnx::NodeProto &node, const char *name, llvm::ArrayRef<int64_t> values);
void setFloat(onnx::NodeProto &node, const char *name, float value);
void setString(onnx::NodeProto &node, const char *name, llvm::StringRef value);

} // namespace dyadic::canonical
