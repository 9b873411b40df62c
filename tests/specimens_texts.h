/* specimens_texts.h -- specimens that are written out as configs (private to specimens). */
#ifndef ECP_TESTS_SPECIMENS_TEXTS_H
#define ECP_TESTS_SPECIMENS_TEXTS_H

#include <stddef.h>

struct ecp_specimen_text {
    const char *name;
    const char *config; /* NULL: the last one */
};

extern const struct ecp_specimen_text ecp_specimen_texts[];

/* Its longer texts (specimens_memories.c, specimens_growth.c). */
extern const char ecp_specimen_memories[];
extern const char ecp_specimen_structural[];
extern const char ecp_specimen_structural_beside[];
extern const char ecp_specimen_structural_stacked[];

#endif
