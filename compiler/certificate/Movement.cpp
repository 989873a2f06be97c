// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Movement of elements.
#include "compiler/Failure.h"
#include "compiler/certificate/Derive.h"
#include "compiler/certificate/Shapes.h"

using namespace mlir;
namespace dyadic::certificate {
FieldPtr Walker::gather(const FieldPtr &f, std::vector<int64_t> shape, const std::vector<int64_t> &from,
                        const Rational &fill, const std::string &place) {
  Field r;
  r.shape = std::move(shape);
  r.elements = f->elements;
  if (!place.empty())
    for (Element &e : r.elements)
      eachTerm(e, [&](Term &t) { t.source = moved(t.source, place); });
  auto filled = static_cast<uint32_t>(r.elements.size());
  if (llvm::is_contained(from, -1))
    r.elements.push_back({{}, fill, {}});
  for (int64_t i : from)
    r.index.push_back(i < 0 ? filled : f->index[i]);
  return std::make_shared<const Field>(std::move(r));
}

llvm::Expected<FieldPtr> Walker::move(Operation *op) {
  auto read = fieldOf(op->getOperand(0));
  if (!read)
    return read;
  std::vector<int64_t> in = shapeOf(op->getOperand(0)), to = shapeOf(op->getResult(0)), from,
                       strides = stridesOf(in);
  Rational fill;
  if (isa<qonnx::ReshapeOp>(op)) { // elements keep their order
    Field r = **read;
    r.shape = to;
    return std::make_shared<const Field>(std::move(r));
  }
  // Where index i along axis d of the result comes from: an offset in the input, or nothing.
  std::vector<std::vector<std::optional<int64_t>>> origin(to.size());
  for (size_t d = 0; d < to.size(); ++d)
    for (int64_t i = 0; i < to[d]; ++i) {
      if (auto t = dyn_cast<qonnx::TransposeOp>(op))
        origin[d].push_back(i * strides[t.getPerm()[d]]);
      else if (auto s = dyn_cast<qonnx::SliceOp>(op))
        origin[d].push_back((s.getStarts()[d] + i * s.getSteps()[d]) * strides[d]);
      else if (auto z = dyn_cast<qonnx::ResizeOp>(op))
        origin[d].push_back(cast<DenseI64ArrayAttr>(z.getMaps()[d])[i] * strides[d]);
      else if (auto p = dyn_cast<qonnx::PadOp>(op)) {
        int64_t k = i - p.getPads()[d];
        fill = model::fromFloat32(p.getValue().convertToFloat()).value_or(0);
        origin[d].push_back(k >= 0 && k < in[d] ? std::optional(k * strides[d]) : std::nullopt);
      } else
        return error("is an operator whose values are not derived");
    }
  eachIndex(to, [&](ArrayRef<int64_t> at) {
    int64_t flat = 0;
    for (size_t d = 0; d < to.size() && flat >= 0; ++d)
      flat = origin[d][at[d]] ? flat + *origin[d][at[d]] : -1;
    from.push_back(flat);
  });
  std::string place;
  llvm::raw_string_ostream(place) << op->getName() << op->getAttrDictionary();
  // What is padded may be one integer, or each of those that it is the sum of.
  if (isa<qonnx::PadOp>(op) &&
      llvm::any_of((*read)->elements, [](const Element &e) { return e.isAffine() && e.terms.size() > 1; })) {
    out.bends = true;
    if (splitting != Splitting::Never) {
      Integers one = inOneUnit(*read, [](int64_t) { return 0; }, /*offsets=*/true, /*padded=*/true);
      return gather(one.field, to, from, fill, place);
    }
  }
  return gather(*read, to, from, fill, place);
}

llvm::Expected<FieldPtr> Walker::concat(Operation *op) {
  auto axis = static_cast<size_t>(cast<qonnx::ConcatOp>(op).getAxis());
  Field r;
  r.shape = shapeOf(op->getResult(0));
  std::vector<FieldPtr> parts;
  std::vector<uint32_t> first;
  for (Value v : op->getOperands()) {
    auto part = fieldOf(v);
    if (!part)
      return part;
    first.push_back(static_cast<uint32_t>(r.elements.size()));
    r.elements.insert(r.elements.end(), (*part)->elements.begin(), (*part)->elements.end());
    parts.push_back(*part);
  }
  int64_t outer = countOf(ArrayRef<int64_t>(r.shape).take_front(axis));
  for (int64_t o = 0; o < outer; ++o)
    for (size_t p = 0; p < parts.size(); ++p) {
      int64_t run = static_cast<int64_t>(parts[p]->index.size()) / outer;
      for (int64_t k = 0; k < run; ++k)
        r.index.push_back(first[p] + parts[p]->index[o * run + k]);
    }
  return std::make_shared<const Field>(std::move(r));
}

} // namespace dyadic::certificate
