// readline's globals, and the handler of SIGINT.
#define _GNU_SOURCE
#include "CReadline.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static creadline_Complete completer;

static char **attempt(const char *word, int start, int end) {
    (void)word;
    char *line = strndup(rl_line_buffer, end);
    if (line == NULL) return NULL;
    int files = 1;
    char **candidates = completer(line, start, &files);
    free(line);
    if (!files) {
        rl_attempted_completion_over = 1;
        // A name may go on with a dot, a colon or a bracket: no blank after it.
        rl_completion_suppress_append = 1;
    }
    return candidates;
}

void creadline_show_above(const char *line) {
    // All rows that the prompt and what is typed take; then both are drawn again below.
    rl_clear_visible_line();
    fputs(line, rl_outstream);
    fputc('\n', rl_outstream);
    rl_on_new_line();
    rl_redisplay();
}

void creadline_abandon(const char *mark) {
    rl_point = rl_end;
    rl_redisplay();
    fputs(mark, rl_outstream);
    fputc('\n', rl_outstream);
    fflush(rl_outstream);
}

int creadline_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// In an empty line Tab indents: there is no word to complete.
static int tab(int count, int key) {
    for (int index = 0; index < rl_point; index++) {
        if (rl_line_buffer[index] == ' ' || rl_line_buffer[index] == '\t') continue;
        // Pressed twice, it lists what there is.
        if (rl_last_func == tab) rl_last_func = rl_complete;
        return rl_complete(count, key);
    }
    return rl_insert_text("    ") < 0;
}

void creadline_setup(creadline_Complete complete) {
    completer = complete;
    rl_readline_name = "docksing-shell";
    rl_catch_signals = 0;
    // Words are what Lua calls names, with the dots and colons between them.
    rl_completer_word_break_characters = " \t\n\"'><=;,+-*/%^#&|~(){}[]";
    rl_completer_quote_characters = "\"'";
    rl_attempted_completion_function = attempt;
    rl_add_defun("lua-complete", tab, -1);
    rl_bind_key('\t', tab);
}

// MARK: SIGINT. Everything in the handler is safe in a signal handler.

static pthread_t main_thread;
static int event = -1;
static volatile sig_atomic_t count;
static void (*volatile forward_function)(void *);
static void *volatile forward_context;
// When the two signals before this one came, in milliseconds; 0 for never.
static volatile int64_t last, before_last;
static struct termios terminal;
static int terminal_known;

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void handle(int number) {
    int saved = errno;
    if (!pthread_equal(pthread_self(), main_thread)) {
        // Only the main thread may touch the interpreter, and its system call is the one to interrupt.
        pthread_kill(main_thread, number);
        errno = saved;
        return;
    }
    int64_t now = milliseconds();
    if (before_last != 0 && now - before_last < 2000) {
        // Whoever presses it three times wants out, whatever hangs.
        if (terminal_known) tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
        // The terminal has written ^C, and stays in its line.
        if (isatty(STDERR_FILENO) && write(STDERR_FILENO, "\n", 1) < 0) _exit(130);
        _exit(130);
    }
    before_last = last;
    last = now;
    count++;
    uint64_t one = 1;
    if (write(event, &one, sizeof one) < 0) {
        // It is full, hence readable: that is all it is for.
    }
    if (forward_function != NULL) forward_function(forward_context);
    errno = saved;
}

int cinterrupt_install(void) {
    if (event >= 0) return event;
    event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event < 0) return -1;
    main_thread = pthread_self();
    terminal_known = tcgetattr(STDIN_FILENO, &terminal) == 0;
    // Without SA_RESTART, so that `io.read` and the like return.
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGINT, &action, NULL) != 0) return -1;
    // Whoever started us from a thread that blocks signals has handed that down.
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
    return event;
}

void cinterrupt_forward(void (*forward)(void *), void *context) {
    forward_function = NULL;
    forward_context = context;
    forward_function = forward;
}

unsigned long cinterrupt_count(void) { return (unsigned long)count; }

void cinterrupt_forget(void) { last = before_last = 0; }
