#define _GNU_SOURCE
#include "CSSH.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// exit(3) runs libcrypto's clean-up while a session's thread may be inside libssh2, which then reads freed memory. A
// handler registered after libcrypto's runs before it: it waits until every thread has left, and lets none in again.
static pthread_rwlock_t gate = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised;

static void close_gate(void) { pthread_rwlock_wrlock(&gate); }

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
