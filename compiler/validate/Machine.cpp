// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Command lines from a target's description; the harness and the ports are part of this program.
#include "compiler/validate/Machine.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Program.h"
#include <set>

namespace dyadic::validate {
namespace {

using llvm::StringRef;
using Sources = std::map<std::string, std::string>;

struct Text {
  const char *name;
  const char *text;
};
const Text texts[] = {
#include "HarnessTexts.inc"
};

constexpr StringRef portsRoot = "runtime-c/ports/";

/// How QEMU is told to give the ports' semihosting.c files and a console, and no devices of its own.
const char *const semihosting[] = {
    "-display",
    "none",
    "-monitor",
    "none",
    "-serial",
    "none",
    "-chardev",
    "stdio,id=console,signal=off",
    "-semihosting-config",
    "enable=on,target=native,chardev=console",
};

std::vector<std::string> words(StringRef text) {
  llvm::SmallVector<StringRef> parts;
  llvm::SplitString(text, parts);
  return {parts.begin(), parts.end()};
}

/// The port's sources, relative to the machine's object folder.
std::vector<std::string> portSources(const Machine &machine) {
  std::vector<std::string> list;
  bool bare = !machine.emulator.empty();
  for (const Text &t : texts) {
    StringRef name = t.name;
    if (!name.consume_front(portsRoot) || !name.ends_with(".c"))
      continue;
    bool shared = !name.contains('/');
    if (!shared && name.rsplit('/').second.starts_with("dyadic_"))
      continue; // for networks that are tiled, not for the program around them
    if (shared ? bare : name.split('/').first == machine.runner.machine.port)
      list.push_back("../../ports/" + name.str());
  }
  return list;
}

std::vector<std::string> networkSources(const Sources &network) {
  std::vector<std::string> list;
  for (const auto &[name, text] : network)
    if (StringRef(name).ends_with(".c") && !StringRef(name).starts_with("example/"))
      list.push_back("../net/" + name);
  list.emplace_back("../harness.c");
  return list;
}

std::vector<std::string> allSources(const Machine &machine, const Sources &network) {
  std::vector<std::string> all = networkSources(network), ports = portSources(machine);
  all.insert(all.end(), ports.begin(), ports.end());
  return all;
}

void append(std::vector<std::string> &line, const std::vector<std::string> &more) {
  line.insert(line.end(), more.begin(), more.end());
}

/// The compiler and what it is told whether it compiles or links.
std::vector<std::string> compilerLine(const Machine &machine) {
  const Toolchain &tool = machine.runner.build;
  std::vector<std::string> line{machine.compiler};
  append(line, words(tool.flags));
  append(line, {"-pipe", "-ffunction-sections", "-fdata-sections"});
  return line;
}

std::string folderOf(const PrivateFolder &work, const Machine &machine) {
  return work.path() + "/" + machine.name;
}

std::string harnessHeader(const HarnessPorts &ports, bool schedules) {
  std::string text =
      "// The network's edge, for harness.c.\n#include \"net.h\"\n#define HARNESS_INPUTS(CODES, REALS)";
  for (auto [i, real] : llvm::enumerate(ports.inputIsReal))
    text += (real ? " REALS(" : " CODES(") + std::to_string(i) + ")";
  text += "\n#define HARNESS_OUTPUTS(OUTPUT)";
  for (size_t i = 0; i < ports.outputs; ++i)
    text += " OUTPUT(" + std::to_string(i) + ")";
  text += "\n#define HARNESS_BOUND(DO)";
  for (StringRef port : ports.user) {
    auto [kind, number] = port.split('_');
    text += (" DO(" + kind + ", " + kind.upper() + ", " + number + ")").str();
  }
  text += "\n";
  if (schedules)
    text += "#include \"dyadic_host.h\"\n"
            "#define HARNESS_SCHEDULE(run) dyadic_host_schedule(run, DYADIC_HOST_MIXED)\n";
  return text;
}

/// A machine without its tools.
llvm::Expected<Machine> describe(const std::string &name, const TargetOptions &changes) {
  auto [first, second] = StringRef(name).split('@');
  bool parted = StringRef(name).contains('@');
  if (parted && !changes.file.empty())
    return failure(ExitCode::Usage,
                   "--on " + name + ": --target-file is the target; --on names machines that run it");
  TargetOptions wanted = changes;
  wanted.name = changes.file.empty() ? first.str() : "";
  llvm::Expected<Target> target = loadTarget(wanted);
  if (!target)
    return target.takeError();
  std::string runner = parted ? second.str() : changes.file.empty() || name.empty() ? "" : name;
  Machine machine;
  machine.name = name.empty() ? target->machine.name : name;
  if (runner.empty() && !parted)
    runner = target->build.program.empty() ? "host" : "";
  machine.runner = *target;
  if (!runner.empty() || parted) {
    llvm::Expected<Target> other = loadTarget(runner);
    if (!other)
      return other.takeError();
    machine.runner = std::move(*other);
  }
  machine.target = std::move(*target);
  if (machine.runner.build.program.empty())
    return failure(ExitCode::Usage,
                   "--on " + name + ": the description of '" + machine.runner.machine.name +
                       "' (dyadic targets) does not say how a program is built and run there");
  return machine;
}

} // namespace

llvm::Expected<std::vector<Machine>> findMachines(llvm::ArrayRef<std::string> names,
                                                  const TargetOptions &changes) {
  std::vector<Machine> machines;
  std::string missing;
  auto find = [&](const Machine &machine, const Toolchain &tool, const std::string &command) {
    std::string program = words(command)[0];
    auto found = llvm::sys::findProgramByName(program);
    if (found)
      return *found;
    missing += (missing.empty() ? "" : "; ") + machine.runner.machine.name + " needs '" + program +
               "', which is not on PATH";
    if (!tool.package.empty())
      missing += " (Debian: apt install " + tool.package + ")";
    return std::string();
  };
  for (const std::string &name : names) {
    llvm::Expected<Machine> machine = describe(name, changes);
    if (!machine)
      return machine.takeError();
    if (llvm::any_of(machines, [&](const Machine &m) { return m.name == machine->name; }))
      return failure(ExitCode::Usage, "--on names '" + name + "' twice");
    const Target &runner = machine->runner;
    machine->compiler = find(*machine, runner.build, runner.build.compiler);
    if (!runner.build.link.empty())
      machine->linker = find(*machine, runner.build, runner.build.link);
    if (runner.emulator)
      machine->emulator = find(*machine, *runner.emulator, runner.emulator->command);
    machines.push_back(std::move(*machine));
  }
  if (!missing.empty())
    return failure(ExitCode::Usage, missing);
  return machines;
}

llvm::Error writePorts(const PrivateFolder &work) {
  if (llvm::Error error = work.makeFolder("ports"))
    return error;
  for (const Text &t : texts) {
    StringRef name = t.name;
    if (!name.consume_front(portsRoot))
      continue;
    if (name.contains('/'))
      if (llvm::Error error = work.makeFolder(("ports/" + name.split('/').first).str()))
        return error;
    if (llvm::Error error = work.write(("ports/" + name).str(), t.text))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error writeSources(const PrivateFolder &work, const Machine &machine, const Sources &network,
                         const HarnessPorts &ports) {
  const std::string &top = machine.name;
  for (const char *folder : {"", "/obj", "/net", "/net/runtime"})
    if (llvm::Error error = work.makeFolder(top + folder))
      return error;
  for (const auto &[name, text] : network)
    if (!StringRef(name).starts_with("example/"))
      if (llvm::Error error = work.write(top + "/net/" + name, text))
        return error;
  for (const Text &t : texts)
    if (StringRef(t.name).ends_with("/harness.c"))
      if (llvm::Error error = work.write(top + "/harness.c", t.text))
        return error;
  return work.write(top + "/harness_net.h",
                    harnessHeader(ports, network.count("runtime/dyadic_host.h") != 0));
}

std::vector<Job> compileJobs(const PrivateFolder &work, const Machine &machine, const Sources &network) {
  std::vector<Job> jobs;
  for (const std::string &source : allSources(machine, network)) { // one at a time, as ccache likes it
    Job job;
    job.arguments = compilerLine(machine);
    append(job.arguments, words(machine.runner.build.program));
    append(job.arguments, {"-DNET_TAP=1", "-DNET_DEBUG=1", "-I..", "-I../net", "-I../net/runtime",
                           "-I../../ports", "-c", source});
    job.folder = folderOf(work, machine) + "/obj";
    job.log = folderOf(work, machine) + "/compile" + std::to_string(jobs.size()) + ".log";
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Job linkJob(const PrivateFolder &work, const Machine &machine, const Sources &network) {
  Job job;
  std::vector<std::string> link = words(machine.runner.build.link);
  if (link.empty())
    job.arguments = compilerLine(machine);
  else
    job.arguments = {machine.linker};
  append(job.arguments, {"-L../../ports/" + machine.runner.machine.port, "-o", "../program"});
  for (const std::string &source : allSources(machine, network))
    job.arguments.push_back(StringRef(source).rsplit('/').second.drop_back(2).str() + ".o");
  append(job.arguments, link.empty() ? words(machine.runner.build.program)
                                     : std::vector<std::string>(link.begin() + 1, link.end()));
  job.folder = folderOf(work, machine) + "/obj";
  job.log = folderOf(work, machine) + "/link.log";
  return job;
}

Job runJob(const PrivateFolder &work, const Machine &machine) {
  Job job;
  job.folder = folderOf(work, machine);
  if (machine.emulator.empty()) {
    job.arguments = {job.folder + "/program"};
  } else {
    job.arguments = words(machine.runner.emulator->command);
    job.arguments[0] = machine.emulator;
    job.arguments.insert(job.arguments.end(), std::begin(semihosting), std::end(semihosting));
    append(job.arguments, {"-kernel", "program"});
  }
  job.log = job.folder + "/run.log";
  job.result = job.folder + "/results.bin";
  return job;
}

std::string headOfLog(const std::string &path) {
  llvm::Expected<std::string> text = readFile(path);
  if (!text) {
    llvm::consumeError(text.takeError());
    return "";
  }
  std::string head;
  StringRef rest = *text;
  for (int lines = 0; lines < 8 && !rest.empty(); ++lines) {
    auto [line, tail] = rest.split('\n');
    rest = tail;
    head += "\n  ";
    for (char c : line.take_front(300)) // names from the model may stand in it
      head += llvm::isPrint(c) ? c : '?';
  }
  return head;
}

} // namespace dyadic::validate
