// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a plan and refuses whatever the judge could not walk.
#include "compiler/Json.h"
#include "compiler/judge/Reader.h"
#include "llvm/ADT/STLExtras.h"

namespace dyadic::judge {
namespace json = llvm::json;
using llvm::StringRef;
using llvm::Twine;
namespace {

constexpr int64_t mostBytes = int64_t(1) << 26; // of a memory level that is walked byte by byte
constexpr int64_t mostWindow = int64_t(1)
                               << 24; // of a window's figures, and of the positions that one visits
constexpr int64_t mostSteps = int64_t(1)
                              << 23; // of all layers: tiles, each with its operands, cores and moves
constexpr size_t mostBuffers = 1 << 15, mostOperands = 64, mostPlaces = 1024;

struct PlanReader : Reader {
  Plan plan;
  int64_t steps = 0;

  View view(const json::Object &o) {
    View v{index(o, "buffer", plan.buffers), number(o, "begin"), number(o, "bytes")};
    if (v.buffer < 0)
      wrong("buffer", "is missing");
    else if (problem.empty() && v.begin + v.bytes > plan.buffers[v.buffer].bytes)
      wrong("bytes", "leave the buffer '" + plan.buffers[v.buffer].name + "'");
    return v;
  }

  void memory(const json::Object &o) {
    plan.arenaAlign = number(o, "arena_align", 1, 4096);
    plan.l2Bytes = number(o, "l2_bytes", 0, mostBytes);
    plan.farBytes = (plan.l2Bytes + 4095) / 4096 * 4096;
    plan.l1Bytes = number(o, "l1_bytes", 0, mostBytes);
    if (o.get("l3_bytes"))
      plan.l3Bytes = number(o, "l3_bytes", 0, mostBytes);
    if (o.get("cache_line_bytes"))
      plan.cacheLineBytes = number(o, "cache_line_bytes", 4, 4096);
    if (o.get("cleaned_by_init"))
      plan.cleanedByInit = flag(o, "cleaned_by_init");
    each(o, "buffers", [&](const json::Object &b) {
      if (b.get("user")) {
        Buffer buffer{text(b, "name"), "", 2, number(b, "bytes", 1, mostBytes), number(b, "align", 1, 4096)};
        buffer.offset = (plan.farBytes + buffer.align - 1) / buffer.align * buffer.align;
        buffer.user = flag(b, "user");
        plan.farBytes = std::min(buffer.end(), mostBytes * 4);
        plan.buffers.push_back(std::move(buffer));
        return;
      }
      Buffer buffer{text(b, "name"),
                    text(b, "macro"),
                    number(b, "level", 1, 3),
                    number(b, "bytes", 1, mostBytes),
                    number(b, "align", 1, 4096),
                    number(b, "offset", 0, mostBytes),
                    number(b, "first"),
                    number(b, "last")};
      plan.buffers.push_back(std::move(buffer));
    });
    if (plan.buffers.size() > mostBuffers)
      wrong("buffers", "are more than " + std::to_string(mostBuffers));
    each(o, "constants", [&](const json::Object &c) {
      plan.constants.push_back({text(c, "name"), number(c, "bytes", 0, mostBytes)});
    });
    each(o, "stages", [&](const json::Object &s) {
      Stage stage{index(s, "constant", plan.constants),
                  index(s, "buffer", plan.buffers),
                  number(s, "slots", 1, 1024),
                  {},
                  flag(s, "resident")};
      if (const json::Value *bounds = s.get("bounds"))
        stage.bounds = numbers(*bounds, "bounds");
      if (stage.constant < 0 || stage.buffer < 0)
        wrong("", "lacks its constant or its buffer");
      else if (stage.bounds.size() < 2 || stage.bounds.front() != 0 || !llvm::is_sorted(stage.bounds) ||
               stage.bounds.back() > plan.constants[stage.constant].bytes)
        wrong("bounds", "do not ascend from 0 within the constant");
      else if (plan.buffers[stage.buffer].level != 2)
        wrong("buffer", "is not in L2");
      plan.stages.push_back(std::move(stage));
    });
    if (o.get("bands"))
      each(o, "bands", [&](const json::Object &b) { plan.bands.push_back(bands(b)); });
  }

