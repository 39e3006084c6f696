// A command line that says nothing sensible: exit 2, one line, and where help is.
// RUN: not %combine --devise=cpu %s 2>&1 | FileCheck %s --check-prefix=OPTION --implicit-check-not=error:
// RUN: not %combine --device=tpu %s 2>&1 | FileCheck %s --check-prefix=DEVICE --implicit-check-not=error:
// RUN: not %combine --scale=galaxy %s 2>&1 | FileCheck %s --check-prefix=SCALE --implicit-check-not=error:
// RUN: not %combine --with Compressor %s 2>&1 | FileCheck %s --check-prefix=WITH --implicit-check-not=error:
// RUN: not %combine --dump=everything %s 2>&1 | FileCheck %s --check-prefix=DUMP --implicit-check-not=error:
// RUN: not %combine --device=cpu %s %s 2>&1 | FileCheck %s --check-prefix=TWO --implicit-check-not=error:
// RUN: not %combine --device=cpu 2>&1 | FileCheck %s --check-prefix=NONE --implicit-check-not=error:
// RUN: not %combine %s -o 2>&1 | FileCheck %s --check-prefix=VALUE --implicit-check-not=error:
// OPTION: combine: error: unknown option '--devise=cpu'; did you mean '--device'? (see combine --help)
// DEVICE: combine: error: no device 'tpu': cuda or cpu
// SCALE: combine: error: no scale 'galaxy': single-gpu, node or cluster
// WITH: combine: error: --with wants SLOT=ARTIFACT, not 'Compressor'
// DUMP: combine: error: no stage 'everything': registry, bound, crop, plan, pieces or unit
// TWO: combine: error: one service at a time
// NONE: combine: error: which service?
// VALUE: combine: error: -o wants a value
