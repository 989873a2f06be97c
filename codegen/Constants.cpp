// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_weights.c: weights, tables and whatever several layers share.
#include "codegen/Model.h"

using namespace mlir;
namespace dyadic::codegen {

std::string writeWeights(const Model &model) {
  CWriter w;
  w.opening("Packed weights and shared tables of " + model.name + ".");
  w.comment("Up to 8 bits: a little-endian bit stream without gaps, value i in bits i*B to i*B + B-1; bit j "
            "is bit j%8 of byte j/8. "
            "Wider values stand in int16_t, int32_t or int64_t.");
  w.include(model.name + "_plan.h");
  bool any = false;
  for (auto [constant, file] : model.constants) {
    if (file != sharedFile)
      continue;
    any = true;
    auto c = constant;
    w.line();
    std::string what = std::to_string(c.getCount()) + " values of " +
                       std::to_string(c.getElement().getIntOrFloatBitWidth()) + " bits" +
                       (c.getElement().isSignedInteger(1)  ? ", bit 0 is -1, bit 1 is +1"
                        : c.getElement().isSignedInteger() ? ", signed"
                                                           : ", unsigned");
    if (!c.getLayout().empty())
      what += ", order [" + c.getLayout().str() + "]";
    w.comment(what);
    printConstant(w, model, c, false);
  }
  if (!any)
    w.line("\ntypedef int " + model.name + "_has_no_weights; // C wants something in every file");
  return w.take();
}

} // namespace dyadic::codegen
