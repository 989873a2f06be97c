// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One translation unit for each network, one table, one driver; then what came out against what must.
#include "test/fuzz/Program.h"
#include "test/fuzz/Files.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <cstring>

namespace dyadic::fuzz {
namespace {

const std::string source = DYADIC_SOURCE;

constexpr uint32_t errTransfer = 6; // FUZZ_ERR_TRANSFER

struct Record {
  uint64_t key, codes;
  uint32_t count, kind;
};

uint64_t keyOf(const std::string &key) {
  std::vector<int64_t> bytes;
  for (unsigned char c : key)
    bytes.push_back(c);
  return hashOf(bytes.data(), bytes.size(), false);
}

/// Runs a command line; an error holds what it printed.
llvm::Error command(const std::string &line, const std::string &folder) {
  std::string log = folder + "/log";
  int status = std::system(("cd '" + folder + "' && ( " + line + " ) >log 2>&1").c_str());
  if (status == 0)
    return llvm::Error::success();
  llvm::Expected<std::string> said = readFile(log);
  return failure(ExitCode::Internal, "'" + line.substr(0, 200) + "' failed: " +
                                         (said ? said->substr(0, 2000) : llvm::toString(said.takeError())));
}

/// What drive.c calls, and all of a network's C; the files of a tiled one have names of their own each and
/// are compiled apart.
std::string unit(const Emitted &e) {
  std::string upper = llvm::StringRef(e.name).upper(), text = "#include \"" + e.name + ".h\"\n";
  for (const auto &[name, contents] : e.files)
    if (!e.tiled && llvm::StringRef(name).ends_with(".c"))
      text += "#include \"" + name + "\"\n";
  text += "#include \"drive.h\"\n"
          "static " +
          e.name +
          "_ctx ctx;\n"
          "void " +
          e.name + "_tap(const char *node, uint32_t index, int32_t code) { fuzz_tap(node, index, code); }\n";
  std::string body = "  int status = 0;\n  (void)reals;\n";
  std::string call = e.name + ", " + upper + ", ";
  for (int64_t i = 0; i < e.inputPorts; ++i) {
    std::string k = std::to_string(i);
    text += "FUZZ_INPUT(" + call + k + ")\n";
    if (e.reals[static_cast<size_t>(i)])
      text += "FUZZ_REALS(" + call + k + ")\n";
    body += "  status |= " +
            (e.reals[static_cast<size_t>(i)] ? "reals ? set_" + k + "_reals() : " : std::string()) + "set_" +
            k + "_codes();\n";
  }
  body += "  if (status != 0) {\n    return status;\n  }\n  status = (int)" + e.name +
          "_run(&ctx);\n"
          "  if (status != 0) {\n    return status;\n  }\n";
  for (int64_t i = 0; i < e.outputPorts; ++i) {
    text += "FUZZ_OUTPUT(" + call + std::to_string(i) + ")\n";
    body += "  status |= show_" + std::to_string(i) + "();\n";
  }
  text += "static int init(void) { return (int)" + e.name + "_init(&ctx, fuzz_arena, " + upper +
          "_ARENA_BYTES); }\n"
          "static int run(int reals) {\n" +
          body +
          "  return status;\n}\n"
          "extern const fuzz_network fuzz_" +
          e.name +
          ";\n"
          "const fuzz_network fuzz_" +
          e.name + " = {" + std::to_string(e.samples) + "u, " + upper + "_ARENA_BYTES, " +
          (e.tiled ? "1" : "0") + ", init, run};\n";
  return text;
}

std::string table(const std::vector<Emitted> &networks) {
  int64_t bytes = 0;
  std::string text = "#include \"drive.h\"\n", list;
  for (const Emitted &e : networks) {
    bytes = std::max(bytes, e.arenaBytes);
    text += "extern const fuzz_network fuzz_" + e.name + ";\n";
    list += "&fuzz_" + e.name + ", ";
  }
  std::string words = std::to_string(bytes / 8 + 9);
  return text + "uint64_t fuzz_arena[" + words +
         "] __attribute__((aligned(64))); // cache lines\nconst uint32_t fuzz_arena_words = " + words +
         "u;\n" + "const fuzz_network *const fuzz_networks[] = {" + list +
         "};\nconst uint32_t fuzz_network_count = " + std::to_string(networks.size()) + "u;\n";
}

/// Takes a network's records from `at` on; nothing or the first thing that is wrong. Counts runs in which a
/// transfer failed.
std::string compare(const Emitted &e, const std::vector<Record> &records, size_t &at, uint64_t &failures) {
  std::string wrong;
  auto note = [&](const std::string &what) {
    if (wrong.empty())
      wrong = what;
  };
  for (size_t run = 0; run < e.runs.size(); ++run) {
    std::map<uint64_t, const Record *> found;
    for (; at < records.size() && records[at].kind == 0; ++at)
      if (!found.emplace(records[at].key, &records[at]).second)
        note("a tensor is tapped twice in run " + std::to_string(run));
    if (at == records.size() || (records[at].kind != 1 && records[at].kind != 3))
      return "the program ended in run " + std::to_string(run);
    if (records[at].kind == 3) {
      ++failures;
      if (records[at].count != errTransfer)
        note("run " + std::to_string(run) + ", in which a transfer failed, gave status " +
             std::to_string(records[at].count));
      ++at;
      continue;
    }
    if (records[at].count != 0)
      note("run " + std::to_string(run) + " gave status " + std::to_string(records[at].count));
    ++at;
    for (const auto &[key, hash] : e.runs[run]) {
      auto got = found.find(keyOf(key));
      if (got == found.end())
        note(key + " is not tapped in the C");
      else if (got->second->codes != hash)
        note("the C differs in run " + std::to_string(run) + ": " + key);
    }
    if (found.size() != e.runs[run].size())
      note("the C taps " + std::to_string(found.size()) + " tensors, not " +
           std::to_string(e.runs[run].size()));
  }
  if (at == records.size() || records[at].kind != 2)
    return "the program ended early";
  if (records[at].count != 0)
    note("the C wrote " + std::to_string(records[at].count) + " bytes behind its arena");
  ++at;
  return wrong;
}

/// The port's folder, which brings dyadic_machine.c.
std::string portOf(const std::string &target) {
  bool arm = llvm::StringRef(target).starts_with("cortex-m");
  return "'" + source + "/runtime-c/ports/" +
         (arm                   ? "cortex-m"
          : target == "rv32imc" ? "sequential"
                                : target) +
         "'";
}

std::string includes(const std::string &target) {
  return " -I '" + source + "/runtime-c/include' -I " + portOf(target);
}

std::string runtimeSources(const std::string &target) {
  return "'" + source + "'/runtime-c/core/*.c '" + source + "'/runtime-c/kernels/*.c " + portOf(target) +
         "/dyadic_machine.c";
}

} // namespace

llvm::Error buildLibrary(const std::string &folder, const std::string &flags) {
  llvm::sys::fs::create_directories(folder);
  return command("${CC:-cc} -std=c99 " + flags + includes("host") + " -c " + runtimeSources("host") +
                     " && ar rcs libruntime.a *.o",
                 folder);
}

llvm::Expected<Outcome> runProgram(const std::vector<Emitted> &networks, const Machine &machine,
                                   const std::string &folder) {
  llvm::sys::fs::create_directories(folder);
  std::string units, inputs;
  llvm::Error error = writeBytes(folder + "/table.c", table(networks));
  for (const Emitted &e : networks) {
    for (const auto &[name, text] : e.files)
      error = llvm::joinErrors(std::move(error), writeBytes(folder + "/" + name, text));
    error = llvm::joinErrors(std::move(error), writeBytes(folder + "/unit_" + e.name + ".c", unit(e)));
    std::string upper = llvm::StringRef(e.name).upper();
    units += " -D" + upper + "_TAP=1 unit_" + e.name + ".c";
    if (e.tiled) {
      units += " -D" + upper + "_DEBUG=1";
      for (const auto &[name, text] : e.files)
        if (llvm::StringRef(name).ends_with(".c"))
          units += " " + name;
    }
    for (const std::string &bytes : e.inputs)
      inputs += bytes;
  }
  error = llvm::joinErrors(std::move(error), writeBytes(folder + "/inputs.bin", inputs));
  if (error)
    return error;
  std::string build =
      "'" + source + "/scripts/cross' " + machine.target + " " + machine.flags + " -I. -I '" + source +
      "/test/fuzz'" + includes(machine.target) + (machine.target == "host" ? " -DFUZZ_HOST" : "") + units +
      " -Wl,--wrap=dyadic_transfer_start -Wl,--wrap=dyadic_transfer_wait table.c '" + source +
      "/test/fuzz/drive.c' '" + source + "/test/fuzz/transfers.c' " +
      (machine.library.empty() ? runtimeSources(machine.target) : "'" + machine.library + "'") +
      " -o program";
  if (llvm::Error failed = command(build, folder))
    return failed;
  if (llvm::Error failed = command("'" + source + "/scripts/emulate' " + machine.target + " program", folder))
    return failed;
  llvm::Expected<std::string> bytes = readFile(folder + "/results.bin");
  if (!bytes)
    return bytes.takeError();
  std::vector<Record> records(bytes->size() / sizeof(Record));
  if (!records.empty())
    std::memcpy(records.data(), bytes->data(), records.size() * sizeof(Record));
  Outcome outcome;
  size_t at = 0;
  for (const Emitted &e : networks)
    outcome.wrong.push_back(compare(e, records, at, outcome.failures));
  return outcome;
}

} // namespace dyadic::fuzz
