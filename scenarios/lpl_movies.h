/* lpl_movies.h -- what the parts of the scenario lpl_movies share: the world that is seen, and
 * how what was learnt of it is scored.
 *
 * A pattern is a sum of waves under a window of Gaussian shape, with mean 0 and mean square 1
 * over the retina. In a movie one pattern drifts over the retina, which closes upon itself (what
 * leaves on one side comes back on the other), and turns about its own centre. */
#ifndef ECP_LPL_MOVIES_H
#define ECP_LPL_MOVIES_H

#include <stddef.h>
#include <stdint.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/status.h"

/* ---- the world ------------------------------ */

enum { ECP_MOVIES_SECTORS = 4 }; /* quadrants of the retina, and quarters of the circle */

struct ecp_movies_setup {
    size_t patterns, side; /* side: pixels along a side of the retina */
    double size;           /* standard deviation of the window, pixels */
    double speed;          /* mean, pixels a frame */
    double turn;           /* mean, radians a frame */
    size_t frames;         /* of a movie */
};

struct ecp_movies_world;

/* ECP_ENOMEM. Deterministic by seed. */
enum ecp_status ecp_movies_create(const struct ecp_movies_setup *setup, uint64_t seed,
                                  struct ecp_movies_world **out);
void ecp_movies_destroy(struct ecp_movies_world *world); /* NULL is fine */

/* The pattern at (y, x) pixels from its centre, as it is defined. */
double ecp_movies_pattern(const struct ecp_movies_world *world, size_t pattern, double y, double x);

struct ecp_movies_view {
    size_t pattern;
    double y, x, angle; /* centre in pixels from the retina's; radians */
};

/* side x side pixels, row-major, without noise; interpolated in a table of the pattern. */
void ecp_movies_frame(const struct ecp_movies_world *world, struct ecp_movies_view view,
                      double *out);

/* 0 to 3: which quadrant holds the centre; which quarter of the circle the angle lies in. */
size_t ecp_movies_place(const struct ecp_movies_setup *setup, struct ecp_movies_view view);
size_t ecp_movies_quarter(struct ecp_movies_view view);
/* Is the view one of those that training leaves out: in each quadrant one quarter of the angles,
 * another one for each pattern in turn. */
int ecp_movies_is_unseen(const struct ecp_movies_setup *setup, struct ecp_movies_view view);

struct ecp_movies_movie {
    struct ecp_movies_view first;
    double dy, dx, turn; /* a frame */
};
/* Pattern, place, direction and turning at random. Speed and turning are 0.5 to 1.5 of their
 * means, but for 0.9 to 1.1; movies to test with (`test`) have just those. */
struct ecp_movies_movie ecp_movies_any(const struct ecp_movies_setup *setup,
                                       struct ecp_chance *chance, int test);
struct ecp_movies_view ecp_movies_at(const struct ecp_movies_movie *movie, double frame);
struct ecp_movies_view ecp_movies_any_view(const struct ecp_movies_setup *setup,
                                           struct ecp_chance *chance);

/* ---- scores ------------------------------ */

/* What is shown: single views, movies, and each pattern at 4 places and 4 angles. `frame` holds
 * all of them, one after the other. */
struct ecp_movies_test {
    size_t n_stills, n_movies, frames, patterns;
    size_t n, pixels;        /* of all frames; of a frame */
    double *frame;           /* n x pixels */
    double *label[4];        /* of each still: pattern, place, quarter, unseen */
    double *movie;           /* number of the movie of each frame of one */
    size_t *by_pattern[3];   /* of each of the last: pattern, place, angle */
    double *rdm[3];          /* model: 0 where two of them have the same */
    size_t n_views, n_pairs; /* 16 patterns; and pairs of them */
};

/* Noise (standard deviation) is added to all but the movies. Memory is the experiment's. */
enum ecp_status ecp_movies_show(struct ecp_experiment *experiment,
                                const struct ecp_movies_world *world,
                                const struct ecp_movies_setup *setup, size_t n_stills,
                                size_t n_movies, double noise, uint64_t seed,
                                struct ecp_movies_test *out);

enum {
    ECP_MOVIES_ACROSS_PLACE, /* pattern named at a place that was not learned from: share right */
    ECP_MOVIES_ACROSS_ANGLE, /* likewise, angle */
    ECP_MOVIES_UNSEEN,       /* pattern named in views that training left out */
    ECP_MOVIES_PLACE,        /* place named, any pattern and angle */
    ECP_MOVIES_ANGLE,        /* quarter of the angle named */
    ECP_MOVIES_CURVATURE,    /* degrees */
    ECP_MOVIES_RDM_PATTERN,  /* agreement of the RDM with the model's of pattern, place, angle */
    ECP_MOVIES_RDM_PLACE,
    ECP_MOVIES_RDM_ANGLE,
    ECP_MOVIES_SD, /* mean standard deviation of a unit over stills */
    ECP_MOVIES_SCORES
};

/* Of responses x (test->n x units). By the measures `decoders` (linear discriminants),
 * `straightening` and `rsa` (squared distances, correlation). */
enum ecp_status ecp_movies_score(const struct ecp_movies_test *test, size_t units, const double *x,
                                 uint64_t seed, double score[ECP_MOVIES_SCORES]);

/* RDMs of all seeds against the model of patterns (rdm: seeds x n_pairs). */
struct ecp_movies_agreement {
    double score, error, p_permuted, ceiling_lower, ceiling_upper;
};
enum ecp_status ecp_movies_agree(const struct ecp_movies_test *test, size_t seeds,
                                 const double *rdm, size_t permutations, uint64_t seed,
                                 struct ecp_movies_agreement *out);

/* Mean squared differences between responses to the last views (x: n_views x units; rdm:
 * n_pairs). */
void ecp_movies_rdm(const struct ecp_movies_test *test, size_t units, const double *x, double *rdm);

/* ---- what comes out ------------------------------ */

enum { ECP_MOVIES_LAYERS = 3, ECP_MOVIES_MOST_SEEDS = 20 };
enum {
    ECP_MOVIES_PIXELS,
    ECP_MOVIES_BEFORE,
    ECP_MOVIES_SHUFFLED,
    ECP_MOVIES_LEARNT,
    ECP_MOVIES_PREDICT_OFF,
    ECP_MOVIES_HEBB_OFF,
    ECP_MOVIES_DECORRELATE_OFF,
    ECP_MOVIES_CONDITIONS
};
extern const char *const ecp_movies_conditions[ECP_MOVIES_CONDITIONS];

/* Layer 0 of `pixels` is the retina; the others have layers 1 to 3. */
struct ecp_movies_outcome {
    size_t seeds;
    int conditions; /* ECP_MOVIES_CONDITIONS, or without those of the ablations */
    double score[ECP_MOVIES_CONDITIONS][ECP_MOVIES_LAYERS + 1][ECP_MOVIES_MOST_SEEDS]
                [ECP_MOVIES_SCORES];
    double *rdm[ECP_MOVIES_CONDITIONS]; /* of the last layer: seeds x n_pairs */
    struct ecp_movies_agreement agreement[ECP_MOVIES_CONDITIONS];
    struct ecp_movies_test *test; /* of the first seed */
    const struct ecp_movies_setup *setup;
};

extern const struct ecp_field ecp_movies_results[];
/* Results, tables and figures. */
enum ecp_status ecp_movies_tell(struct ecp_experiment *experiment,
                                const struct ecp_movies_outcome *outcome);
enum ecp_status ecp_movies_claim(struct ecp_plan *plan, int ablations, size_t patterns);

#endif
