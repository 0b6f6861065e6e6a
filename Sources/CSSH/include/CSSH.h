#ifndef CSSH_H
#define CSSH_H
#include <libssh2.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>

// Replaces the two system calls through which libssh2 reaches its socket. Both return a count of bytes or -errno.
typedef ssize_t (*cssh_send)(int socket, const void *bytes, size_t count, int flags, void **session_abstract);
typedef ssize_t (*cssh_receive)(int socket, void *bytes, size_t count, int flags, void **session_abstract);

/// Initialises libssh2 once for the process; 0 when that failed.
int cssh_init(void);
/// Around every stretch of work of a thread that uses libssh2: the process does not exit in the middle of one.
void cssh_enter(void);
void cssh_leave(void);

/// The account of the memory that libssh2 may use for one session, and what its callbacks get.
struct cssh_memory;
struct cssh_memory *cssh_memory(size_t limit);
void cssh_forget_memory(struct cssh_memory *memory);
void cssh_set_context(struct cssh_memory *memory, void *context);
/// Whether more was wanted than the limit.
int cssh_was_refused(const struct cssh_memory *memory);
void *cssh_context(void **session_abstract);
/// A session within that account, which must outlive it; NULL when there is no memory.
LIBSSH2_SESSION *cssh_session(struct cssh_memory *memory);
/// A copy of bytes that libssh2 will free; NULL when there is no memory.
void *cssh_copy(const void *bytes, size_t size, void **session_abstract);

void cssh_set_io(LIBSSH2_SESSION *session, cssh_send send, cssh_receive receive);

// System calls that Swift's Glibc module does not carry.
int cssh_eventfd(void);
/// Lets a spawned process have stdin, stdout and stderr and no other file.
int cssh_close_others(posix_spawn_file_actions_t *actions);
int cssh_pipe(int ends[2]);
int cssh_pidfd_open(pid_t pid);
/// renameat2(2) with RENAME_NOREPLACE: fails with EEXIST where something has the new name.
int cssh_rename_free(int folder, const char *name, int other_folder, const char *other_name);

// wait(2)'s macros.
int cssh_exited(int status);
int cssh_exit_code(int status);
int cssh_signal(int status);

// The name of a signal without SIG (TERM), or NULL.
const char *cssh_signal_name(int number);
#endif
