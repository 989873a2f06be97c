// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NAME_certificate.json: for each step the numbers and the range over which they were proven, one channel to
// a line.
#include "codegen/Model.h"
#include "codegen/Provenance.h"
#include "dialects/qint/StepArrays.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

const char *const formNames[] = {"constant",   "dyadic32", "dyadic64", "half_even", "two_segment",
                                 "thresholds", "table",    "wide",     "pieces"};
const char *const checkedTexts[] = {
    "one code over the whole range",
    "every code boundary in the range, both sides; m * a + b stays in 32 bits",
    "every code boundary in the range, both sides; m * a + b stays in 64 bits",
    "every code boundary in the range, both sides; m * a + b stays in 64 bits",
    "every code boundary in both segments, both sides",
    "every code boundary in the range is a threshold",
    "every accumulator of the range",
    "exact at run time; numbers stay within their limbs",
    "every piece in its own form, from its start up to the next one's"};

template <typename Range> void numbers(llvm::raw_ostream &os, const Range &values) {
  os << '[';
  bool first = true;
  for (int64_t v : values) {
    os << (first ? "" : ",") << v;
    first = false;
  }
  os << ']';
}

void channelLine(llvm::raw_ostream &os, qint::StepAttr step, int64_t c) {
  int64_t terms = step.getTerms();
  auto form = step.getForms()[c];
  os << "{\"form\":\"" << formNames[form] << "\",\"range\":[";
  for (int64_t t = 0; t < terms; ++t)
    os << (t ? ",[" : "[") << step.getRangeMin()[c * terms + t] << "," << step.getRangeMax()[c * terms + t]
       << "]";
  os << "]";
  auto kind = static_cast<qint::StepForm>(form);
  if (kind != qint::StepForm::thresholds && kind != qint::StepForm::table && kind != qint::StepForm::wide &&
      kind != qint::StepForm::pieces) {
    os << ",\"m\":";
    numbers(os, step.getMult().asArrayRef().slice(c * terms, terms));
    os << ",\"b\":" << step.getBias()[c] << ",\"n\":" << static_cast<int>(step.getShift()[c]);
  }
  if (ArrayRef<int64_t> aux = qint::auxOf(step, c); !aux.empty()) {
    os << ",\""
       << (kind == qint::StepForm::thresholds ? "thresholds"
           : kind == qint::StepForm::table    ? "table"
                                              : "numbers")
       << "\":";
    numbers(os, aux);
  }
  os << "}";
}

} // namespace

std::string writeCertificate(const Model &model, ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto digest = module->getAttrOfType<StringAttr>("qonnx.model_sha256");
  os << "{\n\"schema\":\"dyadic-certificate/1\",\n\"model_sha256\":";
  quoted(os, digest ? digest.getValue() : "");
  os << ",\n\"options\":" << llvm::json::Value(llvm::json::Object(model.options.options));
  os << ",\n\"rounding\":\">> is floor; half_even is dyadic_rne_shift; y is then limited to clamp; a bipolar "
        "y is its bit\",\n";
  os << "\"checked\":{";
  for (size_t i = 0; i < std::size(formNames); ++i)
    os << (i ? ",\n " : "\n ") << "\"" << formNames[i] << "\":\"" << checkedTexts[i] << "\"";
  os << "},\n\"rescales\":[";
  bool first = true;
  Provenance provenance(model);
  for (const Layer &layer : model.layers)
    for (const Work &kernel : layer.works) {
      plat::StepOp step = kernel.step;
      if (!step)
        continue;
      qint::StepAttr proof = step.getProof();
      os << (first ? "\n" : ",\n") << "{\"layer\":" << layer.number << ",\"quantiser\":";
      first = false;
      quoted(os, step.getNode());
      os << ",\"linear\":";
      quoted(os, kernel.node);
      os << ",\"kernel\":\"" << kernel.kernel << "\",\"output\":\""
         << describe(cast<plat::ViewType>(kernel.outs.front().getType()).getTensor()) << "\"";
      os << ",\"channels\":" << proof.getChannels() << ",\"period\":" << proof.getPeriod()
         << ",\"terms\":" << proof.getTerms() << ",\"clamp\":[" << proof.getClampMin() << ","
         << proof.getClampMax() << "],\n \"accumulators\":";
      provenance.printAccumulators(os, kernel);
      os << ",\"channel\":[";
      for (int64_t c = 0; c < proof.getChannels(); ++c) {
        os << (c ? ",\n " : "\n ");
        channelLine(os, proof, c);
      }
      os << "]}";
    }
  os << "],\n\"codes\":[";
  first = true;
  auto codes = [&](ArrayRef<plat::TapOp> taps) {
    for (plat::TapOp tap : taps) {
      std::string entry;
      llvm::raw_string_ostream line(entry);
      if (!provenance.printCodes(line, tap))
        continue;
      os << (first ? "\n " : ",\n ") << entry;
      first = false;
    }
  };
  codes(model.inputTaps);
  for (const Layer &layer : model.layers)
    codes(layer.taps);
  os << "]\n}\n";
  return text;
}

} // namespace dyadic::codegen
