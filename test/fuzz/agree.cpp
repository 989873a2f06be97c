// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whether exact meaning, integer program and C agree on random networks.
#include "test/fuzz/Files.h"
#include "test/fuzz/Shrink.h"
#include "test/fuzz/Worker.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <thread>
#include <unistd.h>

using namespace dyadic;
using namespace dyadic::fuzz;

namespace {

constexpr const char *usage =
    "usage: agree [--seed S] [--count N] [--on TARGET] [--jobs J] [--flags CFLAGS]\n"
    "             [--tiled] [--steps] [--failures DIR] [--tries N] [--least N] [--certificates] [--certify "
    "N] [--stop] "
    "[--quiet]\n"
    "       agree --kept DIR [--on ...]\n"
    "\n"
    "Takes networks S .. S + N - 1 (or those kept in DIR) down every level, builds their C, forty to a "
    "program, and\n"
    "compares every output and every tapped code. A failing network is made as small as N tries allow and "
    "written\n"
    "into DIR; move it into test/fuzz/kept and it is tested from then on. --tiled: for machines with little "
    "room, drawn\n"
    "by the network's number, so that they work tile by tile, with transfers that come early, late, in "
    "any order and\n"
    "with an error. TARGETs are host, rv32-cluster, rv32imc, cortex-m4, cortex-m7, cortex-m55. --least: fail "
    "where a cell of the "
    "table\n"
    "counts fewer networks. --steps: fail where a form of step never was in a layer whose channels are cut, "
    "or shared out\n"
    "among cores. --certify: --certificates of the first N. --stop: begin no more once one failed. "
    "N is 1000, or 10000 where DYADIC_FULL is "
    "set. Exit code 4: something differs, or "
    "was refused.\n";

struct Arguments {
  uint64_t seed = 1, count = std::getenv("DYADIC_FULL") ? 10000 : 1000, tries = 1500, least = 0, certify = 0;
  std::string on = "host", flags, failures = "fuzz-failures", kept;
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool quiet = false, certificates = false, tiled = false, steps = false, stop = false;
};

bool parse(int argc, char **argv, Arguments &a) {
  for (int k = 1; k < argc; k += 2) {
    llvm::StringRef option = argv[k], value = k + 1 < argc ? argv[k + 1] : "";
    bool bad = false;
    if (bool *flag = option == "--quiet"          ? &a.quiet
                     : option == "--tiled"        ? &a.tiled
                     : option == "--steps"        ? &a.steps
                     : option == "--stop"         ? &a.stop
                     : option == "--certificates" ? &a.certificates
                                                  : nullptr) {
      *flag = true;
      --k;
      continue;
    }
    if (option == "--seed")
      bad = value.getAsInteger(10, a.seed);
    else if (option == "--count")
      bad = value.getAsInteger(10, a.count);
    else if (option == "--tries")
      bad = value.getAsInteger(10, a.tries);
    else if (option == "--least")
      bad = value.getAsInteger(10, a.least);
    else if (option == "--certify")
      bad = value.getAsInteger(10, a.certify);
    else if (option == "--jobs")
      bad = value.getAsInteger(10, a.jobs) || a.jobs < 1;
    else if (option == "--on")
      a.on = value.str();
    else if (option == "--flags")
      a.flags = value.str();
    else if (option == "--failures")
      a.failures = value.str();
    else if (option == "--kept")
      a.kept = value.str();
    else
      return false;
    if (bad || value.empty())
      return false;
  }
  static const std::set<std::string> targets{"host",      "rv32-cluster", "rv32imc",
                                             "cortex-m4", "cortex-m7",    "cortex-m55"};
  return targets.count(a.on) != 0;
}

/// One line for each operator, one column for each width and sign; how many cells have fewer than `least`.
uint64_t printTable(const std::vector<Cell> &met, uint64_t least) {
  std::map<Cell, uint64_t> count;
  for (const Cell &cell : allCells())
    count[cell] = 0;
  for (const Cell &cell : met)
    ++count[cell];
  std::map<std::string, std::map<Grade, uint64_t>> rows;
  uint64_t below = 0;
  for (const auto &[cell, n] : count) {
    rows[cell.first][cell.second] = n;
    below += n < least;
  }
  llvm::outs() << llvm::left_justify("networks", 33);
  for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16})
    llvm::outs() << llvm::right_justify("u" + std::to_string(bits), 5)
                 << llvm::right_justify("s" + std::to_string(bits), 5);
  llvm::outs() << "\n";
  for (const auto &[row, cells] : rows) {
    llvm::outs() << llvm::left_justify(row, 33);
    for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16})
      for (bool isSigned : {false, true}) {
        auto found = cells.find({bits, isSigned});
        llvm::outs() << llvm::right_justify(found == cells.end() ? "-" : std::to_string(found->second), 5);
      }
    llvm::outs() << "\n";
  }
  return below;
}

/// Networks by form of step and by how tiles and cores come to its numbers; how many forms some way lacks.
uint64_t printSteps(const std::map<StepCell, uint64_t> &met) {
  uint64_t lacking = 0;
  llvm::outs() << llvm::left_justify("steps in tiles", 33);
  for (const std::string &column : stepColumns())
    llvm::outs() << llvm::right_justify(column, 9);
  for (unsigned row = 0; row < stepRows().size(); ++row) {
    llvm::outs() << "\n" << llvm::left_justify(stepRows()[row], 33);
    for (unsigned column = 0; column < stepColumns().size(); ++column) {
      auto found = met.find({row, column});
      llvm::outs() << llvm::right_justify(std::to_string(found == met.end() ? 0 : found->second), 9);
      lacking += found == met.end();
    }
  }
  llvm::outs() << "\n";
  return lacking;
}

