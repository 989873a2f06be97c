// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic judge`: holds an emitted folder's plan against the machine it was made for.
#include "compiler/judge/Judge.h"
#include "compiler/driver/Commands.h"
#include "compiler/targets/Targets.h"

namespace dyadic {
namespace {

/// The machine that the manifest names, or the user's file if it is the one.
llvm::Expected<Target> machineOf(const judge::Folder &folder, const JudgeCommand &command) {
  TargetOptions options;
  options.overrides = folder.overrides;
  options.file = command.targetFile;
  if (options.file.empty())
    options.name = folder.target;
  if (options.file.empty() && !folder.targetFileSha256.empty())
    return failure(ExitCode::Usage, "the network was compiled with --target-file for '" + folder.target +
                                        "'; give that file again");
  llvm::Expected<Target> target = loadTarget(options);
  if (target && target->fileSha256 != folder.targetFileSha256)
    return failure(ExitCode::Usage, std::string("--target-file: the network was compiled with ") +
                                        (folder.targetFileSha256.empty() ? "no file" : "another text of it") +
                                        "; leave the option out, or give the file it was compiled with");
  return target;
}

} // namespace

llvm::Error runJudge(const JudgeCommand &command, Session &session) {
  session.phase("read folder");
  llvm::Expected<judge::Folder> folder = judge::readFolder(command.folder);
  if (!folder)
    return folder.takeError();
  llvm::Expected<Target> target = machineOf(*folder, command);
  if (!target)
    return target.takeError();
  session.phase("judge");
  llvm::Expected<judge::Verdict> verdict = judge::judge(folder->plan, target->machine);
  if (!verdict)
    return verdict.takeError();
  session.endPhase();
  std::vector<judge::Fault> faults = std::move(folder->faults);
  faults.insert(faults.end(), verdict->faults.begin(), verdict->faults.end());
  llvm::json::Array list;
  for (const judge::Fault &fault : faults) {
    session.out() << fault.text() << "\n";
    list.push_back(llvm::json::Object{{"fault", fault.kind}, {"what", llvm::json::fixUTF8(fault.what)}});
  }
  bool sizes = llvm::all_of(faults, [](const judge::Fault &f) { return f.kind == "does not fit"; });
  session.object()["faults"] = std::move(list);
  session.object()["tiles"] = verdict->tiles;
  session.object()["transfers"] = verdict->transfers;
  session.object()["bytes_moved"] = verdict->bytesMoved;
  if (!faults.empty())
    return failure(sizes ? ExitCode::DoesNotFit : ExitCode::Mismatch,
                   "the plan does not hold: " + llvm::Twine(faults.size()) +
                       (faults.size() == 1 ? " fault" : " faults"));
  session.out() << command.folder << ": holds on " << target->machine.name << "; "
                << folder->plan.buffers.size() << " buffers, " << verdict->tiles << " tiles, "
                << verdict->transfers << " transfers of " << verdict->bytesMoved
                << " bytes in an inference\n";
  return llvm::Error::success();
}

} // namespace dyadic
