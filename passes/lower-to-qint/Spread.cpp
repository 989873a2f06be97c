// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From what depends on logical axes to what a kernel can index: a period and a number of channels.
#include "passes/lower-to-qint/Lowering.h"

using namespace mlir;
namespace dyadic::lower {

Broadcast<int64_t> physicalIndex(const IntTensor &t, ArrayRef<int64_t> shape) {
  Broadcast<int64_t> index{Shape(shape), {}};
  for (int64_t i = 0, n = countOf(shape); i < n; ++i)
    index.data.push_back(i);
  if (t.view != t.shape)
    index = index.reshape(t.shape, t.view);
  return index.transpose(t.perm);
}

Spread spreadOf(const IntTensor &t, ArrayRef<int64_t> classShape) {
  Shape physical;
  for (int64_t p : t.perm)
    physical.push_back(t.view[p]);
  return spreadOf(physicalIndex(t, classShape), physical);
}

Spread spreadOf(const Broadcast<int64_t> &index, ArrayRef<int64_t> physical) {
  size_t first = 0, last = physical.size();
  while (first < last && index.shape[first] == 1)
    ++first;
  while (last > first && index.shape[last - 1] == 1)
    --last;
  Spread s;
  s.period = countOf(physical.drop_front(last));
  if (first == last) {
    s.period = 1;
    s.source = {index.data[0]};
    return s;
  }
  Shape window(physical.size(), 1);
  for (size_t d = first; d < last; ++d)
    window[d] = physical[d];
  s.source = index.expand(window).data;
  s.channels = static_cast<int64_t>(s.source.size());
  return s;
}

Ranges reduceRanges(const Ranges &r, ArrayRef<int64_t> shape) {
  Ranges out{Shape(shape), {}};
  out.data.resize(countOf(shape));
  std::vector<bool> seen(out.data.size());
  Shape joint = unionShape(r.shape, shape);
  forEachIndex(joint, [&](ArrayRef<int64_t> i) {
    int64_t flat = 0;
    for (size_t d = 0; d < shape.size(); ++d)
      flat = flat * shape[d] + (shape[d] == 1 ? 0 : i[d]);
    const model::Range &x = r.at(i);
    model::Range &y = out.data[flat];
    y = seen[flat] ? model::Range{std::min(x.min, y.min), std::max(x.max, y.max)} : x;
    seen[flat] = true;
  });
  return out;
}

} // namespace dyadic::lower
