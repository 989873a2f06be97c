// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The room's entrance: file to bytes, bytes to model, model to module.
#include "compiler/import/Import.h"
#include "compiler/Failure.h"
#include "compiler/import/Importer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
namespace dyadic::import_ {

llvm::Expected<OwningOpRef<ModuleOp>> importBytes(MLIRContext &context, llvm::StringRef bytes,
                                                  llvm::StringRef name, llvm::StringRef folder,
                                                  const ImportOptions &options, llvm::SourceMgr *listing,
                                                  OwningOpRef<ModuleOp> *partial) {
  context.loadDialect<qonnx::QonnxDialect, func::FuncDialect>();
  if (options.batch < 1)
    return failure(ExitCode::Usage, "--batch must be at least 1");
  // The parsed model lives on the heap: it is large, and lets go of its memory before lowering begins.
  auto model = std::make_unique<onnx::ModelProto>();
  if (llvm::Error error = parseModel(bytes, *model))
    return failure(ExitCode::Rejected, name + ": " + llvm::toString(std::move(error)));
  Listing text = makeListing(*model, name);
  if (listing)
    listing->AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text.text, text.name), llvm::SMLoc());
  auto digest = llvm::SHA256::hash(
      llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  Importer importer(context, *model, options, text, folder, int64_t(bytes.size()));
  OwningOpRef<ModuleOp> module = importer.run(llvm::toHex(digest, /*LowerCase=*/true));
  if (module)
    return module;
  if (partial)
    *partial = std::move(importer.partial);
  if (!importer.usage.empty() && importer.problems == 0)
    return failure(ExitCode::Usage, importer.usage);
  return failure(ExitCode::Rejected, name + ": rejected with " + llvm::Twine(importer.problems) +
                                         (importer.problems == 1 ? " problem" : " problems"));
}

llvm::Expected<OwningOpRef<ModuleOp>> importModel(MLIRContext &context, llvm::StringRef path,
                                                  const ImportOptions &options, llvm::SourceMgr *listing,
                                                  OwningOpRef<ModuleOp> *partial) {
  auto bytes = readFile(path, Limits::fileBytes);
  if (!bytes)
    return bytes.takeError();
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  return importBytes(context, *bytes, llvm::sys::path::filename(path), folder.empty() ? "." : folder, options,
                     listing, partial);
}

} // namespace dyadic::import_
