/* silent_engram_published.h -- recall in the network of Luboeinski & Tetzlaff (2021), trial by
 * trial, beside the table of their published code. A part of silent_engram_consolidation. */
#ifndef ECP_SILENT_ENGRAM_PUBLISHED_H
#define ECP_SILENT_ENGRAM_PUBLISHED_H

#include <stddef.h>

#include "engine/experiment.h"
#include "scenarios/silent_engram_orders.h"

/* Assemblies of 100, 150, 200 and 250 neurons. */
enum { ECP_TABLE_SIZES = 4 };
extern const double ecp_table_size[ECP_TABLE_SIZES];

enum ecp_table_kind {
    ECP_TABLE_EARLY,    /* 10 s after learning */
    ECP_TABLE_LATE,     /* 8 h */
    ECP_TABLE_BLOCKED,  /* 8 h, no proteins */
    ECP_TABLE_UNTAUGHT, /* 10 s, nothing was learned */
    ECP_TABLE_KINDS
};

enum {
    ECP_TABLE_CUED, /* Hz: cued half of the assembly, its other half, others, inhibitory */
    ECP_TABLE_UNCUED,
    ECP_TABLE_OTHERS,
    ECP_TABLE_INHIBITORY,
    ECP_TABLE_QUALITY,
    ECP_TABLE_INFORMATION, /* bits */
    ECP_TABLE_MEASURES
};
enum { ECP_TABLE_RATES = ECP_TABLE_QUALITY };

/* Of their 50 trials. */
struct ecp_table_published {
    double mean[ECP_TABLE_MEASURES], sd[ECP_TABLE_MEASURES];
};
extern const struct ecp_table_published ecp_table_published[ECP_TABLE_SIZES][2];

/* What was found (NAN: not asked, for without proteins and without learning only the assembly of
 * 150 neurons is), for sizes first .. first + sizes - 1; value: sizes x kinds x trials x measures,
 * row-major, the experiment's memory. */
struct ecp_table {
    size_t first, sizes, trials;
    double neurons, seed_step;
    double *value;
};

size_t ecp_table_control(const struct ecp_table *table); /* the position of 150 neurons */

/* Runs it: each network on a thread; a trial's networks share a seed,
 * so their wiring. Put out: value. */
enum ecp_status ecp_table_run(struct ecp_experiment *experiment, double from, double to,
                              struct ecp_table *table);
struct ecp_engram_mean ecp_table_mean(const struct ecp_table *table, size_t size,
                                      enum ecp_table_kind kind, int measure);

/* How far means are from the published ones, the largest of sizes and both times. */
struct ecp_table_judged {
    double rates;        /* |mean/published - 1|, of four rates */
    double rates_beyond; /* the same less two standard errors */
    double quality;      /* |mean - published| in pooled standard errors: of ours and theirs */
    double information;
    double improves;         /* least gain of information from 10 s to 8 h */
    double improves_quality; /* the same of quality */
    double blocked;          /* quality after 8 h without proteins, 150 neurons */
    double untaught;         /* and without learning */
};
struct ecp_table_judged ecp_table_judge(const struct ecp_table *table);

/* A table of means and errors beside the published ones, one of all trials, a figure. */
enum ecp_status ecp_table_show(struct ecp_experiment *experiment, const struct ecp_table *table);

#endif
