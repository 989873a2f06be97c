// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arrays as numpy's .npy and .npz files hold them.
#pragma once
#include "compiler/Failure.h"
#include "llvm/ADT/ArrayRef.h"
#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace dyadic::npy {

enum class Type { Bool, Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64, Float32, Float64 };

unsigned sizeInBytes(Type type);
bool isFloating(Type type);
llvm::StringRef nameOf(Type type); // numpy's: "float32"

template <typename T> constexpr Type typeOf() {
  if constexpr (std::is_same_v<T, bool>)
    return Type::Bool;
  else if constexpr (std::is_same_v<T, float>)
    return Type::Float32;
  else if constexpr (std::is_same_v<T, double>)
    return Type::Float64;
  else {
    static_assert(std::is_integral_v<T> && sizeof(T) <= 8);
    constexpr int log = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return Type((std::is_signed_v<T> ? int(Type::Int8) : int(Type::Uint8)) + log);
  }
}

/// C order, little-endian; bytes.size() = elements() * sizeInBytes(type) always.
class Array {
public:
  Array() : Array(Type::Float32, {0}, {}) {}
  Array(Type type, std::vector<int64_t> shape, std::string bytes)
      : elementType(type), extents(std::move(shape)), data(std::move(bytes)) {}
  template <typename T> static Array of(std::vector<int64_t> shape, llvm::ArrayRef<T> values) {
    return Array(typeOf<T>(), std::move(shape),
                 std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)));
  }

  Type type() const { return elementType; }
  const std::vector<int64_t> &shape() const { return extents; }
  size_t elements() const { return data.size() / sizeInBytes(elementType); }
  const std::string &bytes() const { return data; }

  /// The values, where T is this array's type exactly.
  template <typename T> std::vector<T> values() const {
    assert(typeOf<T>() == elementType);
    std::vector<T> result(elements());
    if (!data.empty())
      std::memcpy(result.data(), data.data(), data.size());
    return result;
  }
  /// Any type as doubles (exact up to 2^53), and any integer type as int64 (none if a uint64 does not fit, or
  /// floating).
  std::vector<double> asDoubles() const;
  std::optional<std::vector<int64_t>> asIntegers() const;

private:
  Type elementType;
  std::vector<int64_t> extents;
  std::string data;
};

struct NamedArray {
  std::string name;
  Array array;
};

/// `file` names the bytes in errors.
llvm::Expected<Array> parseNpy(llvm::StringRef bytes, llvm::StringRef file);
llvm::Expected<Array> readNpy(llvm::StringRef path);
std::string toNpy(const Array &array);

/// In the archive's order; names without ".npy".
llvm::Expected<std::vector<NamedArray>> parseNpz(llvm::StringRef bytes, llvm::StringRef file);
llvm::Expected<std::vector<NamedArray>> readNpz(llvm::StringRef path);
/// In the given order; the same arrays always give the same bytes.
llvm::Expected<std::string> toNpz(llvm::ArrayRef<NamedArray> arrays);

} // namespace dyadic::npy
