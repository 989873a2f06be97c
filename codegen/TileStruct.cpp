// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The runtime's structs with the numbers of one tile: copies of the layer's, with some fields set anew.
#include "codegen/TiledWriters.h"

using namespace mlir;
namespace dyadic::codegen {
namespace {

using K = plat::FieldKind;

/// Goes through a struct and what it points to; a struct is copied where something in it changes.
class Structs {
public:
  Structs(const Model &model, const TiledLayer &layer) : model(model), layer(layer) {}

  struct Copy {
    std::string cType, member, original;
  };
  std::vector<Copy> copies; ///< what is pointed to stands before what points to it
  std::vector<std::string> sets;

  void visit(const plat::StructSchema &schema, DictionaryAttr params, const std::string &member,
             const std::string &original) {
    if (!changes(schema, params))
      return;
    fields(schema, params, "tile." + member, member, original);
    copies.push_back({schema.cType.str(), member, original});
  }

private:
  const Stream *arrayOf(Attribute symbol) const {
    plat::ConstantOp constant = model.constant(symbol);
    for (const Stream &s : layer.streams)
      if (constant && s.constant == constant && llvm::is_contained(layer.op.getArrays(), s.op.getResult()))
        return &s;
    return nullptr;
  }

  bool cutsChannels(DictionaryAttr step) const {
    return layer.count(plat::Axis::Channels) > 1 && plat::numberAt(step, "channels") > 1;
  }

  bool changes(const plat::StructSchema &schema, DictionaryAttr params) const {
    return llvm::any_of(schema.fields, [&](const plat::Field &field) {
      Attribute value = params.get(field.name);
      if (!value)
        return false;
      switch (field.kind) {
      case K::array:
        return arrayOf(value) != nullptr;
      case K::nested:
      case K::pointer:
        return changes(*field.schema, cast<DictionaryAttr>(value));
      case K::step: {
        DictionaryAttr step = model.step(value).getParams();
        return cutsChannels(step) || changes(plat::stepSchema, step);
      }
      default:
        return false;
      }
    });
  }

  void pointee(const plat::StructSchema &schema, DictionaryAttr params, const std::string &pointer,
               const std::string &member, const std::string &original) {
    fields(schema, params, "tile." + member, member, original);
    copies.push_back({schema.cType.str(), member, original});
    sets.push_back(pointer + " = &tile." + member + ";");
  }

  void fields(const plat::StructSchema &schema, DictionaryAttr params, const std::string &where,
              const std::string &member, const std::string &original) {
    for (const plat::Field &field : schema.fields) {
      Attribute value = params.get(field.name);
      std::string name = field.name.str(), target = where + "." + name;
      if (!value)
        continue;
      if (field.kind == K::nested) {
        fields(*field.schema, cast<DictionaryAttr>(value), target, member, original);
      } else if (field.kind == K::array) {
        if (const Stream *s = arrayOf(value)) {
          std::string place = placeInTile(model, layer, *s);
          bool bytes = plat::storedBits(s->element) <= 8;
          sets.push_back(target + " = " + (bytes ? place : "(const void *)(" + place + ")") + ";");
        }
      } else if (field.kind == K::pointer) {
        auto inner = cast<DictionaryAttr>(value);
        if (changes(*field.schema, inner))
          pointee(*field.schema, inner, target, member + "_" + name, original + "_" + name);
      } else if (field.kind == K::step) {
        plat::StepOp step = model.step(value);
        DictionaryAttr inner = step.getParams();
        if (!cutsChannels(inner) && !changes(plat::stepSchema, inner))
          continue;
        if (cutsChannels(inner)) {
          int64_t each = plat::numberAt(inner, "channels") / layer.extent(plat::Axis::Channels);
          sets.push_back("tile.step.channels = " + layer.text(plat::Axis::Channels, Part::outCount) +
                         (each > 1 ? " * " + std::to_string(each) + "u" : "") + ";");
        }
        pointee(plat::stepSchema, inner, target, "step", step.getSymName().str());
      }
    }
  }

  const Model &model;
  const TiledLayer &layer;
};

/// The assignments to the fields that the catalogue says a tile changes.
void extents(const TiledLayer &layer, const plat::Kernel &kernel, std::vector<std::string> &lines) {
  using N = plat::TileNumber;
  DictionaryAttr params = layer.op.getParams();
  for (const plat::TileField &field : kernel.tileFields) {
    auto axis = static_cast<plat::Axis>(field.axis);
    int64_t whole = plat::numberAt(params, field.path);
    if (axis == plat::Axis::Inputs && !layer.sumsUp())
      continue; // all of them
    if (field.number == N::outCount && whole != layer.extent(axis))
      continue; // not the axis' extent, such as one number for all channels
    std::string value =
        field.number == N::elements
            ? layer.product({plat::Axis::Images, plat::Axis::Rows, plat::Axis::Columns, plat::Axis::Channels})
            : layer.text(axis, field.number == N::outCount  ? Part::outCount
                               : field.number == N::inCount ? Part::inCount
                                                            : Part::pad);
    if (value != std::to_string(whole) + "u")
      lines.push_back("tile.layer." + field.path.str() + " = " + value + ";");
  }
}

struct Content {
  std::vector<Structs::Copy> copies; ///< without the layer's, which is always there
  bool lut = false;                  ///< the table's struct is copied
  std::vector<std::string> sets;
};

Content contentOf(const Model &model, const TiledLayer &layer) {
  const plat::Kernel &kernel = *plat::findKernel(layer.op.getKernel());
  Structs structs(model, layer);
  structs.visit(*kernel.params, layer.op.getParams(), "layer", layer.tag);
  llvm::erase_if(structs.copies, [](const Structs::Copy &c) { return c.member == "layer"; });
  Content content;
  if (layer.op.getLut()) {
    size_t before = structs.copies.size();
    structs.visit(plat::lutSchema, *layer.op.getLut(), "lut", layer.tag + "_lut");
    content.lut = structs.copies.size() > before;
  }
  content.copies = std::move(structs.copies);
  extents(layer, kernel, content.sets);
  content.sets.insert(content.sets.end(), structs.sets.begin(), structs.sets.end());
  return content;
}

} // namespace

void writeTileMembers(CWriter &w, const Model &model, const TiledLayer &layer) {
  const plat::Kernel &kernel = *plat::findKernel(layer.op.getKernel());
  w.line(kernel.params->cType + " layer;");
  for (const Structs::Copy &copy : contentOf(model, layer).copies)
    w.line(copy.cType + " " + copy.member + ";");
}

std::vector<std::string> tileLines(const Model &model, const TiledLayer &layer) {
  Content content = contentOf(model, layer);
  std::vector<std::string> lines = {"tile.layer = " + layer.tag + ";"};
  for (const Structs::Copy &copy : content.copies)
    lines.push_back("tile." + copy.member + " = " + copy.original + ";");
  lines.insert(lines.end(), content.sets.begin(), content.sets.end());
  return lines;
}

bool copiesLut(const Model &model, const TiledLayer &layer) { return contentOf(model, layer).lut; }

} // namespace dyadic::codegen
