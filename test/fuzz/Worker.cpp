// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Batches of networks, each in a child process that writes its findings, line by line, into a file.
#include "test/fuzz/Worker.h"
#include "test/fuzz/Files.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <csignal>
#include <deque>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace dyadic::fuzz {
namespace {

constexpr unsigned secondsPerNetwork = 120;

CheckOptions optionsFor(const Plan &plan, uint64_t seed, const std::string &name) {
  CheckOptions options;
  options.name = name;
  options.seed = seed;
  // Two of four multiply, one reads tables wherever it can, one where that is cheaper.
  static const Implementation share[] = {Implementation::Mac, Implementation::Lut, Implementation::Mac,
                                         Implementation::Auto};
  options.implementation = share[seed % 4];
  if (plan.tiled)
    options.tiles = drawTiles(seed);
  options.certificate = seed < plan.certified;
  return options;
}

std::string oneLine(std::string text) {
  for (char &c : text)
    if (c == '\n' || c == '\t')
      c = ' ';
  return text;
}

class Child {
public:
  Child(const Plan &plan, const std::string &log, const std::string &folder)
      : plan(plan), out(log), folder(folder) {}

  void run(uint64_t first, uint64_t end, const std::function<Network(uint64_t)> &make) {
    std::vector<Emitted> emitted;
    std::vector<uint64_t> seeds;
    for (uint64_t seed = first; seed < end; ++seed) {
      out << "at\t" << seed << std::endl;
      alarm(secondsPerNetwork);
      Network network = make(seed);
      for (const Cell &cell : network.cells)
        out << "cell\t" << cell.second.bits << "\t" << cell.second.isSigned << "\t" << cell.first << "\n";
      CheckOptions options = optionsFor(plan, seed, "n" + std::to_string(seed));
      options.edges = network.choices.empty() ? 0 : 4;
      if (plan.tiled && network.tiles)
        options.tiles = network.tiles;
      Checked checked = check(network, options);
      out << "made\t" << checked.tables << "\t" << options.certificate << "\t" << checked.emitted.runs.size()
          << "\t" << checked.emitted.tiled << "\t" << checked.emitted.far << "\n";
      for (const auto &[row, column] : checked.emitted.steps)
        out << "step\t" << row << "\t" << column << "\n";
      if (checked.fault != Fault::None) {
        say(seed, checked.fault, checked.what);
        continue;
      }
      if (checked.emitted.tiled)
        machines[seed] = " on " + toString(*checked.tiles);
      emitted.push_back(std::move(checked.emitted));
      seeds.push_back(seed);
    }
    alarm(0);
    if (!emitted.empty())
      runTogether(emitted, seeds);
    out << "done" << std::endl;
  }

private:
  const Plan &plan;
  std::ofstream out;
  std::string folder;
  std::map<uint64_t, std::string> machines; ///< of tiled networks

  void say(uint64_t seed, Fault fault, const std::string &what) {
    out << "fault\t" << seed << "\t" << static_cast<int>(fault) << "\t" << oneLine(what) << std::endl;
  }

