# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How lit runs the .mlir and .test files beneath this folder."""
import os

import lit.formats

config.name = "dyadic"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.dyadic_build, "test")

path = [os.path.join(config.dyadic_build, "bin"), config.llvm_tools, config.environment["PATH"]]
config.environment["PATH"] = os.pathsep.join(path)
for name in ("DYADIC_MODELS", "DYADIC_FULL"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
if "DYADIC_MODELS" in os.environ:
    config.available_features.add("models")
config.substitutions.append(("%source", config.dyadic_source))
config.substitutions.append(("%models", os.environ.get("DYADIC_MODELS", "")))
