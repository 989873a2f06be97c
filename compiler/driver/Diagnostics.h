// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What rooms report through the MLIR context, kept for the JSON object and shown with line and caret.
#pragma once
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "passes/Verdict.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SourceMgr.h"
#include <string>
#include <vector>

namespace dyadic {

struct Report {
  mlir::DiagnosticSeverity severity = mlir::DiagnosticSeverity::Error;
  std::string message;
  Verdict verdict = Verdict::Rejected; // of an error
  std::string node;                    // ONNX node, if the place has a name
  std::string file;                    // empty: no place
  unsigned line = 0, column = 0;
  std::vector<Report> notes;
};

Report makeReport(mlir::Diagnostic &diagnostic);

/// Lives as long as the context's diagnostics are to be seen. Reports are printed to stderr as they come
/// unless `quiet`.
class Diagnostics {
public:
  Diagnostics(mlir::MLIRContext &context, bool quiet);

  /// Texts that places refer to: the importer adds its listing, a parser its file.
  llvm::SourceMgr &sources() { return texts; }
  const std::vector<Report> &reports() const { return all; }
  llvm::json::Array toJson() const;
  /// What the errors so far amount to: the model is at fault if one of them says so.
  Verdict verdict() const;

private:
  void take(mlir::Diagnostic &diagnostic);
  void print(const Report &report) const;
  llvm::StringRef lineOf(llvm::StringRef file, unsigned line) const;

  bool quiet;
  std::vector<Report> all;
  llvm::SourceMgr texts;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace dyadic
