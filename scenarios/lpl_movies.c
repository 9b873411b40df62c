/* lpl_movies.c -- what does a population learn from drifting and rotating patterns, when each
 * layer learns for itself to make successive frames alike (Halvagal & Zenke 2023)?
 *
 * Six patterns drift over a retina and turn (lpl_movies.h). Three layers of rectified units see
 * pairs of frames, `lag` frames apart, of one movie and learn from them alone, never from names
 * (latent.h). Then three things are asked of the last layer, of views and movies that it was not
 * trained with, by measures of the library: can a linear decoder name the pattern at places and
 * angles that it was not learned from (invariance), do paths of movies bend less
 * (straightening), and do dissimilarities go by pattern (agreement of RDMs)? Beside it: the
 * pixels, the same network before learning, one whose second frame comes from any movie at any
 * time (shuffled: the same frames, in no order), and one without each part of the rule. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/latent.h"
#include "engine/scenario.h"
#include "scenarios/lpl_movies.h"

enum {
    PATTERNS,
    SIDE,
    SIZE,
    SPEED,
    TURN,
    NOISE,
    FRAMES,
    LAG,
    ORDER,
    UNITS,
    STEPS,
    BATCH,
    RATE,
    PREDICT,
    HEBB,
    DECORRELATE,
    STILLS,
    MOVIES,
    PERMUTATIONS,
    ABLATIONS,
    SEEDS,
    END
};

static const struct ecp_field fields[] = {
    [PATTERNS] = {"patterns", "1", 6, 2, 50, "that move", ECP_WHOLE},
    [SIDE] = {"side", "1", 12, 4, 64, "pixels along a side of the retina", ECP_WHOLE},
    [SIZE] = {"size", "1", 2.2, 0.2, 20, "standard deviation of a pattern's window, pixels",
              ECP_PARAM},
    [SPEED] = {"speed", "1", 1.2, 0, 32, "mean drift, pixels a frame", ECP_PARAM},
    [TURN] = {"turn", "1", 0.25, 0, 3.2, "mean turning, radians a frame", ECP_PARAM},
    [NOISE] = {"noise", "1", 0.1, 0, 100,
               "standard deviation of noise in each pixel, in those of the patterns", ECP_PARAM},
    [FRAMES] = {"frames", "1", 20, 3, 1000, "of a movie", ECP_WHOLE},
    [LAG] = {"lag", "1", 2, 1, 1000, "frames between the two that are made alike", ECP_WHOLE},
    [ORDER] = {"order", "1", 0, 0, 2,
               "second frame of a pair in learnt: `lag` later; any of the same movie; any of any",
               ECP_PARAM},
    [UNITS] = {"units", "1", 100, 2, 1e4, "of each of the three layers", ECP_WHOLE},
    [STEPS] = {"steps", "1", 2000, 1, 1e7, "batches to learn from", ECP_WHOLE},
    [BATCH] = {"batch", "1", 128, 2, 10000, "pairs of frames in a batch", ECP_WHOLE},
    [RATE] = {"rate", "1", 1e-3, 1e-6, 1, "of learning (Adam)", ECP_PARAM},
    [PREDICT] = {"predict", "1", 1, 0, 1e3, "weight of the predictive part", ECP_PARAM},
    [HEBB] = {"hebb", "1", 1, 0, 1e3, "weight of the Hebbian part", ECP_PARAM},
    [DECORRELATE] = {"decorrelate", "1", 10, 0, 1e4, "weight of the decorrelation", ECP_PARAM},
    [STILLS] = {"stills", "1", 1600, 100, 1e5, "single views to decode", ECP_WHOLE},
    [MOVIES] = {"movies", "1", 40, 2, 1e4, "to test with", ECP_WHOLE},
    [PERMUTATIONS] = {"permutations", "1", 200, 0, 1e6, "of the conditions of the model RDM",
                      ECP_WHOLE},
    [ABLATIONS] = {"ablations", "1", 1, 0, 1, "1: also without each part of the rule", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, ECP_MOVIES_MOST_SEEDS, "patterns, movies and networks",
               ECP_WHOLE},
    [END] = {0}};

enum { TRUE_ORDER, WITHIN, ANY };
static const struct ecp_choice choices[] = {{"order", "true within any"}, {NULL, NULL}};

enum { STREAM_FIRST = 0x4d5655, STREAM_OTHER, STREAM_NOISE };
enum { POOL = 1 << 17 /* normal numbers that noise is taken from, more than a batch has */ };

