// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tells of every step what it reads, and of every quantiser which steps give its codes.
#include "codegen/Provenance.h"
#include "codegen/Places.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

template <typename Range> void numbers(llvm::raw_ostream &os, const Range &values) {
  os << '[';
  llvm::interleave(values, os, [&](int64_t v) { os << v; }, ",");
  os << ']';
}

/// ,"elements":[[[source,element],...],...]
void printElements(llvm::raw_ostream &os, const Lineage &lineage,
                   llvm::function_ref<void(const Lineage::Item &)> print) {
  os << "\"elements\":[";
  llvm::interleave(
      lineage.from, os,
      [&](const std::vector<Lineage::Item> &items) {
        os << '[';
        llvm::interleave(
            items, os,
            [&](const Lineage::Item &item) {
              os << '[';
              print(item);
              os << ',' << item.element << ']';
            },
            ",");
        os << ']';
      },
      ",");
  os << ']';
}

} // namespace

RankedTensorType Provenance::tensorOf(Value view) { return cast<plat::ViewType>(view.getType()).getTensor(); }

StringRef Provenance::nodeOfStep(const Work &kernel) {
  return const_cast<plat::StepOp &>(kernel.step).getNode();
}

StringRef Provenance::nameOf(const Port &port) {
  return port.port.getKey().empty() ? port.port.getName().getValue() : port.port.getKey().getValue();
}

Provenance::Provenance(const Model &model) : model(model), lineages(model) {
  for (const Layer &layer : model.layers)
    for (const Work &kernel : layer.works)
      if (kernel.step)
        number[kernel.op] = steps++;
}

void Provenance::printSource(llvm::raw_ostream &os, const Lineage::Source &source) const {
  if (source.work && !source.work->step)
    return printSum(os, *source.work);
  os << "{\"codes\":";
  if (source.input) {
    quoted(os, nameOf(*source.input));
  } else {
    quoted(os, nodeOfStep(*source.work));
    os << ",\"rescale\":" << number.lookup(source.work->op);
  }
  os << '}';
}

void Provenance::printAccumulators(llvm::raw_ostream &os, const Work &kernel) const {
  os << '[';
  if (kernel.kernel != "rescale") {
    printSum(os, kernel);
    os << ']';
    return;
  }
  auto print = [&](Value in) {
    Lineage lineage = lineages.of(in).value_or(Lineage());
    lineage.reduce([&](const Lineage::Source &s) { return lineages.readModulus(s); });
    if (lineage.from.empty() && lineage.sources.size() == 1)
      return printSource(os, lineage.sources[0]);
    os << "{\"sources\":[";
    llvm::interleave(lineage.sources, os, [&](const auto &s) { printSource(os, s); }, ",");
    os << "],";
    printElements(os, lineage, [&](const Lineage::Item &item) { os << item.source; });
    os << '}';
  };
  llvm::interleave(kernel.ins, os, print, ",\n  ");
  os << ']';
}

bool Provenance::printOrigin(llvm::raw_ostream &os, Value view) const {
  auto lineage = lineages.of(view);
  auto computed = [](const Lineage::Source &s) { return s.input || s.work->step; };
  if (!lineage || !llvm::all_of(lineage->sources, computed))
    return false;
  lineage->reduce([&](const Lineage::Source &s) { return s.input ? 1 : lineages.stepModulus(*s.work); });
  if (lineage->from.empty()) {
    const Lineage::Source &source = lineage->sources[0];
    if (source.input) {
      os << "\"input\":";
      quoted(os, nameOf(*source.input));
    } else {
      os << "\"rescale\":" << number.lookup(source.work->op);
    }
    return true;
  }
  bool bipolar = tensorOf(view).getElementType().isSignedInteger(1);
  for (std::vector<Lineage::Item> &items : lineage->from)
    for (Lineage::Item &item : items)
      if (item.source == -1 && bipolar) // as steps give it: the bit
        item.element = (item.element + 1) / 2;
  printElements(os, *lineage, [&](const Lineage::Item &item) {
    if (item.source < 0)
      os << item.source;
    else if (const Port *input = lineage->sources[item.source].input)
      quoted(os, nameOf(*input));
    else
      os << number.lookup(lineage->sources[item.source].work->op);
  });
  return true;
}

