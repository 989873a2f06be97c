// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads an emitted folder: its manifest, the files it lists, the plan, and the offsets that the C was given.
#include "compiler/Json.h"
#include "compiler/judge/Judge.h"
#include "compiler/output/OutputSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace dyadic::judge {
namespace json = llvm::json;
using llvm::StringRef;
using llvm::Twine;
namespace {

constexpr uint64_t mostFileBytes = uint64_t(256) << 20;

/// The one NAME_manifest.json of a folder.
llvm::Expected<std::string> manifestName(StringRef folder) {
  std::error_code error;
  std::string found;
  for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error)) {
    StringRef name = llvm::sys::path::filename(it->path());
    if (!name.ends_with("_manifest.json"))
      continue;
    if (!found.empty())
      return failure(ExitCode::Usage, "'" + folder + "' has two manifests, " + found + " and " + name);
    found = name.str();
  }
  if (error)
    return systemFailure("cannot open", folder, error.value());
  if (found.empty())
    return failure(ExitCode::Usage,
                   "'" + folder + "' has no NAME_manifest.json; judge a folder that compile wrote");
  return found;
}

bool staysInside(StringRef name) {
  llvm::SmallVector<StringRef> parts;
  name.split(parts, '/');
  return llvm::all_of(parts,
                      [](StringRef p) { return !p.empty() && p != "." && p != ".." && !p.contains('\0'); });
}

std::string join(StringRef folder, StringRef name) { return (folder + "/" + name).str(); }

/// "#define NAME 12u" by name, of a text.
llvm::StringMap<int64_t> definesOf(StringRef text) {
  llvm::StringMap<int64_t> found;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    if (!line.consume_front("#define "))
      continue;
    auto [name, value] = line.split(' ');
    value = value.ltrim();
    int64_t n = 0;
    if (!value.consumeInteger(10, n))
      found[name] = n;
  }
  return found;
}

void checkFiles(const json::Object &manifest, StringRef path, std::map<std::string, std::string> &texts,
                std::vector<Fault> &faults) {
  const json::Object *files = manifest.getObject("files");
  for (const auto &[key, value] : files ? *files : json::Object{}) {
    std::string name = StringRef(key).str();
    auto digest = value.getAsString();
    if (!staysInside(name) || !digest) {
      faults.push_back({"file", "the manifest lists '" + name + "', which no folder can hold"});
      continue;
    }
    if (!llvm::sys::fs::is_regular_file(join(path, name))) { // a pipe would be waited for
      faults.push_back({"file", "'" + name + "' is no file"});
      continue;
    }
    llvm::Expected<std::string> text = readFile(join(path, name), mostFileBytes);
    if (!text) {
      faults.push_back({"file", llvm::toString(text.takeError())});
      continue;
    }
    if (sha256(*text) != *digest)
      faults.push_back({"file", "'" + name + "' is not the file that the manifest lists: SHA-256 " +
                                    sha256(*text) + ", listed " + digest->str()});
    texts[name] = std::move(*text);
  }
}

/// The offsets that the C is compiled with are the plan's.
void checkMacros(const Plan &plan, StringRef header, StringRef planHeader, std::vector<Fault> &faults) {
  std::string upper = StringRef(plan.name).upper();
  auto inPlan = definesOf(planHeader), inHeader = definesOf(header);
  auto compare = [&](const llvm::StringMap<int64_t> &defined, const std::string &macro, int64_t value,
                     bool least) {
    auto it = defined.find(macro);
    if (it == defined.end())
      faults.push_back(
          {"file", "the C defines no " + macro + ", which the plan has as " + std::to_string(value)});
    else if (least ? it->second < value : it->second != value)
      faults.push_back({"file", "the C has " + macro + " as " + std::to_string(it->second) +
                                    ", the plan as " + std::to_string(value)});
  };
  for (const Buffer &b : plan.buffers)
    if (!b.user)
      compare(inPlan, b.macro, b.offset, false);
  bool tiled = inHeader.count(upper + "_L2_BYTES") != 0;
  compare(inHeader, upper + (tiled ? "_L2_BYTES" : "_ARENA_BYTES"), plan.l2Bytes, true);
  if (tiled)
    compare(inHeader, upper + "_L1_BYTES", plan.l1Bytes, true);
  if (plan.l3Bytes > 0)
    compare(inHeader, upper + "_L3_BYTES", plan.l3Bytes, true);
}

} // namespace

llvm::Expected<Folder> readFolder(StringRef path) {
  llvm::Expected<std::string> name = manifestName(path);
  if (!name)
    return name.takeError();
  if (!llvm::sys::fs::is_regular_file(join(path, *name)))
    return failure(ExitCode::Usage, "'" + *name + "' in '" + path + "' is no file");
  llvm::Expected<std::string> text = readFile(join(path, *name), mostFileBytes);
  if (!text)
    return text.takeError();
  llvm::Expected<json::Value> value = parseJson(*text);
  if (!value)
    return failure(ExitCode::Rejected, "'" + *name + "' is no JSON: " + llvm::toString(value.takeError()));
  const json::Object *manifest = value->getAsObject();
  if (!manifest || manifest->getString("schema") != "dyadic-manifest/1")
    return failure(ExitCode::Rejected, "'" + *name + "' is no manifest of schema dyadic-manifest/1");
  Folder folder;
  folder.name = StringRef(*name).drop_back(StringRef("_manifest.json").size()).str();
  if (auto target = manifest->getString("target"))
    folder.target = target->str();
  if (const json::Object *options = manifest->getObject("options")) {
    auto texts = [&](StringRef key) {
      std::vector<std::string> r;
      if (const json::Array *list = options->getArray(key))
        for (const json::Value &v : *list)
          if (auto s = v.getAsString())
            r.push_back(s->str());
      return r;
    };
    folder.overrides = texts("set");
    if (auto file = texts("target_file_sha256"); !file.empty())
      folder.targetFileSha256 = file.front();
  }
  std::map<std::string, std::string> texts;
  checkFiles(*manifest, path, texts, folder.faults);
  auto plan = texts.find(folder.name + "_plan.json");
  if (plan == texts.end())
    return failure(ExitCode::Rejected, "the manifest lists no " + folder.name +
                                           "_plan.json that could be read; compile the model again");
  llvm::Expected<Plan> read = readPlan(plan->second);
  if (!read)
    return read.takeError();
  folder.plan = std::move(*read);
  if (folder.plan.name != folder.name || folder.plan.target != folder.target)
    folder.faults.push_back({"file", "the plan is of '" + folder.plan.name + "' for '" + folder.plan.target +
                                         "', the manifest of '" + folder.name + "' for '" + folder.target +
                                         "'"});
  checkMacros(folder.plan, texts[folder.name + ".h"], texts[folder.name + "_plan.h"], folder.faults);
  return folder;
}

} // namespace dyadic::judge
