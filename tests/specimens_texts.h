/* specimens_texts.h -- specimens that are written out as configs (private to specimens). */
#ifndef ECP_TESTS_SPECIMENS_TEXTS_H
#define ECP_TESTS_SPECIMENS_TEXTS_H

#include <stddef.h>

struct ecp_specimen_text {
    const char *name;
    const char *config; /* NULL: the last one */
};

extern const struct ecp_specimen_text ecp_specimen_texts[];

#endif