bool Provenance::keepsOrder(const Work &part) const {
  if (part.kernel != "gather")
    return false;
  int64_t next = 0;
  for (const std::vector<int64_t> &from : placesOf(model, part).from)
    if (!from.empty() && from[0] != next++)
      return false;
  return true;
}

std::optional<Provenance::Joint> Provenance::jointOf(Value view) const {
  SmallVector<const Work *> parts(lineages.writersOf(view));
  if (parts.size() < 2)
    return std::nullopt;
  auto base = [](const Work *part) { return plat::numberAt(part->params, "out_base"); };
  llvm::sort(parts, [&](const Work *a, const Work *b) { return base(a) < base(b); });
  RankedTensorType type = tensorOf(view);
  // The axis along which the boxes follow each other.
  int64_t stride = type.getNumElements();
  for (auto [d, extent] : llvm::enumerate(type.getShape())) {
    stride /= extent;
    int64_t across = type.getNumElements() / extent, begin = 0;
    Joint joint{static_cast<int64_t>(d), {}};
    for (const Work *part : parts) {
      int64_t count = tensorOf(part->ins.front()).getNumElements();
      if (count % across != 0 || base(part) != begin * stride || !keepsOrder(*part))
        break;
      joint.parts.push_back({begin, count / across, part->ins.front()});
      begin += count / across;
    }
    if (begin == extent)
      return joint;
  }
  return std::nullopt;
}

bool Provenance::printCodes(llvm::raw_ostream &os, plat::TapOp tap) const {
  Value view = tap.getView();
  if (!lineages.showsCodes(tap))
    return false;
  os << "{\"key\":";
  quoted(os, tap.getKey());
  bool bipolar = tensorOf(view).getElementType().isSignedInteger(1); // y is the bit of -1 or +1
  os << ",\"mul\":" << (bipolar ? 2 : 1) * static_cast<int64_t>(tap.getCodeMul()) << ",\"add\":"
     << static_cast<int64_t>(tap.getCodeAdd()) - (bipolar ? static_cast<int64_t>(tap.getCodeMul()) : 0)
     << ",\"view\":";
  numbers(os, tap.getOnnxView());
  os << ",\"perm\":";
  numbers(os, tap.getPerm());
  if (tap.getKept()) {
    os << ",\"kept_axis\":" << static_cast<int64_t>(tap.getKeptAxis()) << ",\"kept\":";
    numbers(os, *tap.getKept());
    os << ",\"constants\":";
    numbers(os, *tap.getConstants());
  }
  SmallVector<int64_t> physical;
  for (int64_t p : tap.getPerm())
    physical.push_back(tap.getOnnxView()[p]);
  if (tap.getKept())
    physical[static_cast<int64_t>(tap.getKeptAxis())] = static_cast<int64_t>(tap.getKept()->size());
  auto joint = ArrayRef<int64_t>(physical) == tensorOf(view).getShape() ? jointOf(view) : std::nullopt;
  os << ",\"axis\":" << (joint ? joint->axis : 0) << ",\"from\":[";
  bool known = true;
  if (joint)
    llvm::interleave(
        joint->parts, os,
        [&](const Joint::Part &part) {
          os << '{';
          known &= printOrigin(os, part.view);
          os << ",\"begin\":" << part.begin << ",\"extent\":" << part.extent << '}';
        },
        ",");
  else {
    os << '{';
    known &= printOrigin(os, view);
    os << '}';
  }
  os << "]}";
  return known;
}

} // namespace dyadic::codegen
