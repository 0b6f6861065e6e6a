#define _GNU_SOURCE
#include "CSSH.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// exit(3) runs libcrypto's clean-up while a session's thread may be inside libssh2, which then reads freed memory. A
// handler registered after libcrypto's runs before it: it waits until every thread has left, and lets none in again.
static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised;

// A server may keep libssh2 busy for long (CVE-2026-55199): that must not keep the process from ending.
static void close_gate(void) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 2;
    pthread_rwlock_timedwrlock(&gate, &end);
}

static void initialise(void) {
    initialised = libssh2_init(0) == 0;
    atexit(close_gate);
}

int cssh_init(void) {
    pthread_once(&once, initialise);
    return initialised;
}

void cssh_enter(void) { pthread_rwlock_rdlock(&gate); }
void cssh_leave(void) { pthread_rwlock_unlock(&gate); }

// libssh2 keeps every packet that it does not know for as long as there is memory. So what it holds is counted, and more than the
// limit is refused it, which ends the session. Each piece has its size in front.
struct cssh_memory {
    size_t used, limit;
    int was_refused;
    void *context;
};

enum { front = 16 };

struct cssh_memory *cssh_memory(size_t limit) {
    struct cssh_memory *memory = calloc(1, sizeof *memory);
    if (memory != NULL) memory->limit = limit;
    return memory;
}

void cssh_forget_memory(struct cssh_memory *memory) { free(memory); }
void cssh_set_context(struct cssh_memory *memory, void *context) { memory->context = context; }
int cssh_was_refused(const struct cssh_memory *memory) { return memory->was_refused; }

void *cssh_context(void **session_abstract) {
    struct cssh_memory *memory = session_abstract != NULL ? *session_abstract : NULL;
    return memory != NULL ? memory->context : NULL;
}

// A piece of `size` bytes instead of `old`, which may be NULL; NULL when that is too much.
static void *resized(void *old, size_t size, void **abstract) {
    struct cssh_memory *memory = *abstract;
    size_t *head = old != NULL ? (size_t *)((char *)old - front) : NULL;
    size_t before = head != NULL ? *head : 0;
    if (size > memory->limit || memory->used - before > memory->limit - size) {
        memory->was_refused = 1;
        return NULL;
    }
    size_t *piece = realloc(head, front + size);
    if (piece == NULL) return NULL;
    *piece = size;
    memory->used += size - before;
    return (char *)piece + front;
}

static void *allocate(size_t size, void **abstract) { return resized(NULL, size, abstract); }
static void *reallocate(void *old, size_t size, void **abstract) { return resized(old, size, abstract); }

static void release(void *piece, void **abstract) {
    if (piece == NULL) return;
    size_t *head = (size_t *)((char *)piece - front);
    ((struct cssh_memory *)*abstract)->used -= *head;
    free(head);
}

LIBSSH2_SESSION *cssh_session(struct cssh_memory *memory) {
    return libssh2_session_init_ex(allocate, release, reallocate, memory);
}

void *cssh_copy(const void *bytes, size_t size, void **session_abstract) {
    void *copy = allocate(size, session_abstract);
    return copy != NULL ? memcpy(copy, bytes, size) : NULL;
}

void cssh_set_io(LIBSSH2_SESSION *session, cssh_send send, cssh_receive receive) {
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
}

int cssh_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cssh_close_others(posix_spawn_file_actions_t *actions) {
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

int cssh_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// The descriptor that the kernel returns closes itself on exec; it becomes readable when the process ends.
int cssh_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cssh_rename_free(int folder, const char *name, int other_folder, const char *other_name) {
    // RENAME_NOREPLACE. The call itself, since not every C library has a function for it.
    return (int)syscall(SYS_renameat2, folder, name, other_folder, other_name, 1);
}

int cssh_exited(int status) { return WIFEXITED(status); }
int cssh_exit_code(int status) { return WEXITSTATUS(status); }
int cssh_signal(int status) { return WTERMSIG(status); }

const char *cssh_signal_name(int number) { return sigabbrev_np(number); }