  /// Where the whole does not work, each on its own says which.
  void runTogether(const std::vector<Emitted> &emitted, const std::vector<uint64_t> &seeds) {
    auto outcome = runProgram(emitted, plan.machine, folder);
    if (outcome) {
      out << "failures\t" << outcome->failures << "\n";
      for (size_t k = 0; k < seeds.size(); ++k)
        if (!outcome->wrong[k].empty())
          say(seeds[k], Fault::C, outcome->wrong[k] + machines[seeds[k]]);
      return;
    }
    std::string why = llvm::toString(outcome.takeError());
    if (seeds.size() == 1) {
      say(seeds[0], Fault::C, why + machines[seeds[0]]);
      return;
    }
    auto half = static_cast<std::ptrdiff_t>(seeds.size() / 2);
    runTogether({emitted.begin(), emitted.begin() + half}, {seeds.begin(), seeds.begin() + half});
    runTogether({emitted.begin() + half, emitted.end()}, {seeds.begin() + half, seeds.end()});
  }
};

struct Job {
  uint64_t first, end;
  std::string log, folder;
  pid_t pid = -1;
};

void start(Job &job, const Plan &plan, const std::function<Network(uint64_t)> &make) {
  job.pid = fork();
  if (job.pid != 0)
    return;
  signal(SIGALRM, SIG_DFL);
  Child(plan, job.log, job.folder).run(job.first, job.end, make);
  _exit(0);
}

/// Reads what a child wrote; the seed it was at if it did not come to its end.
std::optional<uint64_t> read(const Job &job, Report &report) {
  llvm::Expected<std::string> text = readFile(job.log);
  if (!text) {
    llvm::consumeError(text.takeError());
    return job.first;
  }
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(*text).split(lines, '\n', -1, false);
  uint64_t at = job.first;
  for (llvm::StringRef line : lines) {
    llvm::SmallVector<llvm::StringRef> parts;
    line.split(parts, '\t');
    auto number = [&](size_t k) {
      uint64_t n = 0;
      parts[k].getAsInteger(10, n);
      return n;
    };
    if (parts[0] == "done")
      return std::nullopt;
    if (parts[0] == "at")
      at = number(1), ++report.networks;
    else if (parts[0] == "cell" && parts.size() == 4)
      report.cells.push_back({parts[3].str(), {static_cast<int>(number(1)), number(2) != 0}});
    else if (parts[0] == "made" && parts.size() == 6)
      report.tables += number(1), report.certificates += number(2), report.runs += number(3),
          report.tiled += number(4), report.far += number(5);
    else if (parts[0] == "step" && parts.size() == 3)
      ++report.steps[{static_cast<unsigned>(number(1)), static_cast<unsigned>(number(2))}];
    else if (parts[0] == "failures" && parts.size() == 2)
      report.failures += number(1);
    else if (parts[0] == "fault" && parts.size() == 4)
      report.findings.push_back({number(1), static_cast<Fault>(number(2)), parts[3].str()});
  }
  return at;
}

Report runJobs(const Plan &plan, std::deque<Job> waiting, const std::function<Network(uint64_t)> &make,
               const std::function<void(const Report &)> &progress) {
  Report report;
  std::vector<Job> running;
  while (!waiting.empty() || !running.empty()) {
    while (!waiting.empty() && running.size() < static_cast<size_t>(plan.jobs)) {
      Job job = waiting.front();
      waiting.pop_front();
      job.folder = plan.folder + "/" + std::to_string(job.first);
      job.log = job.folder + ".log";
      start(job, plan, make);
      running.push_back(std::move(job));
    }
    int status = 0;
    pid_t pid = wait(&status);
    for (size_t k = 0; k < running.size(); ++k) {
      if (running[k].pid != pid)
        continue;
      Job job = running[k];
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(k));
      if (std::optional<uint64_t> at = read(job, report)) {
        std::string how = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                              : "exit code " + std::to_string(WEXITSTATUS(status));
        report.findings.push_back({*at, Fault::Crash, "the compiler ended with " + how});
        // The networks before it were not run in C: once more without it.
        if (*at > job.first)
          waiting.push_back({job.first, *at, "", ""});
        if (*at + 1 < job.end)
          waiting.push_back({*at + 1, job.end, "", ""});
      }
      if (plan.stop &&
          llvm::any_of(report.findings, [](const Finding &f) { return f.fault != Fault::Limit; }))
        waiting.clear();
      llvm::sys::fs::remove_directories(job.folder);
      llvm::sys::fs::remove(job.log);
      progress(report);
      break;
    }
  }
  return report;
}

} // namespace

Report checkAll(const Plan &plan, uint64_t first, uint64_t count,
                const std::function<void(const Report &)> &progress) {
  std::deque<Job> jobs;
  auto batch = static_cast<uint64_t>(plan.batch);
  for (uint64_t k = 0; k < count; k += batch)
    jobs.push_back({first + k, first + std::min(k + batch, count), "", ""});
  auto make = [&](uint64_t seed) {
    return plan.stems.empty() ? generate(seed) : llvm::cantFail(readNetwork(plan.stems[seed]));
  };
  return runJobs(plan, std::move(jobs), make, progress);
}

Finding checkOne(const Plan &plan, const std::function<Network()> &make, uint64_t seed) {
  Plan one = plan;
  one.folder += "/one";
  llvm::sys::fs::create_directories(one.folder);
  Report report =
      runJobs(one, {{seed, seed + 1, "", ""}}, [&](uint64_t) { return make(); }, [](const Report &) {});
  return report.findings.empty() ? Finding{seed, Fault::None, ""} : report.findings.front();
}

} // namespace dyadic::fuzz