  Bands bands(const json::Object &o) {
    static const json::Object empty;
    const json::Object *place = o.getObject("view");
    Bands b{view(place ? *place : empty),
            index(o, "buffer", plan.buffers),
            number(o, "slots", 1, 1024),
            {},
            flag(o, "out")};
    std::vector<int64_t> bounds = numbers(json::Value(json::Array(list(o, "bounds"))), "bounds");
    if (!problem.empty())
      return b;
    for (size_t i = 0; i + 1 < bounds.size(); i += 2) {
      b.bounds.emplace_back(bounds[i], bounds[i + 1]);
      if (bounds[i] >= bounds[i + 1] || bounds[i + 1] > b.view.bytes)
        wrong("bounds", "are no bytes of the tensor");
    }
    if (bounds.empty() || bounds.size() % 2 != 0)
      wrong("bounds", "are no pairs");
    else if (plan.buffers[b.view.buffer].level != 3 || b.buffer < 0 || plan.buffers[b.buffer].level != 2)
      wrong("", "do not lie between L3 and L2");
    return b;
  }

  void stream(const json::Object &o) {
    Stream s;
    s.name = text(o, "name");
    s.bits = number(o, "bits", 1, 64);
    s.stage = index(o, "stage", plan.stages);
    s.constant = index(o, "constant", plan.constants);
    if (const json::Object *v = o.getObject("view"))
      s.view = view(*v);
    if ((s.stage >= 0) + (s.constant >= 0) + s.view.has_value() != 1)
      wrong("", "has not one source");
    s.through = index(o, "through", plan.bands);
    if (problem.empty() && s.view && (plan.buffers[s.view->buffer].level == 3) != (s.through >= 0))
      wrong("through", "names the bands of what lies in L3, and of nothing else");
    if (problem.empty() && s.through >= 0) {
      const View &home = plan.bands[s.through].view;
      if (!s.view || home.buffer != s.view->buffer || home.begin != s.view->begin ||
          home.bytes != s.view->bytes)
        wrong("through", "names another tensor's bands");
    }
    s.via = index(o, "via", plan.buffers);
    s.slots = s.via < 0 ? 1 : number(o, "slots", 1, 1024);
    if (s.via >= 0 && problem.empty() && plan.buffers[s.via].level != 1)
      wrong("via", "is not in L1");
    int64_t elements = 1;
    for (const json::Value &value : list(o, "box")) {
      const json::Array *a = value.getAsArray();
      if (!a || (a->size() != 1 && a->size() != 3)) {
        wrong("box", "has a dimension that is none");
        return;
      }
      Dim dim;
      dim.extent = whole(&(*a)[0], "box", 1, mostNumber);
      if (a->size() == 3) {
        dim.use = choice(&(*a)[1], "box", {"out", "in"}) == 0 ? Dim::Out : Dim::In;
        dim.axis = static_cast<Axis>(choice(&(*a)[2], "box", axisNames));
      }
      elements *= dim.extent;
      if (elements > mostBytes * 8) {
        wrong("box", "has too many elements");
        return;
      }
      s.box.push_back(dim);
    }
    if (!problem.empty())
      return;
    int64_t have = s.view            ? s.view->bytes
                   : s.stage >= 0    ? plan.constants[plan.stages[s.stage].constant].bytes
                   : s.constant >= 0 ? plan.constants[s.constant].bytes
                                     : 0;
    if ((elements * s.bits + 7) / 8 != have)
      wrong("box", "does not have the elements of what it is a part of");
    plan.streams.push_back(std::move(s));
  }

  std::vector<Move> moves(const json::Object &o, StringRef key) {
    std::vector<Move> r;
    for (const json::Value &value : list(o, key)) {
      const json::Array *a = value.getAsArray();
      if (!a || a->empty()) {
        wrong(key, "has a step that is none");
        break;
      }
      Move m;
      m.kind = static_cast<Move::Kind>(choice(&(*a)[0], key, {"start", "await", "team"}));
      if (m.kind != Move::Team && a->size() != 3)
        wrong(key, "has a step that is none");
      else if (m.kind != Move::Team) {
        m.stream = whole(&(*a)[1], key, 0, static_cast<int64_t>(plan.streams.size()) - 1);
        m.moment = static_cast<Move::Moment>(
            choice(&(*a)[2], key, {"first", "this", "next", "free", "all", "last"}));
      }
      r.push_back(m);
    }
    return r;
  }

  void window(const json::Object &o, Tiled &t, size_t axis) {
    Window w{number(o, "in", 0, mostWindow), number(o, "kernel", 1, mostWindow),
             number(o, "stride", 1, mostWindow), number(o, "dilation", 1, mostWindow),
             number(o, "pad", 0, mostWindow)};
    int64_t visited = 0;
    for (const Segment &s : t.grid[axis])
      if ((visited += s.outCount * w.kernel) > mostWindow)
        return wrong(axisNames[axis], "has windows that visit too many positions");
    t.window[axis] = w;
  }

