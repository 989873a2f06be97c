// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shapes, broadcasting and movement of constants; codes, scales and zero points move with the values.
#include "compiler/import/Constant.h"
#include <algorithm>

namespace dyadic::import_ {

bool isFloat(Type type) { return type == Type::f32 || type == Type::f64; }

const char *toString(Type type) {
  switch (type) {
  case Type::f32:
    return "float32";
  case Type::f64:
    return "float64";
  case Type::i8:
    return "int8";
  case Type::i16:
    return "int16";
  case Type::i32:
    return "int32";
  case Type::i64:
    return "int64";
  case Type::u8:
    return "uint8";
  case Type::u16:
    return "uint16";
  case Type::u32:
    return "uint32";
  case Type::u64:
    return "uint64";
  case Type::boolean:
    return "bool";
  }
  return "";
}

size_t bytesOf(Type type) {
  switch (type) {
  case Type::i8:
  case Type::u8:
  case Type::boolean:
    return 1;
  case Type::i16:
  case Type::u16:
    return 2;
  case Type::f32:
  case Type::i32:
  case Type::u32:
    return 4;
  default:
    return 8;
  }
}

int64_t wrapTo(Type type, int64_t value) {
  switch (type) {
  case Type::i8:
    return int8_t(value);
  case Type::i16:
    return int16_t(value);
  case Type::i32:
    return int32_t(value);
  case Type::u8:
    return uint8_t(value);
  case Type::u16:
    return uint16_t(value);
  case Type::u32:
    return uint32_t(value);
  case Type::boolean:
    return value != 0;
  default:
    return value;
  }
}

std::optional<int64_t> product(DimsRef dims) {
  constexpr int64_t most = int64_t(1) << 48;
  int64_t n = 1;
  bool empty = false;
  for (int64_t d : dims) {
    if (d < 0)
      return std::nullopt;
    if (d == 0) {
      empty = true;
      continue;
    }
    if (d > most / n)
      return std::nullopt;
    n *= d;
  }
  return empty ? 0 : n;
}

std::optional<Dims> broadcast(DimsRef a, DimsRef b) {
  Dims out(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < out.size(); ++i) {
    int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1, y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      return std::nullopt;
    out[out.size() - 1 - i] = x == 1 ? y : x;
  }
  return out;
}

Dims stridesOf(DimsRef shape) {
  Dims strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

std::vector<int64_t> stridedIndex(DimsRef out, DimsRef strides, int64_t base) {
  int64_t n = product(out).value_or(0);
  std::vector<int64_t> index(n);
  Dims at(out.size(), 0);
  int64_t offset = base;
  for (int64_t k = 0; k < n; ++k) {
    index[k] = offset;
    for (size_t axis = out.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++at[axis] < out[axis])
        break;
      offset -= strides[axis] * out[axis];
      at[axis] = 0;
    }
  }
  return index;
}

BroadcastWalk::BroadcastWalk(DimsRef from, DimsRef to)
    : shape(to.begin(), to.end()), strides(to.size(), 0), at(to.size(), 0), single(product(from) == 1) {
  Dims own = stridesOf(from);
  for (size_t i = 0; i < from.size(); ++i)
    if (from[from.size() - 1 - i] != 1)
      strides[to.size() - 1 - i] = own[from.size() - 1 - i];
}

int64_t BroadcastWalk::next() {
  if (single)
    return 0;
  int64_t here = offset;
  for (size_t axis = shape.size(); axis-- > 0;) {
    offset += strides[axis];
    if (++at[axis] < shape[axis])
      break;
    offset -= strides[axis] * shape[axis];
    at[axis] = 0;
  }
  return here;
}

std::vector<int64_t> broadcastIndex(DimsRef from, DimsRef to) {
  BroadcastWalk walk(from, to);
  std::vector<int64_t> index(product(to).value_or(0));
  for (int64_t &k : index)
    k = walk.next();
  return index;
}

namespace {
template <typename T> std::vector<T> pick(const std::vector<T> &from, llvm::ArrayRef<int64_t> index) {
  std::vector<T> out;
  if (from.empty())
    return out;
  out.reserve(index.size());
  for (int64_t k : index)
    out.push_back(from[k]);
  return out;
}

/// A parameter spelled out for every element of `shape`.
std::vector<float> expanded(const Parameter &p, DimsRef shape) {
  return pick(p.values, broadcastIndex(p.shape, shape));
}

Parameter moved(const Parameter &p, DimsRef from, DimsRef to, llvm::ArrayRef<int64_t> index) {
  if (p.values.size() == 1)
    return {{}, p.values};
  return compressed(to, pick(expanded(p, from), index));
}
} // namespace

Parameter compressed(DimsRef shape, std::vector<float> values) {
  Dims now(shape.begin(), shape.end());
  for (size_t axis = 0; axis < now.size() && !values.empty(); ++axis) {
    int64_t inner = 1;
    for (size_t i = axis + 1; i < now.size(); ++i)
      inner *= now[i];
    int64_t block = inner * now[axis], blocks = int64_t(values.size()) / block;
    bool same = true;
    for (int64_t b = 0; b < blocks && same; ++b)
      for (int64_t k = inner; k < block && same; ++k)
        same = values[b * block + k] == values[b * block + k - inner];
    if (!same)
      continue;
    for (int64_t b = 0; b < blocks; ++b)
      std::copy_n(values.begin() + b * block, inner, values.begin() + b * inner);
    values.resize(blocks * inner);
    now[axis] = 1;
  }
  if (values.size() == 1)
    now.clear();
  return {now, std::move(values)};
}

Constant gathered(const Constant &from, DimsRef shape, llvm::ArrayRef<int64_t> index) {
  Constant out;
  out.type = from.type;
  out.shape.assign(shape.begin(), shape.end());
  out.f = pick(from.f, index);
  out.d = pick(from.d, index);
  out.i = pick(from.i, index);
  out.live = pick(from.live, index);
  if (from.quantised && !index.empty()) {
    auto q = std::make_shared<Quantised>(*from.quantised);
    q->codes = pick(from.quantised->codes, index);
    q->scale = moved(from.quantised->scale, from.shape, shape, index);
    q->zero = moved(from.quantised->zero, from.shape, shape, index);
    out.quantised = std::move(q);
  }
  return out;
}

Constant reshaped(const Constant &from, DimsRef shape) {
  Constant out = from;
  out.shape.assign(shape.begin(), shape.end());
  if (from.quantised) {
    auto q = std::make_shared<Quantised>(*from.quantised);
    for (Parameter *p : {&q->scale, &q->zero})
      *p = p->values.size() == 1 ? Parameter{{}, p->values} : compressed(shape, expanded(*p, from.shape));
    out.quantised = std::move(q);
  }
  return out;
}

namespace {
template <typename Get>
auto joined(llvm::ArrayRef<const Constant *> parts, DimsRef shape, size_t axis, Get get) {
  std::decay_t<decltype(get(*parts[0]))> out;
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < axis; ++i)
    outer *= shape[i];
  for (size_t i = axis + 1; i < shape.size(); ++i)
    inner *= shape[i];
  std::vector<std::decay_t<decltype(get(*parts[0]))>> sources;
  for (const Constant *part : parts)
    sources.push_back(get(*part));
  for (int64_t o = 0; o < outer; ++o)
    for (size_t p = 0; p < parts.size(); ++p) {
      int64_t block = parts[p]->shape[axis] * inner;
      if (!sources[p].empty())
        out.insert(out.end(), sources[p].begin() + o * block, sources[p].begin() + (o + 1) * block);
    }
  return out;
}
} // namespace

