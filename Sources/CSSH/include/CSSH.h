#ifndef CSSH_H
#define CSSH_H
#include <libssh2.h>
#endif
