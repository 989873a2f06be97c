// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns a TensorProto into a constant: sizes first, then bytes.
#include "compiler/Failure.h"
#include "compiler/import/Reader.h"
#include "compiler/import/Text.h"
#include <cstring>

namespace dyadic::import_ {
namespace {

llvm::Error bad(const llvm::Twine &message) { return failure(ExitCode::Rejected, message); }

/// Decimal digits only: std::stoll would take signs, spaces and overflow.
llvm::Expected<int64_t> wholeNumber(llvm::StringRef key, llvm::StringRef text) {
  int64_t value;
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != text.npos ||
      text.getAsInteger(10, value))
    return bad("its external data has " + key + " '" + shown(text) +
               "'; a decimal number of bytes is needed");
  return value;
}

llvm::Expected<std::string> externalBytes(const onnx::TensorProto &proto, ExternalData &external,
                                          int64_t bytes) {
  std::string location;
  int64_t offset = 0, length = -1;
  for (const auto &entry : proto.external_data()) {
    if (entry.key() == "location") {
      location = entry.value();
    } else if (entry.key() == "offset" || entry.key() == "length") {
      auto value = wholeNumber(entry.key(), entry.value());
      if (!value)
        return value.takeError();
      (entry.key() == "offset" ? offset : length) = *value;
    }
  }
  return external.read(location, offset, length, bytes);
}

template <typename T, typename Out> void unpack(const std::string &raw, std::vector<Out> &out) {
  size_t n = raw.size() / sizeof(T);
  out.resize(n);
  for (size_t k = 0; k < n; ++k) {
    T value; // ONNX is little-endian, and so is every host this runs on
    std::memcpy(&value, raw.data() + k * sizeof(T), sizeof(T));
    out[k] = Out(value);
  }
}

void unpackRaw(const std::string &raw, Constant &out) {
  switch (out.type) {
  case Type::f32:
    return unpack<float>(raw, out.f);
  case Type::f64:
    return unpack<double>(raw, out.d);
  case Type::i8:
    return unpack<int8_t>(raw, out.i);
  case Type::i16:
    return unpack<int16_t>(raw, out.i);
  case Type::i32:
    return unpack<int32_t>(raw, out.i);
  case Type::i64:
  case Type::u64:
    return unpack<int64_t>(raw, out.i);
  case Type::u8:
    return unpack<uint8_t>(raw, out.i);
  case Type::u16:
    return unpack<uint16_t>(raw, out.i);
  case Type::u32:
    return unpack<uint32_t>(raw, out.i);
  case Type::boolean:
    unpack<uint8_t>(raw, out.i);
    for (int64_t &v : out.i)
      v = v != 0;
  }
}

template <typename Field> llvm::Error typed(const Field &field, int64_t n, Constant &out) {
  if (field.size() != n)
    return bad("it stores " + llvm::Twine(field.size()) + " elements where its shape " + shown(out.shape) +
               " needs " + llvm::Twine(n));
  if (out.type == Type::f32)
    out.f.assign(field.begin(), field.end());
  else if (out.type == Type::f64)
    out.d.assign(field.begin(), field.end());
  else
    for (auto value : field)
      out.i.push_back(wrapTo(out.type, int64_t(value)));
  return llvm::Error::success();
}
} // namespace

static std::string rawTypeName(int32_t dataType) {
  return onnx::TensorProto::DataType_IsValid(dataType)
             ? llvm::StringRef(onnx::TensorProto::DataType_Name(onnx::TensorProto::DataType(dataType)))
                   .lower()
             : "type " + std::to_string(dataType);
}

llvm::Expected<Type> typeOf(int32_t dataType) {
  switch (dataType) {
  case onnx::TensorProto::FLOAT:
    return Type::f32;
  case onnx::TensorProto::DOUBLE:
    return Type::f64;
  case onnx::TensorProto::INT8:
    return Type::i8;
  case onnx::TensorProto::INT16:
    return Type::i16;
  case onnx::TensorProto::INT32:
    return Type::i32;
  case onnx::TensorProto::INT64:
    return Type::i64;
  case onnx::TensorProto::UINT8:
    return Type::u8;
  case onnx::TensorProto::UINT16:
    return Type::u16;
  case onnx::TensorProto::UINT32:
    return Type::u32;
  case onnx::TensorProto::UINT64:
    return Type::u64;
  case onnx::TensorProto::BOOL:
    return Type::boolean;
  }
  return bad("it has element type " + rawTypeName(dataType) +
             "; float32, float64, integers of 8 to 64 bits and bool are read");
}

std::string elementTypeName(int32_t dataType) {
  auto type = typeOf(dataType);
  if (type)
    return toString(*type);
  llvm::consumeError(type.takeError());
  return rawTypeName(dataType);
}

llvm::Expected<Constant> readTensor(const onnx::TensorProto &proto, ExternalData &external) {
  Constant out;
  out.name = proto.name();
  auto type = typeOf(proto.data_type());
  if (!type)
    return type.takeError();
  out.type = *type;
  out.shape.assign(proto.dims().begin(), proto.dims().end());
  if (out.shape.size() > 32)
    return bad("it has " + llvm::Twine(out.shape.size()) + " axes; at most 32 are read");
  auto count = product(out.shape);
  if (!count || *count > Limits::elements)
    return bad("its shape " + shown(out.shape) + " is negative or has more than " +
               llvm::Twine(Limits::elements) + " elements");
  int64_t n = *count, bytes = n * int64_t(bytesOf(out.type));
  if (proto.has_segment())
    return bad("it is stored in segments; store it whole");
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    auto raw = externalBytes(proto, external, bytes);
    if (!raw)
      return raw.takeError();
    unpackRaw(*raw, out);
    return out;
  }
  if (proto.has_raw_data()) {
    if (int64_t(proto.raw_data().size()) != bytes)
      return bad("its raw_data has " + llvm::Twine(proto.raw_data().size()) + " bytes where " +
                 toString(out.type) + " " + shown(out.shape) + " needs " + llvm::Twine(bytes));
    unpackRaw(proto.raw_data(), out);
    return out;
  }
  llvm::Error error = out.type == Type::f32                            ? typed(proto.float_data(), n, out)
                      : out.type == Type::f64                          ? typed(proto.double_data(), n, out)
                      : out.type == Type::i64                          ? typed(proto.int64_data(), n, out)
                      : out.type == Type::u32 || out.type == Type::u64 ? typed(proto.uint64_data(), n, out)
                                                                       : typed(proto.int32_data(), n, out);
  if (error)
    return error;
  return out;
}

} // namespace dyadic::import_
