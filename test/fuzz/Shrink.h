// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes a failing network smaller by making its choices fewer and simpler.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

namespace dyadic::fuzz {

using Choices = std::vector<uint32_t>;

/// Choices that still fail, after at most `tries` trials: none can be left out, zeroed or halved any more.
Choices shrink(Choices choices, const std::function<bool(const Choices &)> &fails, int tries);

} // namespace dyadic::fuzz