/* ---- pairs of frames ------------------------------ */

struct teacher {
    const struct ecp_movies_world *world;
    const struct ecp_movies_setup *setup;
    const double *param;
    int order;
    size_t pixels;
    struct ecp_chance first, other, noise;
    double *pool; /* POOL + pixels */
};

/* A movie, and two of its frames that are not of those that training leaves out. */
static void any_pair(const struct teacher *t, struct ecp_chance *chance, int within,
                     struct ecp_movies_view *a, struct ecp_movies_view *b)
{
    const uint64_t frames = t->setup->frames, lag = (uint64_t)t->param[LAG];
    do {
        const struct ecp_movies_movie movie = ecp_movies_any(t->setup, chance, 0);
        const uint64_t at = ecp_chance_below(chance, frames - lag);
        const uint64_t then = within ? ecp_chance_below(chance, frames) : at + lag;
        *a = ecp_movies_at(&movie, (double)at);
        *b = ecp_movies_at(&movie, (double)then);
    } while (ecp_movies_is_unseen(t->setup, *a) || ecp_movies_is_unseen(t->setup, *b));
}

/* A frame with noise: numbers of the pool from a random place on. */
static void look(struct teacher *t, struct ecp_movies_view view, double *out)
{
    const double *noise = t->pool + ecp_chance_below(&t->noise, POOL);
    ecp_movies_frame(t->world, view, out);
    for (size_t k = 0; k < t->pixels; k++)
        out[k] += noise[k];
}

static enum ecp_status make_pool(struct teacher *t)
{
    t->pool = malloc((POOL + t->pixels) * sizeof *t->pool);
    if (!t->pool)
        return ecp_fail(ECP_ENOMEM, "no memory for noise");
    ecp_chance_normals(&t->noise, POOL + t->pixels, t->pool);
    for (size_t k = 0; k < POOL + t->pixels; k++)
        t->pool[k] *= t->param[NOISE];
    return ECP_OK;
}

static void draw_batch(struct teacher *t, size_t n, double *x, double *view)
{
    for (size_t k = 0; k < n; k++) {
        struct ecp_movies_view a, b, none;
        any_pair(t, &t->first, t->order == WITHIN, &a, &b);
        if (t->order == ANY)
            any_pair(t, &t->other, 0, &none, &b);
        look(t, a, x + k * t->pixels);
        look(t, b, view + k * t->pixels);
    }
}

/* ---- one network ------------------------------ */

struct work {
    struct ecp_experiment *experiment;
    const double *param;
    struct ecp_movies_setup setup;
    struct ecp_movies_world *world[ECP_MOVIES_MOST_SEEDS];
    struct ecp_movies_test test[ECP_MOVIES_MOST_SEEDS];
    struct ecp_movies_outcome *outcome;
    int stopped;
};

static struct ecp_latent_loss loss_of(const double *param, int condition)
{
    const double decorrelate = condition == ECP_MOVIES_DECORRELATE_OFF ? 0 : param[DECORRELATE];
    return (struct ecp_latent_loss){.predict =
                                        condition == ECP_MOVIES_PREDICT_OFF ? 0 : param[PREDICT],
                                    .hebb = condition == ECP_MOVIES_HEBB_OFF ? 0 : param[HEBB],
                                    .decorrelate = decorrelate,
                                    .epsilon = 1e-4};
}

static uint64_t seed_of(const struct work *w, size_t s)
{
    return ecp_experiment_seed(w->experiment) * 1000 + s;
}

/* The first thread tells how far it is; all stop when it is told to. */
static void tell(struct work *w, size_t job, double share)
{
    const double jobs = (double)w->outcome->seeds * w->outcome->conditions;
    if (omp_get_thread_num() == 0 &&
        ecp_experiment_progress(w->experiment, 0.98 * ((double)job + share) / jobs, "learning") !=
            ECP_OK)
        w->stopped = 1;
}

