// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tensor known at compile time: its numbers, and the codes behind them when a quantiser made it.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dyadic::import_ {

using Dims = std::vector<int64_t>;
using DimsRef = llvm::ArrayRef<int64_t>;

enum class Type : uint8_t { f32, f64, i8, i16, i32, i64, u8, u16, u32, u64, boolean };
bool isFloat(Type type);
const char *toString(Type type);
size_t bytesOf(Type type);
/// `value` wrapped to the width of an integer type (booleans: 0 or 1).
int64_t wrapTo(Type type, int64_t value);

/// The number of elements; none when an extent is negative or the product passes 2^48.
std::optional<int64_t> product(DimsRef dims);

/// A float32 tensor that broadcasts to the codes it belongs to.
struct Parameter {
  Dims shape;
  std::vector<float> values;
};

/// What a quantiser of a constant decided (rule 1): value = (code - zero) * scale, exact.
struct Quantised {
  std::vector<int64_t> codes;
  Parameter scale, zero;
  float bits = 8;
  bool isSigned = false, narrow = false;
  std::string node; ///< raw name of the node that decided the codes
};

/// Exactly one of f, d, i holds the elements: f for f32, d for f64, i for all others.
struct Constant {
  Type type = Type::f32;
  Dims shape;
  std::vector<float> f;
  std::vector<double> d;
  std::vector<int64_t> i;
  /// Per element, for integers: nonzero where the value came from a Shape, so that it follows --batch
  /// already. Empty: none did.
  std::vector<uint8_t> live;
  std::shared_ptr<const Quantised> quantised;
  std::string name; ///< raw name of the tensor

  int64_t count() const {
    return isFloat(type) ? int64_t(type == Type::f32 ? f.size() : d.size()) : int64_t(i.size());
  }
  double number(int64_t k) const {
    return type == Type::f32 ? f[k] : type == Type::f64 ? d[k] : double(i[k]);
  }
  bool isLive(int64_t k) const { return !live.empty() && live[k]; }
};
using ConstantRef = std::shared_ptr<const Constant>;

/// numpy's broadcast of two shapes; none when they do not match.
std::optional<Dims> broadcast(DimsRef a, DimsRef b);
/// Row-major strides.
Dims stridesOf(DimsRef shape);
/// For each element of `to` in turn, the element of `from` that numpy reads there; `from` must broadcast to
/// `to`.
class BroadcastWalk {
public:
  BroadcastWalk(DimsRef from, DimsRef to);
  int64_t next();

private:
  Dims shape, strides, at;
  int64_t offset = 0;
  bool single;
};
/// The whole walk.
std::vector<int64_t> broadcastIndex(DimsRef from, DimsRef to);
/// For each element of a tensor of shape `out`, base + sum of index[d] * strides[d].
std::vector<int64_t> stridedIndex(DimsRef out, DimsRef strides, int64_t base = 0);

/// The constant of shape `shape` whose element k is `from`'s element index[k]. Codes move along.
Constant gathered(const Constant &from, DimsRef shape, llvm::ArrayRef<int64_t> index);
/// The same elements under another shape of the same count.
Constant reshaped(const Constant &from, DimsRef shape);
/// `parts` one after the other along `axis`; all of one type. Codes survive when all parts have them.
Constant concatenated(llvm::ArrayRef<const Constant *> parts, DimsRef shape, size_t axis);

/// A full tensor of shape `shape` as a parameter with extent 1 along every axis where it does not vary.
Parameter compressed(DimsRef shape, std::vector<float> values);

} // namespace dyadic::import_
