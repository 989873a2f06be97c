// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `dyadic check-certificate`: derives from the model what a certificate claims, and compares.
#include "compiler/certificate/Check.h"
#include "compiler/driver/Commands.h"
#include "compiler/driver/Load.h"

namespace dyadic {

/// What was declared when the model was compiled.
static llvm::Error optionsOf(const certificate::Claims &claims, ImportOptions &options) {
  auto unreadable = [](llvm::Error error) {
    return failure(ExitCode::Rejected,
                   "the certificate's options cannot be read: " + llvm::toString(std::move(error)));
  };
  for (const std::string &text : claims.inputs) {
    llvm::Expected<std::vector<InputSpec>> specs = parseInputSpec(text);
    if (!specs)
      return unreadable(specs.takeError());
    options.inputs.insert(options.inputs.end(), specs->begin(), specs->end());
  }
  for (const std::string &text : claims.dims) {
    llvm::Expected<DimBinding> dim = parseDimBinding(text);
    if (!dim)
      return unreadable(dim.takeError());
    options.dims.push_back(std::move(*dim));
  }
  if (claims.batch.size() == 1 && (llvm::StringRef(claims.batch[0]).getAsInteger(10, options.batch) ||
                                   options.batch < 1 || options.batch > 1 << 20))
    return failure(ExitCode::Rejected, "the certificate's options hold a batch of '" + claims.batch[0] + "'");
  return llvm::Error::success();
}

llvm::Error runCheckCertificate(const CheckCertificateCommand &command, Session &session) {
  session.phase("read certificate");
  llvm::Expected<std::string> text = readFile(command.certificate);
  if (!text)
    return text.takeError();
  llvm::Expected<certificate::Claims> claims = certificate::readClaims(*text);
  if (!claims)
    return claims.takeError();
  ModelArguments model = command.model;
  bool given = model.batchGiven || !model.options.inputs.empty() || !model.options.dims.empty();
  if (!given)
    if (llvm::Error error = optionsOf(*claims, model.options))
      return error;
  llvm::Expected<LoadedModel> loaded = loadModel(model, session);
  if (!loaded)
    return loaded.takeError();
  if (loaded->level != Level::Qonnx)
    return failure(ExitCode::Usage, "--model: a certificate is held against the ONNX file, '" +
                                        command.model.path + "' is a lowered module");
  session.phase("check");
  auto digest = (*loaded->module)->getAttrOfType<mlir::StringAttr>("qonnx.model_sha256");
  std::string own = digest ? digest.str() : "";
  if (claims->modelSha256 != own)
    return failure(ExitCode::Mismatch, "the certificate speaks of another model: SHA-256 " +
                                           claims->modelSha256 + ", '" + command.model.path + "' has " + own);
  llvm::Expected<certificate::Verdict> verdict = certificate::check(*claims, *loaded->module);
  if (!verdict)
    return verdict.takeError();

  llvm::json::Array faults;
  for (const certificate::Fault &f : verdict->faults) {
    session.out() << f.text() << "\n";
    llvm::json::Object o{{"quantiser", f.quantiser}, {"what", f.what}};
    if (f.channel >= 0)
      o["channel"] = f.channel;
    if (!f.accumulator.empty()) {
      o["accumulator"] = f.accumulator;
      o["expected"] = f.expected;
      o["claimed"] = f.claimed;
    }
    faults.push_back(std::move(o));
  }
  auto count = static_cast<int64_t>(verdict->faults.size());
  session.object()["faults"] = std::move(faults);
  session.object()["quantisers"] = verdict->quantisers;
  session.object()["channels"] = verdict->channels;
  if (count != 0)
    return failure(ExitCode::Mismatch, "the certificate does not hold: " + llvm::Twine(count) +
                                           (count == 1 ? " fault" : " faults"));
  session.out() << command.certificate << ": holds, " << verdict->quantisers << " quantisers, "
                << verdict->channels << " functions of accumulators proven equal\n";
  return llvm::Error::success();
}

} // namespace dyadic
