// A value or the plain sentence that says why there is none.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <string>
#include <utility>

namespace dyadic::model {

/// What a search or a constructor answers: `value`, or `error` (a sentence without a trailing full stop, fit
/// to follow the name of the ONNX node). Never thrown, never fatal.
template <typename T> struct Result {
  std::optional<T> value;
  std::string error;

  Result(T v) : value(std::move(v)) {}
  static Result failure(std::string why) { return Result(std::move(why), 0); }
  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }

private:
  Result(std::string why, int) : error(std::move(why)) {}
};

} // namespace dyadic::model
