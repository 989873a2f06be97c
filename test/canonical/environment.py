# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A Python environment with the reference executor, made once in a build folder.

The packages come through pip; its downloads are kept beside the environment. Where the package index cannot be reached,
the caller ends with exit code 77: skipped.
"""
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

# What runs together on Python 3.11. qonnx names the rest of what it needs.
PACKAGES = ("qonnx==1.0.0", "onnx==1.17.0", "onnxruntime==1.31.1", "numpy==2.4.6")
SKIPPED = 77


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def python(folder):
    """The interpreter that can import qonnx. Several tests may ask at once."""
    os.makedirs(folder, exist_ok=True)
    stamp = hashlib.sha256("\n".join((sys.version, *PACKAGES)).encode()).hexdigest()[:16]
    home = os.path.join(folder, "venv-" + stamp)
    program, done = os.path.join(home, "bin", "python"), os.path.join(home, "complete")
    with open(os.path.join(folder, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(done):
            return program
        shutil.rmtree(home, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", home], capture_output=True, text=True)
        if made.returncode != 0:
            raise SystemExit("python3 -m venv failed (package python3-venv):\n" + made.stdout + made.stderr)
        pip = [program, "-m", "pip", "--disable-pip-version-check", "--cache-dir", os.path.join(folder, "cache"), "--timeout", "20", "--retries", "2"]
        try:
            got = subprocess.run([*pip, "install", "--quiet", *PACKAGES], capture_output=True, text=True, timeout=900)
        except subprocess.TimeoutExpired:
            skip("the package index did not answer within 15 minutes")
        if got.returncode != 0:
            # Told apart from packages that are there and do not fit: those are a failure.
            text = got.stdout + got.stderr
            if any(sign in text for sign in ("NewConnectionError", "ConnectTimeout", "Name or service", "name resolution", "ProxyError", "Network is unreachable",
                                             "Read timed out", "Connection refused", "Connection reset")):
                skip("the package index cannot be reached")
            raise SystemExit("pip install failed:\n" + text)
        open(done, "w").close()
    return program