Constant concatenated(llvm::ArrayRef<const Constant *> parts, DimsRef shape, size_t axis) {
  Constant out;
  out.type = parts[0]->type;
  out.shape.assign(shape.begin(), shape.end());
  out.f = joined(parts, shape, axis, [](const Constant &c) { return c.f; });
  out.d = joined(parts, shape, axis, [](const Constant &c) { return c.d; });
  out.i = joined(parts, shape, axis, [](const Constant &c) { return c.i; });
  if (std::any_of(parts.begin(), parts.end(), [](const Constant *c) { return !c->live.empty(); }))
    out.live = joined(parts, shape, axis, [](const Constant &c) {
      return c.live.empty() ? std::vector<uint8_t>(c.count(), 0) : c.live;
    });
  if (!std::all_of(parts.begin(), parts.end(), [](const Constant *c) { return c->quantised != nullptr; }))
    return out;
  auto q = std::make_shared<Quantised>();
  q->codes = joined(parts, shape, axis, [](const Constant &c) { return c.quantised->codes; });
  q->scale = compressed(shape, joined(parts, shape, axis, [](const Constant &c) {
                          return expanded(c.quantised->scale, c.shape);
                        }));
  q->zero = compressed(shape, joined(parts, shape, axis,
                                     [](const Constant &c) { return expanded(c.quantised->zero, c.shape); }));
  // One width for all codes: the widest, one bit more where an unsigned range joins a signed one. A signed
  // bit is -1 and +1, which two signed bits hold.
  const Quantised &first = *parts[0]->quantised;
  bool oneKind = true;
  for (const Constant *part : parts)
    oneKind &= part->quantised->isSigned == first.isSigned && part->quantised->bits == first.bits &&
               part->quantised->narrow == first.narrow;
  q->node = first.node;
  q->bits = first.bits, q->isSigned = first.isSigned, q->narrow = first.narrow;
  if (!oneKind) {
    q->narrow = false;
    for (const Constant *part : parts)
      q->isSigned |= part->quantised->isSigned;
    q->bits = q->isSigned ? 2 : 1;
    for (const Constant *part : parts)
      q->bits =
          std::max(q->bits, part->quantised->bits + (q->isSigned && !part->quantised->isSigned ? 1 : 0));
  }
  out.quantised = std::move(q);
  return out;
}

} // namespace dyadic::import_
