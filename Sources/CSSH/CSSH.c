// See include/CSSH.h.
