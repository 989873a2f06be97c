// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads the records of harness.c; every expected element must come exactly once.
#include "compiler/validate/Compare.h"
#include "llvm/Support/Endian.h"
#include <algorithm>

namespace dyadic::validate {
namespace {

using llvm::StringRef;

// As harness.c has them.
enum Kind : uint32_t { Tap = 1, Output = 2, End = 3 };
constexpr size_t headerWords = 5;

uint32_t word(StringRef bytes, size_t i) { return llvm::support::endian::read32le(bytes.data() + 4 * i); }

/// A little-endian code of 1, 2, 4 or 8 bytes.
int64_t readCode(const char *at, unsigned bytes, bool isSigned) {
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i)
    value |= static_cast<uint64_t>(static_cast<uint8_t>(at[i])) << (8 * i);
  unsigned unused = 64 - 8 * bytes;
  return isSigned ? static_cast<int64_t>(value << unused) >> unused : static_cast<int64_t>(value);
}

llvm::Error broken(const llvm::Twine &why) {
  return failure(ExitCode::Internal, "the program's results cannot be read: " + why);
}

} // namespace

Comparison::Comparison(const std::vector<Tensor> &tensors) : tensors(tensors), all(tensors.size()) {
  for (size_t i = 0; i < tensors.size(); ++i)
    if (tensors[i].output)
      outputTensors.push_back(i);
    else
      taps[tensors[i].name] = i;
  given.resize(outputTensors.size());
}

void Comparison::element(const Chunk &chunk, size_t tensor, int64_t run, int64_t index, int64_t found) {
  const Integers &expected = chunk.expected[tensor];
  int64_t stride = static_cast<int64_t>(expected.size()) / chunk.samples, perRun = stride * chunk.batch;
  int64_t at = run * perRun + index;
  Tally &tally = all[tensor];
  if (index >= perRun || run < 0) { // no such element: the C's tensor is larger
    ++tally.mismatches;
    ++tally.missing;
    return;
  }
  if (at >= static_cast<int64_t>(expected.size()))
    return; // fills up the last run
  if (tensors[tensor].output) {
    size_t number = static_cast<size_t>(llvm::find(outputTensors, tensor) - outputTensors.begin());
    given[number][given[number].size() - expected.size() + static_cast<size_t>(at)] = found;
  }
  uint8_t &mark = seen[tensor][static_cast<size_t>(at)];
  if (mark) {
    ++tally.mismatches;
    ++tally.missing;
    return;
  }
  mark = 1;
  ++tally.compared;
  int64_t right = expected[static_cast<size_t>(at)];
  if (found == right)
    return;
  ++tally.mismatches;
  uint64_t step =
      static_cast<uint64_t>(std::max(found, right)) - static_cast<uint64_t>(std::min(found, right));
  tally.largestStep = std::max(tally.largestStep, step);
  Wrong wrong{chunk.first + at / stride, at % stride, found, right};
  if (!tally.first ||
      std::pair(wrong.sample, wrong.index) < std::pair(tally.first->sample, tally.first->index))
    tally.first = wrong;
}

llvm::Error Comparison::add(const Chunk &chunk, StringRef results) {
  seen.clear();
  for (size_t i = 0; i < tensors.size(); ++i)
    seen.emplace_back(chunk.expected[i].size(), 0);
  for (size_t i = 0; i < outputTensors.size(); ++i)
    given[i].resize(given[i].size() + chunk.expected[outputTensors[i]].size());
  bool ended = false;
  int64_t runs = (chunk.samples + chunk.batch - 1) / chunk.batch;
  while (!results.empty()) {
    if (ended || results.size() < 4 * headerWords)
      return broken(ended ? "something follows their end" : "a record is cut short");
    uint32_t kind = word(results, 0), run = word(results, 1), name = word(results, 2),
             start = word(results, 3), count = word(results, 4);
    results = results.drop_front(4 * headerWords);
    if (run >= runs && kind != End)
      return broken("run " + llvm::Twine(run) + " of " + llvm::Twine(runs));
    if (kind == Tap) {
      uint64_t bytes = uint64_t(name) + 4 * uint64_t(count);
      if (results.size() < bytes)
        return broken("a record is cut short");
      auto found = taps.find(std::string_view(results.data(), name));
      if (found == taps.end())
        return broken("it taps '" + results.take_front(name) + "', which is no tensor of the model");
      for (uint32_t i = 0; i < count; ++i)
        element(chunk, found->second, run, int64_t(start) + i,
                readCode(results.data() + name + 4 * size_t(i), 4, true));
      results = results.drop_front(bytes);
    } else if (kind == Output && name < outputTensors.size() && start == 0 && count <= results.size()) {
      const Tensor &tensor = tensors[outputTensors[name]];
      for (uint32_t i = 0; i < count / tensor.bytes; ++i)
        element(chunk, outputTensors[name], run, i,
                readCode(results.data() + size_t(i) * tensor.bytes, tensor.bytes, tensor.isSigned));
      results = results.drop_front(count);
    } else if (kind == End && name == 0 && start == 0 && count == 0) {
      ended = run == runs;
      if (!ended)
        return broken("it ran " + llvm::Twine(run) + " times, not " + llvm::Twine(runs));
    } else {
      return broken("a record of kind " + llvm::Twine(kind));
    }
  }
  if (!ended)
    return broken("they have no end");
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto lost = static_cast<int64_t>(llvm::count(seen[i], 0));
    all[i].mismatches += lost;
    all[i].missing += lost;
  }
  return llvm::Error::success();
}

int64_t Comparison::compared() const {
  int64_t sum = 0;
  for (const Tally &tally : all)
    sum += tally.compared;
  return sum;
}

int64_t Comparison::mismatches() const {
  int64_t sum = 0;
  for (const Tally &tally : all)
    sum += tally.mismatches;
  return sum;
}

int Comparison::firstDiverging() const {
  for (size_t i = 0; i < all.size(); ++i)
    if (all[i].mismatches != 0)
      return static_cast<int>(i);
  return -1;
}

} // namespace dyadic::validate