static enum ecp_status learn(struct work *w, size_t s, int condition, size_t job,
                             struct ecp_latent *latent)
{
    const double *param = w->param;
    const size_t batch = (size_t)param[BATCH], pixels = w->setup.side * w->setup.side;
    const size_t steps = condition == ECP_MOVIES_BEFORE ? 0 : (size_t)param[STEPS];
    struct teacher t = {.world = w->world[s],
                        .setup = &w->setup,
                        .param = param,
                        .order = condition == ECP_MOVIES_SHUFFLED ? ANY
                                 : condition == ECP_MOVIES_LEARNT ? (int)param[ORDER]
                                                                  : TRUE_ORDER,
                        .pixels = pixels,
                        .first = ecp_chance(seed_of(w, s), STREAM_FIRST, 0),
                        .other = ecp_chance(seed_of(w, s), STREAM_OTHER, 0),
                        .noise = ecp_chance(seed_of(w, s), STREAM_NOISE, 0)};
    double *x = malloc(2 * batch * pixels * sizeof *x);
    enum ecp_status status = ECP_OK;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for batches of %zu pairs of frames", batch);
    if (steps > 0)
        ECP_TRY(make_pool(&t));
    for (size_t k = 0; k < steps && !w->stopped; k++) {
        draw_batch(&t, batch, x, x + batch * pixels);
        ECP_TRY(ecp_latent_train(latent, x, x + batch * pixels));
        tell(w, job, (double)k / (double)steps);
    }
done:
    free(x);
    free(t.pool);
    return status;
}

static enum ecp_status score_layers(struct work *w, size_t s, int condition,
                                    const struct ecp_latent *latent)
{
    const struct ecp_movies_test *test = &w->test[s];
    struct ecp_movies_outcome *o = w->outcome;
    const size_t units = (size_t)w->param[UNITS];
    const size_t after = test->n - test->n_views;
    const size_t first = condition == ECP_MOVIES_LEARNT ? 1 : ECP_MOVIES_LAYERS;
    double *x = malloc(test->n * units * sizeof *x);
    enum ecp_status status = ECP_OK;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for responses to %zu frames", test->n);
    for (size_t layer = first; layer <= ECP_MOVIES_LAYERS; layer++) {
        ECP_TRY(ecp_latent_activity(latent, test->n, test->frame, layer, x));
        ECP_TRY(ecp_movies_score(test, units, x, seed_of(w, s), o->score[condition][layer][s]));
    }
    ecp_movies_rdm(test, units, x + after * units, o->rdm[condition] + s * test->n_pairs);
done:
    free(x);
    return status;
}

static enum ecp_status live(struct work *w, size_t s, int condition, size_t job)
{
    const struct ecp_movies_test *test = &w->test[s];
    const size_t units = (size_t)w->param[UNITS];
    const size_t size[ECP_MOVIES_LAYERS + 1] = {test->pixels, units, units, units};
    const struct ecp_latent_setup setup = {.n_layers = ECP_MOVIES_LAYERS,
                                           .pairs = (size_t)w->param[BATCH],
                                           .size = size,
                                           .loss = loss_of(w->param, condition),
                                           .rate = w->param[RATE],
                                           .decay = 1.5e-6,
                                           .seed = seed_of(w, s)};
    struct ecp_latent *latent = NULL;
    enum ecp_status status;
    if (condition == ECP_MOVIES_PIXELS) {
        ecp_movies_rdm(test, test->pixels, test->frame + (test->n - test->n_views) * test->pixels,
                       w->outcome->rdm[condition] + s * test->n_pairs);
        return ecp_movies_score(test, test->pixels, test->frame, seed_of(w, s),
                                w->outcome->score[condition][0][s]);
    }
    ECP_TRY(ecp_latent_create(&setup, &latent));
    ECP_TRY(learn(w, s, condition, job, latent));
    if (!w->stopped)
        status = score_layers(w, s, condition, latent);
done:
    ecp_latent_destroy(latent);
    return status;
}

/* ---- all ------------------------------ */

static enum ecp_status prepare(struct work *w)
{
    const double *param = w->param;
    struct ecp_movies_outcome *o = w->outcome;
    enum ecp_status status = ECP_OK;
    for (size_t s = 0; s < o->seeds; s++) {
        ECP_TRY(ecp_movies_create(&w->setup, seed_of(w, s), &w->world[s]));
        ECP_TRY(ecp_movies_show(w->experiment, w->world[s], &w->setup, (size_t)param[STILLS],
                                (size_t)param[MOVIES], param[NOISE], seed_of(w, s), &w->test[s]));
    }
    for (int c = 0; c < o->conditions; c++) {
        o->rdm[c] =
            ecp_experiment_alloc(w->experiment, o->seeds * w->test[0].n_pairs, sizeof *o->rdm[c]);
        if (!o->rdm[c])
            return ecp_fail(ECP_ENOMEM, "no memory for dissimilarities");
    }
    o->test = &w->test[0];
    o->setup = &w->setup;
done:
    return status;
}