/// A refusal without names and numbers: the same for a smaller network.
std::string reasonOf(const Finding &finding) {
  std::string reason;
  bool quoted = false;
  for (char c : finding.fault == Fault::Refused ? finding.what : std::string()) {
    quoted ^= c == '\'';
    if (!quoted && !llvm::isDigit(c))
      reason += c;
  }
  return reason.substr(0, 60);
}

/// Makes a failing network small and writes it.
void keep(const Plan &plan, const Finding &finding, const Arguments &a) {
  Network network = plan.stems.empty() ? generate(finding.seed) : Network();
  if (network.choices.empty())
    return;
  // The share of implementations goes by the seed, which stays.
  auto fails = [&](const Choices &choices) {
    Finding other = checkOne(plan, [&] { return regenerate(choices); }, finding.seed);
    return other.fault == finding.fault && reasonOf(other) == reasonOf(finding);
  };
  Choices all = network.choices;
  if (!fails(all)) {
    llvm::outs() << "  it agrees on its own: replay with --seed " << finding.seed << "\n";
    return;
  }
  Choices least = shrink(all, fails, static_cast<int>(a.tries));
  network = regenerate(least);
  Finding again = checkOne(plan, [&] { return regenerate(least); }, finding.seed);
  CheckOptions options;
  options.seed = finding.seed;
  if (plan.tiled)
    options.tiles = network.tiles = drawTiles(finding.seed);
  if (finding.fault != Fault::Crash)
    if (Checked checked = check(network, options); checked.tiles) // adds the samples at edges
      network.tiles = checked.tiles;
  std::string stem = a.failures + "/" + std::to_string(finding.seed);
  if (llvm::Error error = writeNetwork(network, stem)) {
    llvm::outs() << "  " << llvm::toString(std::move(error)) << "\n";
    return;
  }
  llvm::outs() << "  shrunk to " << stem << ".onnx: " << again.what << "\n  once it is mended: mv " << stem
               << ".* test/fuzz/kept/\n";
}

std::vector<std::string> stemsIn(const std::string &folder) {
  std::vector<std::string> stems;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator at(folder, error), end; at != end && !error; at.increment(error))
    if (llvm::StringRef(at->path()).ends_with(".onnx"))
      stems.push_back(at->path().substr(0, at->path().size() - 5));
  std::sort(stems.begin(), stems.end());
  return stems;
}

bool prepare(const Arguments &a, Plan &plan) {
  llvm::SmallString<128> folder;
  if (llvm::sys::fs::createUniqueDirectory("dyadic-agree", folder)) {
    llvm::errs() << "agree: cannot make a folder to work in\n";
    return false;
  }
  plan.folder = folder.str().str();
  plan.jobs = a.jobs;
  plan.certified = a.certificates ? UINT64_MAX : a.seed + a.certify;
  plan.tiled = a.tiled;
  plan.stop = a.stop;
  plan.batch = a.stop ? 10 : plan.batch; // what fails at once is found at once
  plan.machine.target = a.on;
  plan.machine.flags = !a.flags.empty() ? a.flags : a.on == "host" ? "-O0" : "-O1";
  if (a.on == "host") {
    if (llvm::Error error = buildLibrary(plan.folder + "/runtime", a.flags.empty() ? "-O1" : a.flags)) {
      llvm::errs() << "agree: " << llvm::toString(std::move(error)) << "\n";
      return false;
    }
    plan.machine.library = plan.folder + "/runtime/libruntime.a";
  }
  return true;
}

} // namespace

int main(int argc, char **argv) {
  Arguments a;
  if (!parse(argc, argv, a)) {
    llvm::errs() << usage;
    return argc == 2 && llvm::StringRef(argv[1]) == "--help" ? 0 : 2;
  }
  Plan plan;
  if (!a.kept.empty()) {
    plan.stems = stemsIn(a.kept);
    a.seed = 0, a.count = plan.stems.size();
  }
  if (!prepare(a, plan))
    return 3;
  Report report = checkAll(plan, a.seed, a.count, [&](const Report &r) {
    if (!a.quiet && isatty(2))
      llvm::errs() << "\r" << r.networks << " of " << a.count << " networks, " << r.findings.size()
                   << " findings ";
  });
  uint64_t failures = 0, limits = 0, below = 0;
  if (a.kept.empty() && a.count >= 100)
    below = printTable(report.cells, a.least);
  uint64_t lacking = a.tiled ? printSteps(report.steps) : 0;
  for (const Finding &f : report.findings) {
    bool limit = f.fault == Fault::Limit && a.kept.empty();
    limits += limit;
    failures += !limit;
    std::string name = plan.stems.empty() ? "network " + std::to_string(f.seed) : plan.stems[f.seed];
    llvm::outs() << name << ": " << f.what << "\n";
    if (!limit && failures <= 5 && a.tries > 0)
      keep(plan, f, a);
  }
  llvm::sys::fs::remove_directories(plan.folder);
  llvm::outs() << report.networks << " networks on " << a.on << ", " << report.runs << " runs, "
               << report.failures << " with a transfer that failed, " << report.tables
               << " networks with tables of products, " << report.tiled << " tile by tile, " << report.far
               << " with activations in L3, " << report.certificates << " certificates: " << failures
               << " failed, " << limits << " beyond a documented limit, " << below << " cells below "
               << a.least << "\n";
  if (report.tiled > 0 && report.failures == 0) {
    llvm::outs() << "no transfer failed, although some were told to\n";
    ++failures;
  }
  if (a.count == 0 || report.networks < a.count || 100 * limits > 3 * a.count + 100)
    ++failures;
  if (a.steps && lacking > 0) {
    llvm::outs() << lacking << " cells of the steps in tiles are empty\n";
    ++failures;
  }
  return failures + below > 0 ? 4 : 0;
}
