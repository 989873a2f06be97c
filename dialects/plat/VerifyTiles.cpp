// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What each op of a tiled layer demands by itself; what holds between them is for check-plat.
#include "dialects/plat/Catalogue.h"
#include "dialects/plat/Plat.h"

using namespace mlir;
namespace dyadic::plat {

LogicalResult StageOp::verify() {
  auto buffer = getBuffer().getDefiningOp<BufferOp>();
  ArrayRef<int64_t> bounds = getBounds();
  if (!buffer || getSlots() < 1 || buffer.getSizeBytes() % getSlots() != 0)
    return emitOpError("needs a buffer of equal slots");
  if (bounds.size() < 2 || bounds.front() != 0 || !llvm::is_sorted(bounds))
    return emitOpError("needs ascending bounds from 0");
  if (getResident() && (bounds.size() != 2 || getSlots() != 1))
    return emitOpError("is resident and so has one chunk in one slot");
  int64_t slot = buffer.getSizeBytes() / getSlots();
  for (size_t k = 1; k < bounds.size(); ++k)
    if (bounds[k] - bounds[k - 1] > slot)
      return emitOpError() << "chunk " << k - 1 << " has " << bounds[k] - bounds[k - 1] << " bytes, its slot "
                           << slot;
  return success();
}

LogicalResult BandsOp::verify() {
  auto buffer = getBuffer().getDefiningOp<BufferOp>();
  BufferOp home = bufferOf(getView());
  if (!buffer || buffer.getLevel() != Level::L2 || getSlots() < 1 || buffer.getSizeBytes() % getSlots() != 0)
    return emitOpError("needs a buffer of equal slots in L2");
  if (!home || home.getLevel() != Level::L3)
    return emitOpError("is of a tensor that lies in L3");
  if (getBounds().empty() || getBounds().size() % 2 != 0)
    return emitOpError("needs a begin and an end for each band");
  int64_t slot = buffer.getSizeBytes() / getSlots(),
          bytes = packedBytes(cast<ViewType>(getView().getType()).getTensor());
  for (int64_t k = 0; k < count(); ++k) {
    if (begin(k) < 0 || begin(k) >= end(k) || end(k) > bytes)
      return emitOpError() << "band " << k << " is the bytes " << begin(k) << " to " << end(k)
                           << " of a tensor of " << bytes;
    if (end(k) - begin(k) > slot)
      return emitOpError() << "band " << k << " has " << end(k) - begin(k) << " bytes, its slot " << slot;
    if (getOut() && begin(k) != (k == 0 ? 0 : end(k - 1)))
      return emitOpError() << "band " << k << " is written from byte " << begin(k)
                           << " on, where another one ends";
  }
  if (getOut() && end(count() - 1) != bytes)
    return emitOpError() << "ends at byte " << end(count() - 1) << " of " << bytes;
  return success();
}

LogicalResult StreamOp::verify() {
  if (getConstant().has_value() == static_cast<bool>(getSource()))
    return emitOpError("has one source: a value or a constant");
  auto bands = getThrough() ? getThrough().getDefiningOp<BandsOp>() : BandsOp();
  if (getThrough() && (!bands || bands.getView() != getSource()))
    return emitOpError("goes through bands of another tensor");
  auto via = getVia() ? getVia().getDefiningOp<BufferOp>() : BufferOp();
  if (getVia() && (!via || getSlots() < 1 || via.getSizeBytes() % getSlots() != 0))
    return emitOpError("needs a buffer of equal slots");
  if (via && via.getLevel() != Level::L1)
    return emitOpError() << "brings its parts to " << stringifyLevel(via.getLevel()) << ", not to L1";
  if (getSource())
    if (auto view = dyn_cast<ViewType>(getSource().getType())) {
      if (BufferOp home = bufferOf(getSource()); home && home.getLevel() == Level::L3 && !bands)
        return emitOpError() << "is of '" << home.getName() << "', which lies in L3, and needs its bands";
      int64_t elements = 1;
      for (BoxAttr::Dim dim : getBox().list())
        elements *= dim.extent;
      if (elements != view.getTensor().getNumElements())
        return emitOpError() << "has a box of " << elements << " elements over a view of "
                             << view.getTensor().getNumElements();
    }
  return success();
}

static LogicalResult verifyMoment(Operation *op, Moment moment, ArrayRef<Moment> allowed) {
  return llvm::is_contained(allowed, moment)
             ? success()
             : op->emitOpError() << "cannot be of the part '" << stringifyMoment(moment) << "'";
}
LogicalResult StartOp::verify() {
  return verifyMoment(*this, getMoment(), {Moment::First, Moment::This, Moment::Next, Moment::Last});
}
LogicalResult AwaitOp::verify() {
  return verifyMoment(*this, getMoment(), {Moment::This, Moment::Free, Moment::All});
}

static LogicalResult verifyChunk(Operation *op, Value value, int64_t chunk) {
  auto stage = value.getDefiningOp<StageOp>();
  if (!stage)
    return op->emitOpError("is of no plat.stage");
  int64_t chunks = static_cast<int64_t>(stage.getBounds().size()) - 1;
  if (stage.getResident())
    return op->emitOpError() << "is of '" << stage.getConstant() << "', which is resident";
  if (chunk < 0 || chunk >= chunks)
    return op->emitOpError() << "is of chunk " << chunk << " of " << chunks;
  return success();
}
static int64_t bytesOf(Value stage, uint64_t chunk) {
  ArrayRef<int64_t> bounds = stage.getDefiningOp<StageOp>().getBounds();
  return bounds[chunk + 1] - bounds[chunk];
}
int64_t StartChunkOp::bytes() { return bytesOf(getStage(), getChunk()); }
int64_t AwaitChunkOp::bytes() { return bytesOf(getStage(), getChunk()); }
LogicalResult StartChunkOp::verify() { return verifyChunk(*this, getStage(), getChunk()); }
LogicalResult AwaitChunkOp::verify() { return verifyChunk(*this, getStage(), getChunk()); }

static LogicalResult verifyBand(Operation *op, Value value, int64_t band) {
  auto bands = value.getDefiningOp<BandsOp>();
  if (!bands)
    return op->emitOpError("is of no plat.bands");
  if (band < 0 || band >= bands.count())
    return op->emitOpError() << "is of band " << band << " of " << bands.count();
  return success();
}
LogicalResult StartBandOp::verify() { return verifyBand(*this, getBands(), getBand()); }
LogicalResult AwaitBandOp::verify() { return verifyBand(*this, getBands(), getBand()); }

LogicalResult TiledOp::verify() {
  const Kernel *kernel = findKernel(getKernel());
  if (!kernel || kernel->part.empty())
    return emitOpError() << "there is no kernel '" << getKernel() << "' that works on tiles";
  if (auto why = mismatch(*kernel->params, getParams()))
    return emitOpError() << *why;
  if (kernel->takes(Argument::weights) != static_cast<bool>(getWeights()))
    return emitOpError() << "'" << getKernel() << "' takes " << (getWeights() ? "no weights" : "weights");
  if (kernel->takes(Argument::lut) != getLut().has_value())
    return emitOpError() << "'" << getKernel() << "' takes " << (getLut() ? "no lut" : "a lut");
  if (!kernel->takes(Argument::inputs) && getIns().size() != 1)
    return emitOpError() << "'" << getKernel() << "' takes one input";
  if (getCores() < 1 || getGrain() < 1)
    return emitOpError("needs at least one core and a grain of at least 1");
  int64_t inputs = 1; // of the longest segment
  for (GridAttr::Segment s : getGrid().segments(Axis::Inputs))
    inputs = std::max(inputs, s.outCount);
  DictionaryAttr params = getGrid().sumsUp() ? withInputs(*kernel, getParams(), inputs) : getParams();
  if (getGrid().sumsUp() && inputChannels(*kernel, getParams()) == 0)
    return emitOpError() << "'" << getKernel() << "' has no sums here that could stay between input channels";
  if (getGrid().sumsUp() != static_cast<bool>(getSums()) ||
      (getSums() && !getSums().getDefiningOp<BufferOp>()))
    return emitOpError("has a buffer for sums where its input channels are cut, and only there");
  uint64_t need = kernel->scratchBytes ? kernel->scratchBytes(params) * getCores() : 0;
  auto scratch = getScratch() ? getScratch().getDefiningOp<BufferOp>() : BufferOp();
  uint64_t have = scratch ? scratch.getSizeBytes() : 0;
  if (have < need)
    return emitOpError() << "needs " << need << " bytes of scratch for " << getCores() << " cores, found "
                         << have;
  for (Value stream : getOperands())
    if (isa<StreamType>(stream.getType()) && !stream.getDefiningOp<StreamOp>())
      return emitOpError("has an operand that is no plat.stream");
  if (llvm::count_if(getEach().getOps(), [](Operation &op) { return isa<TeamOp>(op); }) != 1)
    return emitOpError("runs its kernel once for each tile: one team in `each`");
  for (Region *region : {&getBefore(), &getEach(), &getBehind()})
    for (Operation &op : region->getOps())
      if (!isa<StartOp, AwaitOp, TeamOp>(op) || (isa<TeamOp>(op) && region != &getEach()))
        return op.emitOpError("has no place in a tiled layer's schedule");
  return success();
}

TiledOp RunOp::layer() { return SymbolTable::lookupNearestSymbolFrom<TiledOp>(*this, getTiledAttr()); }
std::pair<int64_t, int64_t> RunOp::segments(Axis axis) {
  if (axis == getAxis())
    return {getFirst(), getEnd()};
  if (axis == Axis::Channels && getFirstChannel())
    return {*getFirstChannel(), *getEndChannel()};
  return {0, layer().getGrid().count(axis)};
}
bool RunOp::isLastOfBand() {
  return segments(Axis::Channels).second == layer().getGrid().count(Axis::Channels);
}
bool RunOp::isLast() {
  return static_cast<int64_t>(getEnd()) == layer().getGrid().count(getAxis()) && isLastOfBand();
}
bool RunOp::usesUpChunk() { return !getBand() || getFirstChannel() || isLast(); }
std::pair<int64_t, int64_t> RunOp::tiles() {
  GridAttr grid = layer().getGrid();
  int64_t begin = 0, count = 1;
  for (Axis axis : grid.loops()) {
    auto [first, end] = segments(axis);
    begin = begin * grid.count(axis) + first;
    count *= end - first;
  }
  return {begin, begin + count};
}

LogicalResult RunOp::verify() {
  TiledOp tiled = layer();
  if (!tiled)
    return emitOpError() << "runs '" << getTiled() << "', which is no tiled layer";
  if (getAxis() == Axis::Inputs)
    return emitOpError("runs segments of input channels, which are part of each tile");
  if (getFirstChannel().has_value() != getEndChannel().has_value() ||
      (getFirstChannel() && (getAxis() == Axis::Channels || !getBand())))
    return emitOpError("names channels beside its segments, which calls on bands do");
  std::optional<Axis> walked; // several segments of it: all that is within must be whole
  for (Axis each : tiled.getGrid().getOrder()) {
    auto [first, end] = segments(each);
    int64_t count = tiled.getGrid().count(each);
    if (first < 0 || first >= end || end > count)
      return emitOpError() << "runs segments " << first << " to " << end << " of " << count << " of the "
                           << stringifyAxis(each);
    if (walked && end - first < count)
      return emitOpError() << "runs some " << stringifyAxis(each) << " of a layer that first walks its "
                           << stringifyAxis(*walked);
    if (!walked && end - first > 1)
      walked = each;
  }
  for (StreamOp stream : tiled.streams())
    if (auto bands = stream.getThrough() ? stream.getThrough().getDefiningOp<BandsOp>() : BandsOp()) {
      if (!getBand() || static_cast<int64_t>(*getBand()) >= bands.count())
        return emitOpError() << "names no band of '" << stream.getName() << "', which has " << bands.count();
      if (bands.getOut() != (stream.getResult() == tiled.getOutput()))
        return emitOpError() << "has '" << stream.getName() << "' go through bands the wrong way";
    }
  return success();
}

} // namespace dyadic::plat