/* Each network is one thread's. */
static enum ecp_status live_all(struct work *w)
{
    const int conditions = w->outcome->conditions, n = conditions * (int)w->outcome->seeds;
    enum ecp_status failed = ECP_OK;
    char why[400] = "";
#pragma omp parallel for schedule(dynamic) num_threads(ecp_experiment_threads(w->experiment))
    for (int k = 0; k < n; k++) {
        if (w->stopped)
            continue;
        const enum ecp_status status = live(w, (size_t)(k / conditions), k % conditions, (size_t)k);
        if (status != ECP_OK)
#pragma omp critical(lpl_movies)
        {
            failed = status;
            (void)snprintf(why, sizeof why, "%s", ecp_error_message());
        }
    }
    if (w->stopped)
        return ecp_experiment_progress(w->experiment, 0.98, "learning");
    return failed == ECP_OK ? ECP_OK : ecp_fail(failed, "%s", why);
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct work *w = ecp_experiment_alloc(e, 1, sizeof *w);
    struct ecp_movies_outcome *o = ecp_experiment_alloc(e, 1, sizeof *o);
    enum ecp_status status;
    if (!w || !o)
        return ecp_fail(ECP_ENOMEM, "no memory for scores");
    o->seeds = (size_t)param[SEEDS];
    o->conditions = param[ABLATIONS] > 0 ? ECP_MOVIES_CONDITIONS : ECP_MOVIES_LEARNT + 1;
    *w = (struct work){.experiment = e,
                       .param = param,
                       .outcome = o,
                       .setup = {.patterns = (size_t)param[PATTERNS],
                                 .side = (size_t)param[SIDE],
                                 .size = param[SIZE],
                                 .speed = param[SPEED],
                                 .turn = param[TURN],
                                 .frames = (size_t)param[FRAMES]}};
    ECP_TRY(prepare(w));
    ECP_TRY(live_all(w));
    ECP_TRY(ecp_experiment_progress(e, 0.98, "agreement over seeds"));
    for (int c = 0; c < o->conditions; c++)
        ECP_TRY(ecp_movies_agree(o->test, o->seeds, o->rdm[c], (size_t)param[PERMUTATIONS],
                                 ecp_experiment_seed(e), &o->agreement[c]));
    status = ecp_movies_tell(e, o);
done:
    for (size_t s = 0; w && s < ECP_MOVIES_MOST_SEEDS; s++)
        ecp_movies_destroy(w->world[s]);
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    if (param[LAG] >= param[FRAMES])
        return ecp_fail(ECP_ECONFIG, "lag (%g frames) must be shorter than a movie (frames: %g)",
                        param[LAG], param[FRAMES]);
    if (3 * param[SIZE] > param[SIDE])
        return ecp_fail(ECP_ECONFIG,
                        "size (%g pixels) is too large for a retina of %g pixels a side; allowed: "
                        "up to a third of it",
                        param[SIZE], param[SIDE]);
    if (param[STILLS] < 50 * param[PATTERNS])
        return ecp_fail(ECP_ECONFIG,
                        "stills (%g) are too few for %g patterns; allowed: 50 for each, or more",
                        param[STILLS], param[PATTERNS]);
    return ecp_movies_claim(plan, param[ABLATIONS] > 0, (size_t)param[PATTERNS]);
}

const struct ecp_scenario ecp_scenario_lpl_movies = {
    .name = "lpl_movies",
    .question = "How does a network learn what matters in its input?",
    .summary = "layers that learn from drifting and turning patterns: invariance, straightening, "
               "agreement of RDMs",
    .equations = "a layer lowers mean (z(t) - z(t - lag))^2 - mean ln(var z + 1e-4)\n"
                 "    + 10 sum over i != k of C_ik^2/(M^2 - M); none passes to the layer before\n"
                 "invariance: linear discriminants name patterns at other places and angles\n"
                 "curvature: mean angle of successive steps; RDM: r with that of patterns",
    .reference =
        "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y; Henaff, Goris & Simoncelli "
        "2019, doi:10.1038/s41593-019-0377-4",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = ecp_movies_results,
    .run = run};
