/* sweep.h -- one config over many values and seeds: which runs there are.
 *
 * An axis is a key of the config with its values. Points are all combinations of the axes'
 * values (the last axis varies fastest), or, `together`, the k-th values of all; a job is a
 * point with a seed. Jobs of a point follow each other. */
#ifndef ECP_SWEEP_H
#define ECP_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h"
#include "engine/status.h"

enum { ECP_SWEEP_AXES = 8, ECP_SWEEP_JOBS = 100000 };

struct ecp_sweep_axis {
    const char *key; /* "network.gain" */
    size_t n;
    const char *const *value; /* in the config's syntax */
    const char *const *word;  /* the same without quotes, for people and tables */
    const double *number;     /* NULL: not all are numbers (of one unit) */
    const char *unit;         /* "1": none */
    int logarithmic;
    struct ecp_place place; /* file NULL: command line */
};

struct ecp_sweep {
    size_t n_axes;
    struct ecp_sweep_axis axis[ECP_SWEEP_AXES];
    int together;
    size_t n_seeds; /* 0: the config's seed alone */
    const uint64_t *seed;
    size_t n_shown; /* results for the table and the figure; 0: the claims' */
    const char *const *shown;
    struct ecp_place place;
};

/* "network.gain=1,1.4,1.8", "network.gain=1:2:5" (from, to, how many) or "...=0.1:10:5:log",
 * values with units as "10 ms:50 ms:5"; in place of an axis of the same key. All belongs to
 * the plan, whose seed comes first where `seeds` says how many. ECP_ECONFIG, ECP_ENOMEM. */
enum ecp_status ecp_sweep_add(struct ecp_plan *plan, struct ecp_sweep *sweep,
                              const char *assignment);
/* "3" (how many: the plan's seed, and each ecp_sweep_reach behind the one before) or "1,5,9". */
enum ecp_status ecp_sweep_seeds(struct ecp_plan *plan, struct ecp_sweep *sweep, const char *text);
enum ecp_status ecp_sweep_seed_count(struct ecp_plan *plan, struct ecp_sweep *sweep, size_t n);
/* How many seeds from its own on a run uses, at most, with the plan's parameters or those of the
 * sweep: a scenario that repeats itself over seeds says so by parameters (scenario.h), which
 * count in steps of `seed_step` where it has that. Runs whose seeds are less apart may share
 * networks, and are no repeats of each other. */
uint64_t ecp_sweep_reach(const struct ecp_plan *plan, const struct ecp_sweep *sweep);
enum ecp_status ecp_sweep_range(struct ecp_plan *plan, struct ecp_sweep_axis *axis, double from,
                                double to, size_t n, const char *unit);
/* Words, numbers and unit of an axis from its values. */
enum ecp_status ecp_sweep_numbers(struct ecp_plan *plan, struct ecp_sweep_axis *axis);

/* Axes that go together are equally long, no seed and no value of an axis comes twice, and
 * there are not too many jobs. ECP_ECONFIG with the place. */
enum ecp_status ecp_sweep_check(const struct ecp_sweep *sweep);

size_t ecp_sweep_points(const struct ecp_sweep *sweep);
size_t ecp_sweep_jobs(const struct ecp_sweep *sweep);
/* Which value of axis `axis` point `point` has. */
size_t ecp_sweep_index(const struct ecp_sweep *sweep, size_t point, size_t axis);
/* Seed k of every point: of the config where none were given. */
uint64_t ecp_sweep_seed(const struct ecp_sweep *sweep, const struct ecp_plan *plan, size_t k);

#endif
