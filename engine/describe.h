/* describe.h -- manual pages and lists of everything that is registered, made
 * from the descriptors alone. */
#ifndef ECP_DESCRIBE_H
#define ECP_DESCRIBE_H

#include <stdio.h>

#include "engine/field.h"
#include "engine/plugin.h"
#include "engine/scenario.h"
#include "engine/status.h"

/* What every kind of member has in common; NULL where it does not apply. */
struct ecp_page {
    const char *name, *summary;
    const char *question; /* heading in lists */
    const char *equations, *reference, *aliases, *verified_by;
    const struct ecp_field *fields;
    const struct ecp_choice *choices;
    const struct ecp_scheme *schemes; /* of a neuron model */
    int has_reference_scheme;
    const struct ecp_field *results; /* of a scenario that computes */
    const struct ecp_scenario_text *texts;
    const char *stores, *confidence; /* of a memory: what it takes, and what its score is */
    const char *weights;             /* likewise: what `weights = true` of a recall puts out */
    const char *key_law, *value_law; /* rows that it takes, as config words; NULL: none */
    const char *keys;                /* keys of the config that are not numbers, as text */
    const char *example;             /* lines of a config */
    int scores; /* of a measure of data sets: 1, of data alone, 2, of models and data; 0: of runs */
};

/* A kind of member: "neuron", listed as "neurons". */
struct ecp_family {
    const char *name, *plural, *summary;

    /* The k-th member, those of `plugins` (may be NULL) last; 0 when there are no more. */
    int (*page)(const struct ecp_plugins *plugins, size_t k, struct ecp_page *out);
};

/* Ends with {0}. */
extern const struct ecp_family ecp_families[];

struct ecp_look {
    int colour; /* 1: escape sequences of a terminal */
    int width;  /* columns to wrap at */
};

/* The page of "neuron/lif", or of a bare name or alias ("iaf_psc_exp").
 * ECP_ENOTFOUND names the nearest; ECP_EUSAGE when several kinds have one of
 * that name. Nothing is printed on failure. */
enum ecp_status ecp_describe(FILE *to, const char *name, const struct ecp_plugins *plugins,
                             struct ecp_look look);

/* The members of one kind ("neurons" or "neuron"), or of all when NULL; with
 * `names_only` one "neuron/lif" a line. ECP_ENOTFOUND. */
enum ecp_status ecp_list(FILE *to, const char *plural, int names_only,
                         const struct ecp_plugins *plugins, struct ecp_look look);

/* One page; `asked` is the name it was asked for, which may be an alias. */
void ecp_print_page(FILE *to, const struct ecp_family *family, const struct ecp_page *page,
                    const char *asked, struct ecp_look look);

/* Print `text` from column `from` to look.width, continued lines starting at
 * column `indent`, and end the line. */
void ecp_print_wrapped(FILE *to, const char *text, int from, int indent, struct ecp_look look);

/* The built-in parts of the config language, ends with {0}. */
extern const struct ecp_page ecp_pages_rules[];
extern const struct ecp_page ecp_pages_laws[];
extern const struct ecp_page ecp_pages_stimuli[];
extern const struct ecp_page ecp_pages_probes[];
extern const struct ecp_page ecp_pages_sections[];

#endif
