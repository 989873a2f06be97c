// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Instantiates the registration of all passes, so that a pass without an implementation fails to link here.
#include "passes/Passes.h"
