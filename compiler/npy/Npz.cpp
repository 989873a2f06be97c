// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads and writes .npz: a zip archive of .npy files.
#include "compiler/npy/Npy.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSet.h"
#include <algorithm>
#include <zip.h>

namespace dyadic::npy {
namespace {

using llvm::StringRef;
using llvm::Twine;

constexpr uint64_t maximumBytes = uint64_t(2)
                                  << 30; // of all members together, so that a zip bomb stays harmless
constexpr zip_int64_t maximumMembers = 100000;

std::string textOf(zip_error_t &error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

/// One member's bytes; `budget` is what may still be unpacked.
llvm::Expected<std::string> unpack(zip_t *archive, zip_uint64_t index, uint64_t budget, StringRef file) {
  auto refuse = [&](const Twine &why) { return failure(ExitCode::Usage, "'" + file + "': " + why); };
  zip_file_t *member = zip_fopen_index(archive, index, 0);
  if (!member)
    return refuse(zip_strerror(archive));
  llvm::scope_exit closer([&] { zip_fclose(member); });
  std::string bytes;
  char chunk[1 << 16];
  for (;;) {
    zip_int64_t n = zip_fread(member, chunk, sizeof chunk);
    if (n < 0)
      return refuse(zip_file_strerror(member));
    if (n == 0)
      return bytes;
    if (bytes.size() + uint64_t(n) > budget)
      return refuse("unpacks to more than " + Twine(maximumBytes) + " bytes");
    bytes.append(chunk, size_t(n));
  }
}

} // namespace

llvm::Expected<std::vector<NamedArray>> parseNpz(StringRef bytes, StringRef file) {
  auto refuse = [&](const Twine &why) { return failure(ExitCode::Usage, "'" + file + "': " + why); };
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (!source)
    return refuse(textOf(error));
  zip_t *archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (!archive) {
    zip_source_free(source);
    return refuse("not an npz file (" + textOf(error) + ")");
  }
  llvm::scope_exit closer([&] { zip_discard(archive); });

  zip_int64_t members = zip_get_num_entries(archive, 0);
  if (members < 0 || members > maximumMembers)
    return refuse("more than " + Twine(maximumMembers) + " arrays");
  std::vector<NamedArray> arrays;
  llvm::StringSet<> names;
  uint64_t budget = maximumBytes;
  for (zip_uint64_t i = 0; i < zip_uint64_t(members); ++i) {
    const char *raw = zip_get_name(archive, i, ZIP_FL_ENC_RAW);
    if (!raw)
      return refuse("an array without a name");
    StringRef name = raw;
    name.consume_back(".npy");
    if (!names.insert(name).second)
      return refuse("two arrays have the same name");
    llvm::Expected<std::string> data = unpack(archive, i, budget, file);
    if (!data)
      return data.takeError();
    budget -= data->size();
    llvm::Expected<Array> array = parseNpy(*data, (file + ":" + name).str());
    if (!array)
      return array.takeError();
    arrays.push_back({name.str(), std::move(*array)});
  }
  return arrays;
}

llvm::Expected<std::vector<NamedArray>> readNpz(StringRef path) {
  llvm::Expected<std::string> bytes = readFile(path);
  if (!bytes)
    return bytes.takeError();
  return parseNpz(*bytes, path);
}

llvm::Expected<std::string> toNpz(llvm::ArrayRef<NamedArray> arrays) {
  auto broken = [](const Twine &why) {
    return failure(ExitCode::Internal, "cannot build an npz archive: " + why);
  };
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (!memory)
    return broken(textOf(error));
  zip_source_keep(memory); // read back after the archive is closed
  llvm::scope_exit release([&] { zip_source_free(memory); });
  zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, &error);
  if (!archive) {
    zip_source_free(memory);
    return broken(textOf(error));
  }
  std::vector<std::string> files; // libzip reads them on close
  files.reserve(arrays.size());
  for (const NamedArray &named : arrays) {
    files.push_back(toNpy(named.array));
    zip_source_t *member = zip_source_buffer(archive, files.back().data(), files.back().size(), 0);
    std::string name = named.name + ".npy";
    zip_int64_t index = member ? zip_file_add(archive, name.c_str(), member, ZIP_FL_ENC_UTF_8) : -1;
    // 1980-01-01 00:00, zip's own zero.
    if (index < 0 || zip_set_file_compression(archive, zip_uint64_t(index), ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(archive, zip_uint64_t(index), 0, (1 << 5) | 1, 0) != 0) {
      std::string why = zip_strerror(archive);
      if (index < 0 && member)
        zip_source_free(member);
      zip_discard(archive);
      return broken(why);
    }
  }
  // An archive without members would be deleted on close; this is the empty archive's only form.
  if (arrays.empty()) {
    zip_discard(archive);
    return std::string("PK\5\6", 4) + std::string(18, '\0');
  }
  if (zip_close(archive) != 0) {
    std::string why = zip_strerror(archive);
    zip_discard(archive);
    return broken(why);
  }
  if (zip_source_open(memory) != 0)
    return broken("cannot read it back");
  llvm::scope_exit closer([&] { zip_source_close(memory); });
  std::string bytes;
  char chunk[1 << 16];
  for (zip_int64_t n; (n = zip_source_read(memory, chunk, sizeof chunk)) != 0;) {
    if (n < 0)
      return broken("cannot read it back");
    bytes.append(chunk, size_t(n));
  }
  return bytes;
}

} // namespace dyadic::npy
