// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts a model's parts on the wire before protobuf sees it, then parses it.
#include "compiler/import/Reader.h"
#include "compiler/Failure.h"
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace dyadic::import_ {
namespace {

/// A cursor over one protobuf message; every step is checked against the end.
class Wire {
public:
  explicit Wire(llvm::StringRef bytes) : rest(bytes) {}
  bool done() const { return rest.empty(); }

  bool varint(uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (rest.empty())
        return false;
      uint8_t byte = uint8_t(rest.front());
      rest = rest.drop_front();
      if (shift < 64)
        value |= uint64_t(byte & 0x7f) << shift;
      if (!(byte & 0x80))
        return true;
    }
    return false;
  }

  /// The next field; `body` is set for length-delimited ones.
  bool field(uint64_t &number, llvm::StringRef &body) {
    uint64_t tag, value;
    body = {};
    if (!varint(tag))
      return false;
    number = tag >> 3;
    switch (tag & 7) {
    case 0:
      return varint(value);
    case 1:
      return skip(8);
    case 2:
      if (!varint(value) || value > rest.size())
        return false;
      body = rest.take_front(value);
      return skip(value);
    case 5:
      return skip(4);
    default: // groups do not occur in ONNX
      return false;
    }
  }

private:
  bool skip(uint64_t n) {
    if (n > rest.size())
      return false;
    rest = rest.drop_front(n);
    return true;
  }
  llvm::StringRef rest;
};

llvm::Error rejected(const llvm::Twine &message) { return failure(ExitCode::Rejected, message); }

llvm::Error checkWire(llvm::StringRef bytes) {
  constexpr uint64_t modelGraph = 7, graphNode = 1, graphInitializer = 5, graphInput = 11, graphOutput = 12;
  uint64_t nodes = 0, tensors = 0, graphs = 0, number;
  llvm::StringRef body;
  for (Wire model(bytes); !model.done();) {
    if (!model.field(number, body))
      return rejected(
          "this is not an ONNX model: its bytes end early or are no protobuf message; export it again, "
          "or check that it was copied whole");
    if (number != modelGraph)
      continue;
    ++graphs;
    for (Wire graph(body); !graph.done();) {
      if (!graph.field(number, body))
        return rejected(
            "the model's graph is damaged: its bytes end early; export it again, or check that it was "
            "copied whole");
      nodes += number == graphNode;
      tensors += number == graphInitializer || number == graphInput || number == graphOutput;
    }
  }
  if (graphs == 0)
    return rejected("this is not an ONNX model: it holds no graph");
  if (nodes > Limits::nodes)
    return rejected("the graph has " + llvm::Twine(nodes) + " nodes; at most " + llvm::Twine(Limits::nodes) +
                    " are read");
  if (tensors > Limits::tensors)
    return rejected("the graph lists " + llvm::Twine(tensors) +
                    " initialisers, inputs and outputs; at most " + llvm::Twine(Limits::tensors) +
                    " are read");
  return llvm::Error::success();
}
} // namespace

llvm::Error parseModel(llvm::StringRef bytes, onnx::ModelProto &model) {
  if (bytes.size() > Limits::fileBytes)
    return rejected("the model has " + llvm::Twine(bytes.size()) + " bytes; protobuf files end at " +
                    llvm::Twine(Limits::fileBytes) + ": store the weights as external data");
  if (llvm::Error error = checkWire(bytes))
    return error;
  google::protobuf::io::ArrayInputStream stream(bytes.data(), int(bytes.size()));
  google::protobuf::io::CodedInputStream input(&stream);
  input.SetRecursionLimit(Limits::depth);
  // libprotobuf writes to stderr by itself when a string field is not UTF-8 or a message is damaged.
  google::protobuf::LogSilencer silence;
  if (!model.ParseFromCodedStream(&input) || !input.ConsumedEntireMessage())
    return rejected("this is not an ONNX model: protobuf cannot read it (damaged, or nested deeper than " +
                    llvm::Twine(Limits::depth) + " messages)");
  return llvm::Error::success();
}

} // namespace dyadic::import_
