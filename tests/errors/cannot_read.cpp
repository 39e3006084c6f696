// A service that is not there, and one that is a folder.
// RUN: not %combine --device=cpu %t.nowhere.h 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: not %combine --device=cpu %S 2>&1 | FileCheck %s --implicit-check-not=error:
// CHECK: combine: error: cannot read '{{.*}}': {{.+}} [cannot-read]