  /// The largest tile is one of a tensor that can be.
  void checkExtents(const Tiled &t) {
    int64_t elements = 1;
    for (size_t a = 0; a < 4 && elements <= mostBytes * 8; ++a) {
      int64_t most = 1;
      for (const Segment &s : t.grid[a])
        most = std::max(most, s.outCount);
      elements *= most;
    }
    if (elements > mostBytes * 8)
      wrong("grid", "has tiles of too many elements");
  }

  void tiled(const json::Object &o) {
    Tiled t;
    t.layer = number(o, "layer", 1);
    t.kernel = text(o, "kernel");
    t.node = text(o, "node");
    t.cores = number(o, "cores", 1, 1024);
    t.grain = number(o, "grain", 1);
    t.byChannels = choice(o.get("spread"), "spread", {"pixels", "channels"}) == 1;
    t.scratch = index(o, "scratch", plan.buffers);
    const json::Object *grid = o.getObject("grid");
    static const json::Object empty;
    const json::Array &order = list(grid ? *grid : empty, "order");
    int64_t tiles = 1;
    for (size_t a = 0; a < 4; ++a) {
      t.order[a] = static_cast<Axis>(
          choice(a < order.size() ? &order[a] : nullptr, "order", llvm::ArrayRef(axisNames).drop_back()));
      for (const json::Value &v : list(grid ? *grid : empty, axisNames[a])) {
        std::vector<int64_t> n = numbers(v, axisNames[a], 5);
        t.grid[a].push_back({n[0], n[1], n[2], n[3], n[4]});
      }
      if (t.grid[a].empty())
        wrong(axisNames[a], "has no segment");
      tiles = std::min(tiles * static_cast<int64_t>(t.grid[a].size()), mostNumber);
    }
    if (grid && grid->get(axisNames[4]))
      for (const json::Value &v : list(*grid, axisNames[4])) {
        std::vector<int64_t> n = numbers(v, axisNames[4], 5);
        t.grid[4].push_back({n[0], n[1], n[2], n[3], n[4]});
      }
    if (t.grid[4].empty())
      t.grid[4].push_back({0, 1, 0, 1, 0});
    t.sums = index(o, "sums", plan.buffers);
    tiles = std::min(tiles * t.sumsUp(), mostNumber);
    std::array<Axis, 4> sorted = t.order;
    llvm::sort(sorted);
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end() || tiles > 1 << 20)
      wrong("grid", "does not name each axis once, or has too many tiles");
    for (Axis axis : {Axis::Rows, Axis::Columns})
      if (const json::Object *w = o.getObject(std::string(axisNames[static_cast<size_t>(axis)]) + "_window"))
        window(*w, t, static_cast<size_t>(axis));
    checkExtents(t);
    int64_t most = static_cast<int64_t>(plan.streams.size()) - 1;
    for (const json::Value &v : list(o, "streams")) {
      int64_t s = whole(&v, "streams", 0, most);
      if (!problem.empty() || most < 0)
        return wrong("streams", "names nothing");
      if (plan.streams[s].tiled >= 0 || t.streams.size() == mostOperands)
        return wrong("streams", "has a stream twice, or too many");
      plan.streams[s].tiled = static_cast<int64_t>(plan.tiled.size());
      t.streams.push_back(s);
    }
    t.output = index(o, "output", plan.streams);
    if (!llvm::is_contained(t.streams, t.output) || (problem.empty() && !plan.streams[t.output].view))
      wrong("output", "is no stream of the layer with a tensor");
    t.before = moves(o, "before");
    t.each = moves(o, "each");
    t.behind = moves(o, "behind");
    steps += tiles * (static_cast<int64_t>(t.streams.size() + t.each.size()) + t.cores);
    if (steps > mostSteps)
      wrong("", "takes the plan to more than " + std::to_string(mostSteps) + " steps");
    plan.tiled.push_back(std::move(t));
  }

