// See include/CLua.h.
