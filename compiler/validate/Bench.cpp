// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds and runs, and says in the user's words what a tool or a program could not do.
#include "compiler/validate/Bench.h"
#include <thread>

namespace dyadic::validate {
namespace {

unsigned cores() { return std::max(1U, std::thread::hardware_concurrency()); }

/// For one file.
constexpr std::chrono::seconds compilerLimit(1200);

/// What linkers say when a program is larger than the machine that is emulated.
bool isTooLarge(llvm::StringRef log) {
  llvm::Expected<std::string> text = readFile(log);
  if (!text) {
    llvm::consumeError(text.takeError());
    return false;
  }
  return llvm::StringRef(*text).contains("overflowed by") ||
         llvm::StringRef(*text).contains("will not fit in region");
}

} // namespace

std::unique_ptr<Processes> Bench::processes(std::chrono::seconds limit) const {
  return std::make_unique<Processes>(cores(), limit, work.path());
}

llvm::Expected<Bench> Bench::build(std::vector<Machine> machines, std::vector<Network> networks,
                                   std::chrono::seconds patience, llvm::function_ref<void(double)> progress) {
  llvm::Expected<PrivateFolder> work = PrivateFolder::create();
  if (!work)
    return work.takeError();
  Bench bench(std::move(machines), std::move(*work), patience);
  if (llvm::Error error = writePorts(bench.work))
    return error;
  for (size_t m = 0; m < bench.list.size(); ++m)
    if (llvm::Error error = writeSources(bench.work, bench.list[m], networks[m].files, networks[m].ports))
      return error;
  if (llvm::Error error = bench.compile(networks, progress))
    return error;
  return bench;
}

llvm::Error Bench::compile(const std::vector<Network> &networks, llvm::function_ref<void(double)> progress) {
  for (bool link : {false, true}) {
    std::unique_ptr<Processes> jobs = processes(compilerLimit);
    std::vector<Job> all;
    std::vector<size_t> machineOf;
    for (size_t m = 0; m < list.size(); ++m)
      for (Job &job : link ? std::vector{linkJob(work, list[m], networks[m].files)}
                           : compileJobs(work, list[m], networks[m].files)) {
        all.push_back(job);
        machineOf.push_back(m);
        jobs->add(std::move(job));
      }
    auto share = [&] {
      size_t done = 0;
      for (size_t i = 0; i < all.size(); ++i)
        done += jobs->ending(i).ended;
      progress(link ? 1 : static_cast<double>(done) / static_cast<double>(all.size()));
    };
    if (llvm::Error error = jobs->wait(share))
      return error;
    for (size_t i = 0; i < all.size(); ++i) {
      const Ending &ending = jobs->ending(i);
      if (ending.good())
        continue;
      const Machine &machine = list[machineOf[i]];
      std::string head = headOfLog(all[i].log), place = work.path(), tool = all[i].arguments[0];
      if (ending.stuck)
        return failure(ExitCode::DoesNotFit, "the compiler for " + machine.name + " (" + tool +
                                                 ") did not end within " +
                                                 llvm::Twine(compilerLimit.count()) + " s");
      if (isTooLarge(all[i].log))
        return failure(ExitCode::DoesNotFit,
                       "the program for " + machine.name +
                           " is larger than the memory of the board that is emulated:" + head);
      work.keep();
      return failure(ExitCode::Internal, "the C cannot be built for " + machine.name + ": '" + tool +
                                             "' ended with " + llvm::Twine(ending.code) + "; the C is in '" +
                                             place + "', its log in '" + all[i].log +
                                             "', which begins:" + head);
    }
  }
  return llvm::Error::success();
}

llvm::Error Bench::start(llvm::ArrayRef<std::string> inputs) {
  running = processes(patience);
  for (size_t m = 0; m < list.size(); ++m) {
    if (llvm::Error error = work.write(list[m].name + "/inputs.bin", inputs[m]))
      return error;
    if (llvm::Error error = work.write(list[m].name + "/results.bin", ""))
      return error;
    running->add(runJob(work, list[m]));
  }
  return running->poll().takeError();
}

llvm::Expected<uint64_t> Bench::poll() {
  if (llvm::Expected<bool> open = running->poll(); !open)
    return open.takeError();
  return running->resultBytes();
}

llvm::Expected<std::vector<std::string>> Bench::finish(llvm::function_ref<void(uint64_t)> progress) {
  if (llvm::Error error = running->wait([&] { progress(running->resultBytes()); }))
    return error;
  std::vector<std::string> results;
  for (size_t m = 0; m < list.size(); ++m) {
    const Ending &ending = running->ending(m);
    const std::string &name = list[m].name;
    std::string head = headOfLog(work.path() + "/" + name + "/run.log");
    if (ending.stuck)
      return failure(ExitCode::DoesNotFit, "the program on " + name + " gave no result for " +
                                               llvm::Twine(patience.count()) +
                                               " s and was ended; --timeout SECONDS gives it longer");
    if (!ending.good())
      return failure(ExitCode::Internal, "the program on " + name + " ended with " +
                                             llvm::Twine(ending.code) + (head.empty() ? "" : ":" + head));
    llvm::Expected<std::string> bytes = readFile(work.path() + "/" + name + "/results.bin");
    if (!bytes)
      return bytes.takeError();
    results.push_back(std::move(*bytes));
  }
  return results;
}

} // namespace dyadic::validate