  void event(const json::Value &value) {
    const json::Array *a = value.getAsArray();
    if (!a || a->size() < 2)
      return wrong("sequence", "has an event that is none");
    Event e;
    e.kind = static_cast<Event::Kind>(choice(
        &(*a)[0], "sequence",
        {"start_chunk", "await_chunk", "kernel", "run", "clean", "invalidate", "start_band", "await_band"}));
    if (e.kind == Event::Clean || e.kind == Event::Invalidate) {
      const json::Object *what = (*a)[1].getAsObject();
      const json::Object *place = what ? what->getObject("view") : nullptr;
      e.index = what ? index(*what, "stage", plan.stages) : -1;
      if (place)
        e.view = view(*place);
      if ((e.index >= 0) == (place != nullptr))
        wrong("sequence", "cleans or invalidates nothing");
      plan.sequence.push_back(e);
      return;
    }
    size_t there = e.kind == Event::RunKernel                                 ? plan.kernels.size()
                   : e.kind == Event::RunTiles                                ? plan.tiled.size()
                   : e.kind == Event::StartBand || e.kind == Event::AwaitBand ? plan.bands.size()
                                                                              : plan.stages.size();
    size_t need = e.kind == Event::RunKernel ? 2 : e.kind == Event::RunTiles ? 5 : 3;
    bool parted = e.kind == Event::RunTiles && a->size() == 9,
         banded = parted || (e.kind == Event::RunTiles && a->size() == 7);
    if (there == 0 || (a->size() != need && !banded))
      return wrong("sequence", "has an event that is none");
    e.index = whole(&(*a)[1], "sequence", 0, static_cast<int64_t>(there) - 1);
    if (e.kind == Event::RunTiles) {
      e.first = whole(&(*a)[2], "sequence", 0, mostNumber);
      e.end = whole(&(*a)[3], "sequence", 0, mostNumber);
      e.chunk = whole(&(*a)[4], "sequence", 0, mostNumber);
      if (banded) {
        e.axis = static_cast<Axis>(choice(&(*a)[5], "sequence", llvm::ArrayRef(axisNames).drop_back()));
        e.band = whole(&(*a)[6], "sequence", 0, mostNumber);
      }
      const Tiled &t = plan.tiled[e.index];
      auto segments = static_cast<int64_t>(t.grid[static_cast<size_t>(e.axis)].size());
      if (e.first >= e.end || e.end > segments)
        wrong("sequence", "runs segments that are not there");
      e.parted = parted;
      auto channels = static_cast<int64_t>(t.grid[static_cast<size_t>(Axis::Channels)].size());
      e.firstChannel = parted ? whole(&(*a)[7], "sequence", 0, channels - 1) : 0;
      e.endChannel = parted ? whole(&(*a)[8], "sequence", 1, channels) : channels;
      if (e.firstChannel >= e.endChannel || (parted && e.axis == Axis::Channels))
        wrong("sequence", "runs channels that are not there");
      for (int64_t s : t.streams)
        if (plan.streams[s].through >= 0 &&
            (!banded || e.band >= plan.bands[plan.streams[s].through].count()))
          wrong("sequence", "runs on a band that is not there");
    } else if (e.kind == Event::StartBand || e.kind == Event::AwaitBand) {
      e.band = whole(&(*a)[2], "sequence", 0, plan.bands[e.index].count() - 1);
    } else if (e.kind != Event::RunKernel) {
      e.chunk = whole(&(*a)[2], "sequence", 0, plan.stages[e.index].chunks() - 1);
    }
    plan.sequence.push_back(e);
  }

  void all(const json::Object &o) {
    if (o.getString("schema") != "dyadic-plan/1")
      return wrong("schema", "is not dyadic-plan/1");
    plan.name = text(o, "name");
    plan.target = text(o, "target");
    memory(o);
    each(o, "streams", [&](const json::Object &s) { stream(s); });
    each(o, "kernels", [&](const json::Object &k) {
      Kernel kernel{number(k, "layer", 1),
                    index(k, "scratch", plan.buffers),
                    text(k, "kernel"),
                    text(k, "node"),
                    {},
                    {}};
      int64_t bytes = 0;
      for (auto [key, to] : {std::pair("reads", &kernel.reads), std::pair("writes", &kernel.writes)})
        for (const json::Value &v : list(k, key)) {
          if (const json::Object *place = v.getAsObject())
            to->push_back(view(*place));
          else
            wrong(key, "has a place that is none");
          bytes += to->empty() ? 0 : to->back().bytes;
          if (to->size() > mostPlaces || bytes > 2 * mostBytes)
            return wrong(key, "has too many places or bytes");
        }
      plan.kernels.push_back(std::move(kernel));
    });
    each(o, "tiled", [&](const json::Object &t) { tiled(t); });
    each(o, "inputs",
         [&](const json::Object &i) { plan.inputs.push_back({view(i), flag(i, "overwritten")}); });
    each(o, "outputs", [&](const json::Object &p) {
      if (p.get("buffer")) // else a constant
        plan.outputs.push_back({view(p), false});
    });
    for (const json::Value &value : list(o, "sequence"))
      event(value);
  }
};

} // namespace

llvm::Expected<Plan> readPlan(StringRef text) {
  llvm::Expected<json::Value> value = parseJson(text);
  PlanReader reader;
  if (!value)
    reader.problem = "is no JSON: " + llvm::toString(value.takeError());
  else if (const json::Object *o = value->getAsObject())
    reader.all(*o);
  else
    reader.problem = "is no object";
  if (!reader.problem.empty())
    return failure(ExitCode::Rejected, "the plan cannot be read: " + reader.problem);
  return std::move(reader.plan);
}

} // namespace dyadic::judge
