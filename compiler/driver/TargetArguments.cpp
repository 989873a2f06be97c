// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What --target-file and --set tell of themselves.
#include "compiler/driver/TargetArguments.h"

namespace dyadic {

void addTargetChanges(CLI::App &command, TargetOptions &options) {
  command
      .add_option("--target-file", options.file,
                  "your own description of a machine; it may extend a shipped one")
      ->type_name("FILE.yaml");
  // One argument each time: a list would swallow what follows.
  command
      .add_option("--set", options.overrides,
                  "change a figure of the machine, such as cluster.cores=4 or l2.bytes=256K; may be repeated")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false)
      ->take_all();
}

} // namespace dyadic
