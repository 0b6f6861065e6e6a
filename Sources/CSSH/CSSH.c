#define _GNU_SOURCE
#include "CSSH.h"

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void cssh_set_io(LIBSSH2_SESSION *session, cssh_send send, cssh_receive receive) {
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
}

int cssh_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cssh_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// The descriptor that the kernel returns closes itself on exec; it becomes readable when the process ends.
int cssh_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cssh_exited(int status) { return WIFEXITED(status); }
int cssh_exit_code(int status) { return WEXITSTATUS(status); }
int cssh_signal(int status) { return WTERMSIG(status); }

const char *cssh_signal_name(int number) { return sigabbrev_np(number); }
