# How the tests of the command are run: `ctest -R lit`, or, for one of them,
#   lit -v build/tests/combine/<stage>/<behaviour>.cpp
#
# Beside lit's own substitutions (%s the test, %S its folder, %t a path that is this test's alone):
#   %combine   the command; for one error's text, `not %combine ... 2>&1 | FileCheck %s`
#   %split     an empty %t, filled by split-file from the `//--- path` parts of the test, entered
#   %scratch   an empty %t, entered
#   %gxx       what compiles emissions for the CPU, with every warning an error
#   %nvcc      the same for CUDA; `REQUIRES: nvcc`
#   %clangxx   what compiles artifacts as they are written, bound by hand
#   %clangd    the language server; `REQUIRES: clangd`
#   %mpicxx, %mpirun   of scale cluster; `REQUIRES: mpi`
#   %kept      what combine keeps between runs, for all tests
#   %root      the repository;  %shared_data  checkpoints beside it; `REQUIRES: shared-data`
import os
import shutil

import lit.formats

if not hasattr(config, "combine"):
    lit_config.fatal("run lit on the build's folder, build/tests/..., where CMake configured it")

root = config.coop_source_root

config.name = "coop"
config.test_format = lit.formats.ShTest(execute_external=False)
config.test_source_root = os.path.join(root, "tests")
config.test_exec_root = config.coop_tests_binary_root
config.suffixes = [".cpp", ".cu", ".h", ".test"]
config.excludes = ["Inputs"]

config.environment["PATH"] = os.pathsep.join(
    [os.path.dirname(config.combine), config.llvm_bin, os.environ.get("PATH", "")]
)
config.environment["LC_ALL"] = "C.UTF-8"
# What combine keeps between runs must not pass between a developer's shell and a test.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "kept")
for name in ("CUDA_PATH", "XDG_DATA_HOME", "OMP_NUM_THREADS", "OMP_WAIT_POLICY"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

shared_data = os.environ.get("COOP_SHARED_DATA", os.path.join(root, "..", "shared", "data"))
shared_data = os.path.abspath(shared_data)
if os.path.exists(os.path.join(shared_data, "stories260K.bin")):
    config.available_features.add("shared-data")
if config.nvcc and not config.nvcc.endswith("-NOTFOUND"):
    config.available_features.add("nvcc")
for program in ("fish", "groff", "mandoc", "zsh"):  # who reads what combine prints for them
    if shutil.which(program):
        config.available_features.add(program)
if config.clangd and not config.clangd.endswith("-NOTFOUND"):
    config.available_features.add("clangd")

if shutil.which("mpicxx") and shutil.which("mpirun") and os.path.exists("/usr/include/zmq.h"):
    config.available_features.add("mpi")
config.environment["OMPI_MCA_mpi_yield_when_idle"] = "1"
if shutil.which("dot"):
    config.available_features.add("graphviz")

warnings_are_errors = "-Wall -Wextra -Werror"
config.substitutions += [
    ("%split", "rm -rf %t && split-file %s %t && cd %t"),
    ("%scratch", "rm -rf %t && mkdir -p %t && cd %t"),
    ("%combine", config.combine),
    ("%gxx", f"{config.gxx} -std=c++20 {warnings_are_errors} -fopenmp -O1"),
    ("%nvcc", f"{config.nvcc} -std=c++20 -arch=sm_80 -Werror all-warnings"),
    (
        "%clangxx",
        f"{config.clangxx} -std=c++23 {warnings_are_errors} -fopenmp -O0"
        f" -I{root}/include -I{root}/kernels/cpu -I{root}",
    ),
    ("%clangd", config.clangd),
    ("%mpicxx", f"mpicxx -std=c++20 {warnings_are_errors} -fopenmp -O1"),
    ("%mpirun", "mpirun --allow-run-as-root --oversubscribe"),
    ("%shared_data", shared_data),
    ("%kept", os.path.join(config.environment["XDG_CACHE_HOME"], "coop")),
    ("%root", root),
]
for variable in config.command_environment:
    name, _, value = variable.partition("=")
    config.environment[name] = value
