// libreadline, and what happens on Ctrl-C.
#ifndef CREADLINE_H
#define CREADLINE_H
#include <stdio.h>
#include <readline/history.h>
#include <readline/readline.h>

// Gives the candidates for the word at the cursor in readline's form (what they have in common, each of them, NULL, all
// allocated), or NULL. `line` ends at the cursor; clear `files` when names of files are no candidates either.
typedef char **(*creadline_Complete)(const char *line, int start, int *files);
// Sets readline up for Lua at a terminal; Ctrl-C stays ours.
void creadline_setup(creadline_Complete complete);

// The version of the library that runs.
static inline const char *creadline_version(void) { return rl_library_version; }

// Shows a line above the one that is being typed.
void creadline_show_above(const char *line);
// Leaves the line that is being typed, with a mark behind it.
void creadline_abandon(const char *mark);
// A new eventfd, or -1 with errno.
int creadline_event(void);

// Installs the handler of SIGINT, once; must be called on the main thread. Gives an eventfd that is readable after a
// signal, or -1 with errno.
int cinterrupt_install(void);
// What else the handler is to do; `forward` must be safe in a signal handler. NULL for nothing.
void cinterrupt_forward(void (*forward)(void *), void *context);
// How many signals came so far.
unsigned long cinterrupt_count(void);
// Lets the next signal count as the first one again: three within two seconds end the program with 130.
void cinterrupt_forget(void);
#endif
