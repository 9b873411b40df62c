/* field.h -- one named, unit-bearing quantity of a model.
 *
 * A table of fields is the single description of a model's data. From it the
 * engine derives config parsing, range and unit checks, storage, what a probe
 * may record, HDF5 attributes, checkpoints and the generated manual page. */
#ifndef ECP_FIELD_H
#define ECP_FIELD_H

#include <stddef.h>

enum ecp_field_kind {
    ECP_PARAM,      /* one number for the whole population, constant       */
    ECP_PARAM_EACH, /* one number per element, constant in time            */
    ECP_STATE,      /* one number per element, changed by update           */
    ECP_COUNTER,    /* whole steps per element, 0..65535, changed by update */
    ECP_INPUT,      /* per element: weights that arrive in this step; each
                       is a receptor port that projections may name        */
    ECP_CURRENT,    /* per element: current of the stimuli in this step;
                       further ones are moved by couplings (gap.h)     */
    ECP_UNIFORM,    /* per element and step: a random number in (0, 1)     */
    ECP_NORMAL,     /* per element and step: a standard normal number      */
    ECP_RESULT,     /* one number put out by an analysis                   */

    /* of plasticity rules */
    ECP_PRE,     /* trace of a source                                        */
    ECP_POST,    /* trace of a target                                        */
    ECP_SYNAPSE, /* variable of each synapse, besides its weight            */

    /* of measures, memories and scenarios */
    ECP_WHOLE /* as ECP_PARAM, a whole number: a count, or a switch (0, 1)  */
};

struct ecp_field {
    const char *name;    /* as in the config and in HDF5: "tau_m"            */
    const char *unit;    /* docs/UNITS.md: "ms", "mV", "nS", "1"             */
    double initial;      /* default, or value at t = 0                       */
    double lowest;       /* inclusive; the config reader enforces            */
    double highest;      /* inclusive                                        */
    const char *meaning; /* one sentence                                     */
    enum ecp_field_kind kind;
};

/* A parameter that is one word out of a few: in the fields table its number
 * is the position of the word ("drive": poisson = 0, dc = 1). */
struct ecp_choice {
    const char *field;
    const char *words; /* "poisson dc" */
};

/* Number of entries before the terminating {0}; 0 for NULL. */
size_t ecp_field_count(const struct ecp_field *table);

/* Index of `name` in `table`, or -1. */
int ecp_field_find(const struct ecp_field *table, const char *name);

/* Index of the k-th field of `kind` (k counts from 0), or -1. */
int ecp_field_of_kind(const struct ecp_field *table, enum ecp_field_kind kind, size_t k);

/* ECP_PARAM or ECP_WHOLE. */
int ecp_field_is_param(const struct ecp_field *field);

/* Is `value` within its range, and whole where it must be? */
int ecp_field_allows(const struct ecp_field *field, double value);

/* "parameter", "state", ... for manual pages. */
const char *ecp_field_kind_name(enum ecp_field_kind kind);

#endif
