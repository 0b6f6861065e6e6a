// See include/CReadline.h.
