// A program in C stays one.
// RUN: %split && %flat main.c list.c -- -std=c11 | FileCheck %s --check-prefix=SAYS
// SAYS: 3 2 1 5 7 10 x
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.c --implicit-check-not=dead
// FLAT: // Build: gcc -std=c11 -O2 flat.c -o flat
// FLAT: struct list

//--- list.h
#ifndef LIST_H
#define LIST_H
#include <stddef.h>
struct list {
  int class;
  struct list* next;
};
struct opaque;
typedef struct opaque opaque;
enum color { RED = 5, GREEN };
typedef int (*compare)(const void*, const void*);
int sum(const struct list* l);
int dead(void);
opaque* make(int value);
int value_of(const opaque* o);
extern int shared;
#define CONTAINER(p) ((struct list*)(p))
#endif
//--- list.c
#include "list.h"
#include <stdlib.h>
struct opaque { int value; };
static int helper(int x) { return x; }
int shared;
int shared;
int sum(const struct list* l) { return l ? helper(l->class) + sum(l->next) : 0; }
int dead(void) { return 0; }
opaque* make(int value) {
  opaque* new = malloc(sizeof *new);
  new->value = value;
  return new;
}
int value_of(const opaque* o) { return o->value; }
//--- main.c
#include <stdio.h>
#include <stdlib.h>
#include "list.h"
static int helper(const void* a, const void* b) { return *(const int*)b - *(const int*)a; }
static const struct { int a[3]; char c; } table = {.a = {1, 2, 3}, .c = 'x'};
int main(void) {
  int values[] = {1, 2, 3};
  compare by = helper;
  qsort(values, 3, sizeof values[0], by);
  struct list second = {4, NULL}, first = {.class = 6, .next = &second};
  opaque* o = make(7);
  enum color c = RED;
  printf("%d %d %d %d %d %d %c\n", values[0], values[1], values[2], c, value_of(o),
         sum(CONTAINER(&first)) + shared, _Generic(1, int: table.c, default: 'y'));
  free(o);
  return 0;
}
