// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Networks as files: STEM.onnx, the samples of input K as STEM.K.npy, and options, one to a line, as
// STEM.options.
#pragma once
#include "test/fuzz/Generate.h"

namespace dyadic::fuzz {

llvm::Error writeBytes(const std::string &path, const std::string &bytes);
llvm::Error writeNetwork(const Network &network, const std::string &stem);
llvm::Expected<Network> readNetwork(const std::string &stem);

} // namespace dyadic::fuzz
