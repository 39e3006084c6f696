// One text that two sources read: a source that another one includes, a header with two guards of
// which each source opens another, declarations here that are definitions there, tables within a
// declaration, macros within a function.
// RUN: %split && %flat main.c codec.c fast.c table.c -- -std=c11 | FileCheck %s --check-prefix=SAYS
// RUN: %flat fast.c table.c codec.c main.c -- -std=c11 | FileCheck %s --check-prefix=SAYS
// SAYS: 12 65535 31 5 16 7 9 22
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.c --implicit-check-not='#undef EINVAL'
// FLAT-COUNT-1: static int align(int x)

//--- codec.h
#ifdef CODEC_STATIC
#ifndef CODEC_STATIC_H
#define CODEC_STATIC_H
#ifndef DISTANCE_MAX
#define DISTANCE_MAX 65535
#endif
int distance(void);
#endif
#endif
#ifndef CODEC_H
#define CODEC_H
int code(int x);
int code_fast(int x);
#endif
//--- codec.c
#define CODEC_STATIC
#include "codec.h"
#ifndef require
#define require(x) ((void)0)
#endif
static int align(int x) {
  require(x);
  return (x + 3) / 4 * 4;
}
typedef enum { exact = 0, loose = 1 } mode;
#ifndef CODEC_COMMON_ONLY
int code(int x) { return align(x); }
int distance(void) { return DISTANCE_MAX; }
#endif
//--- fast.c
#define CODEC_COMMON_ONLY
#include "codec.c"
int code_fast(int x) {
  require(x);
  return align(x) - loose;
}
//--- histogram_inc.h
int FN(count)(int x) CODE({ return x + SIZE; })
//--- histogram.h
#ifndef HISTOGRAM_H
#define HISTOGRAM_H
#define CODE(X) ;
#define FN(X) X##_small
#include "histogram_inc.h"
#undef FN
#define FN(X) X##_large
#include "histogram_inc.h"
#undef FN
#undef CODE
#endif
//--- numbers_inc.h
static const int numbers[] = {3, 5};
//--- platform.h
#ifndef PLATFORM_H
#define PLATFORM_H
static inline int unused(int x) {
  return x + 1;
#if defined(_MSC_VER)
#define PREFETCH(x) (x)
#elif defined(__GNUC__)
#define PREFETCH(x) ((x) + 0)
#else
#define PREFETCH(x) (x)
#endif
}
#endif
//--- table.c
#include <errno.h>
#include "histogram.h"
#include "platform.h"
#ifndef EINVAL
#define EINVAL 1
#endif
#define CODE(X) X
#define FN(X) X##_small
#define SIZE 1
#include "histogram_inc.h"
#undef FN
#undef SIZE
#define FN(X) X##_large
#define SIZE 10
#include "histogram_inc.h"
#if !defined(OTHER_NUMBERS)
#include "numbers_inc.h"
static const struct {
#else
static struct {
#endif
  int size;
  const int* values;
} table = {2, numbers};
int second(void) { return PREFETCH(table.values[1]); }
int invalid(void) { return EINVAL; }
//--- main.c
#include <errno.h>
#include <stdio.h>
#include "codec.h"
#include "histogram.h"
int distance(void);
int second(void);
int invalid(void);
int main(void) {
  printf("%d %d %d %d %d", code(10), distance(), code_fast(30), second(), code(13));
  printf(" %d %d %d\n", count_small(6), invalid() == EINVAL ? 9 : 0, count_large(12));
}
