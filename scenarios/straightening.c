/* straightening.c -- does a layer that learns to be robust to noise straighten what moves?
 *
 * Movies: windows of `side` x `side` pixels glide and turn over textures (amplitude of spatial
 * frequency f falls as f^-slope, random phases). From frame to frame the pixels follow a path
 * that bends by some 80 degrees (measure `straightening`).
 *
 * A layer of rectified units, h = max(0, W x + b), is trained together with a linear decoder
 * to tell the frame that was there from the frame with white noise added: mean square error,
 * Adam, single frames in random order. It never sees two frames that follow each other, nor
 * the textures of the movies that it is tested with. Beside it: the same layer untrained, and
 * the same layer trained in the same way without noise.
 *
 * What noise teaches is to lean on low spatial frequencies, which stand out of it; these move
 * by less of their period from one frame to the next, so that the path bends less. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "engine/adam.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"
#include "engine/matrix.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "engine/sheet.h"

enum {
    NOISE,
    UNITS,
    STEPS,
    BATCH,
    RATE,
    SIDE,
    SLOPE,
    TEXTURES,
    SPEED,
    TURN,
    FRAMES,
    MOVIES,
    SEEDS,
    END
};

static const struct ecp_field fields[] = {
    [NOISE] = {"noise", "1", 2, 0, 100,
               "standard deviation of the noise in training, in those of the pixels", ECP_PARAM},
    [UNITS] = {"units", "1", 200, 1, 1e5, "of the layer", ECP_WHOLE},
    [STEPS] = {"steps", "1", 3000, 1, 1e7, "of training", ECP_WHOLE},
    [BATCH] = {"batch", "1", 64, 1, 1e5, "frames of a step", ECP_WHOLE},
    [RATE] = {"rate", "1", 1e-3, 1e-9, 1, "of Adam", ECP_PARAM},
    [SIDE] = {"side", "1", 12, 3, 32, "pixels along a side of a frame", ECP_WHOLE},
    [SLOPE] = {"slope", "1", 0.8, 0, 4, "textures: amplitude falls as f^-slope", ECP_PARAM},
    [TEXTURES] = {"textures", "1", 30, 1, 1e4, "to train with, and others to test with", ECP_WHOLE},
    [SPEED] = {"speed", "1", 0.7, 0, 32, "mean, pixels a frame", ECP_PARAM},
    [TURN] = {"turn", "1", 0.06, 0, 3.2, "standard deviation, radians a frame", ECP_PARAM},
    [FRAMES] = {"frames", "1", 11, 3, 1000, "of a movie", ECP_WHOLE},
    [MOVIES] = {"movies", "1", 40, 1, 1e5, "to test with", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "textures, layers and movies", ECP_WHOLE},
    [END] = {0}};

enum {
    INPUT,
    UNTRAINED,
    CONTROL,
    ROBUST,
    STRAIGHTENED,
    BY_CONTROL,
    BEYOND,
    SENSITIVITY,
    CONTROL_SENSITIVITY,
    LOSS,
    RESULTS
};

static const struct ecp_field results[] = {
    [INPUT] = {"input", "deg", 0, 0, 0, "curvature of the pixels' path, mean of seeds", ECP_RESULT},
    [UNTRAINED] = {"untrained", "deg", 0, 0, 0, "of the untrained layer", ECP_RESULT},
    [CONTROL] = {"control", "deg", 0, 0, 0, "of the layer trained without noise", ECP_RESULT},
    [ROBUST] = {"robust", "deg", 0, 0, 0, "of the layer trained with noise", ECP_RESULT},
    [STRAIGHTENED] = {"straightened", "deg", 0, 0, 0, "input less robust, the least of any seed",
                      ECP_RESULT},
    [BY_CONTROL] = {"by_control", "deg", 0, 0, 0, "input less control, the largest of any seed",
                    ECP_RESULT},
    [BEYOND] = {"beyond", "deg", 0, 0, 0, "control less robust, the least of any seed", ECP_RESULT},
    [SENSITIVITY] = {"sensitivity", "1", 0, 0, 0,
                     "of the robust layer: mean square change by noise over variance between "
                     "frames, mean of seeds",
                     ECP_RESULT},
    [CONTROL_SENSITIVITY] = {"control_sensitivity", "1", 0, 0, 0, "of the control", ECP_RESULT},
    [LOSS] = {"loss", "1", 0, 0, 0,
              "mean square error of the robust layer at the end, mean of seeds", ECP_RESULT},
    [RESULTS] = {0}};

#include "scenarios/straightening_movies.h"

/* ---- the layer ------------------------------------------------------------------------------- */

/* Weights of the layer (units x pixels), its biases, those of the decoder (pixels x units) and
 * its biases, in one piece. */
struct layer {
    size_t pixels, units, n; /* n: all weights */
    double *w, *b, *decoder, *offset;
    double loss; /* mean of the last tenth of the steps */
};

static struct layer layer_in(const double *param, double *room)
{
    struct layer l = {.pixels = (size_t)(param[SIDE] * param[SIDE]), .units = (size_t)param[UNITS]};
    l.n = 2 * l.pixels * l.units + l.pixels + l.units;
    l.w = room;
    l.b = l.w + l.units * l.pixels;
    l.decoder = l.b + l.units;
    l.offset = l.decoder + l.pixels * l.units;
    return l;
}

static void begin(struct layer *l, uint64_t seed)
{
    struct ecp_chance chance = ecp_chance(seed, STREAM_LAYER, 0);
    memset(l->w, 0, l->n * sizeof *l->w);
    for (size_t k = 0; k < l->units * l->pixels; k++)
        l->w[k] = (2 * ecp_chance_uniform(&chance) - 1) * sqrt(3 / (double)l->pixels);
    for (size_t k = 0; k < l->units * l->pixels; k++)
        l->decoder[k] = (2 * ecp_chance_uniform(&chance) - 1) / sqrt((double)l->units);
}

/* h (n x units) for frames x (n x pixels). */
static void answer(const struct layer *l, size_t n, const double *x, double *h)
{
    ecp_matrix_abt(n, l->units, l->pixels, x, l->w, h);
    for (size_t k = 0; k < n * l->units; k++)
        h[k] = fmax(0, h[k] + l->b[k % l->units]);
}

struct batch {
    size_t n;
    double *clean, *noisy, *h, *error, *back;
    double *gradient; /* as the weights of a layer */
};

/* Mean square error of a batch, and its gradient. */
static double descend(const struct layer *l, const double *param, struct batch *b)
{
    const size_t n = b->n, p = l->pixels, u = l->units;
    struct layer g = layer_in(param, b->gradient);
    double loss = 0;
    answer(l, n, b->noisy, b->h);
    ecp_matrix_abt(n, p, u, b->h, l->decoder, b->error);
    memset(g.b, 0, u * sizeof *g.b);
    memset(g.offset, 0, p * sizeof *g.offset);
    for (size_t k = 0; k < n * p; k++) {
        const double e = b->error[k] + l->offset[k % p] - b->clean[k];
        loss += e * e / (double)(n * p);
        b->error[k] = 2 * e / (double)n;
        g.offset[k % p] += b->error[k];
    }
    ecp_matrix_atb(p, u, n, b->error, b->h, g.decoder);
    ecp_matrix_ab(n, u, p, b->error, l->decoder, b->back);
    for (size_t k = 0; k < n * u; k++) {
        b->back[k] = b->h[k] > 0 ? b->back[k] : 0;
        g.b[k % u] += b->back[k];
    }
    ecp_matrix_atb(u, p, n, b->back, b->noisy, g.w);
    return loss;
}

/* Windows of the textures, upright, in whole pixels. */
static void draw_batch(const double *param, const double *maps, struct ecp_chance *chance,
                       double noise, struct batch *b)
{
    const size_t side = (size_t)param[SIDE], p = side * side;
    for (size_t k = 0; k < b->n; k++) {
        const double *map = maps + CELLS * ecp_chance_below(chance, (uint64_t)param[TEXTURES]);
        const size_t y = ecp_chance_below(chance, MAP), x = ecp_chance_below(chance, MAP);
        for (size_t j = 0; j < p; j++)
            b->clean[k * p + j] = map[(y + j / side) % MAP * MAP + (x + j % side) % MAP];
    }
    ecp_chance_normals(chance, b->n * p, b->noisy);
    for (size_t k = 0; k < b->n * p; k++)
        b->noisy[k] = b->clean[k] + noise * b->noisy[k];
}

/* ---- one seed ----------------------------------------------------------------------------------
 */

enum { KINDS = 3 }; /* untrained, control, robust */

struct trial {
    double *maps;  /* 2 textures x CELLS: to train, to test with */
    double *movie; /* movies x frames x pixels */
    struct layer layer[KINDS];
    double curvature[1 + KINDS]; /* of the input, and of the layers */
    double sensitivity[KINDS];
};

struct work {
    struct ecp_experiment *experiment;
    const double *param;
    struct trial *trial;
    int stopped;
};

static enum ecp_status set_up(struct ecp_experiment *e, const double *param, size_t s,
                              struct trial *t)
{
    const size_t textures = 2 * (size_t)param[TEXTURES], movies = (size_t)param[MOVIES];
    const size_t size = (size_t)(param[FRAMES] * param[SIDE] * param[SIDE]);
    const uint64_t seed = ecp_experiment_seed(e) + s;
    struct waves *waves = ecp_experiment_alloc(e, 1, sizeof *waves);
    double *work = ecp_experiment_alloc(e, 5 * (size_t)CELLS, sizeof *work);
    t->maps = ecp_experiment_alloc(e, textures * CELLS, sizeof *t->maps);
    t->movie = ecp_experiment_alloc(e, movies * size, sizeof *t->movie);
    if (!waves || !work || !t->maps || !t->movie)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu textures", textures);
    prepare(param[SLOPE], waves);
    for (size_t k = 0; k < textures; k++) {
        struct ecp_chance chance = ecp_chance(seed, STREAM_TEXTURE, (uint32_t)k);
        texture(waves, &chance, work, t->maps + k * CELLS);
    }
    for (size_t k = 0; k < movies; k++) {
        struct ecp_chance chance = ecp_chance(seed, STREAM_MOVIE, (uint32_t)k);
        const size_t map = textures / 2 + ecp_chance_below(&chance, textures / 2);
        movie(param, t->maps + map * CELLS, &chance, t->movie + k * size);
    }
    for (int k = 0; k < KINDS; k++) {
        t->layer[k] = layer_in(param, NULL);
        double *room = ecp_experiment_alloc(e, t->layer[k].n, sizeof *room);
        if (!room)
            return ecp_fail(ECP_ENOMEM, "no memory for a layer");
        t->layer[k] = layer_in(param, room);
        begin(&t->layer[k], seed);
    }
    return ECP_OK;
}

static enum ecp_status make_batch(const struct layer *l, size_t n, struct batch *b)
{
    const size_t all = n * (3 * l->pixels + 2 * l->units) + l->n;
    double *room = malloc(all * sizeof *room);
    if (!room)
        return ECP_ENOMEM;
    *b = (struct batch){.n = n, .clean = room};
    b->noisy = b->clean + n * l->pixels;
    b->error = b->noisy + n * l->pixels;
    b->h = b->error + n * l->pixels;
    b->back = b->h + n * l->units;
    b->gradient = b->back + n * l->units;
    return ECP_OK;
}

static enum ecp_status train(struct work *w, size_t s, int kind)
{
    const double *param = w->param;
    struct trial *t = &w->trial[s];
    struct layer *l = &t->layer[kind];
    const size_t steps = (size_t)param[STEPS], seeds = (size_t)param[SEEDS];
    const double noise = kind == KINDS - 1 ? param[NOISE] : 0;
    struct ecp_chance chance = ecp_chance(ecp_experiment_seed(w->experiment) + s, STREAM_TRAIN, 0);
    struct ecp_adam adam = {0};
    struct batch b = {0};
    size_t counted = 0;
    enum ecp_status status;
    ECP_TRY(make_batch(l, (size_t)param[BATCH], &b));
    ECP_TRY(ecp_adam_init(&adam, l->n, param[RATE]));
    for (size_t k = 0; k < steps && !w->stopped; k++) {
        draw_batch(param, t->maps, &chance, noise, &b);
        const double loss = descend(l, param, &b);
        ecp_adam_step(&adam, b.gradient, l->w);
        if (k >= steps - (steps + 9) / 10) {
            l->loss += loss;
            counted++;
        }
        const double done =
            ((double)(2 * s + (size_t)kind - 1) + (double)k / (double)steps) / (2 * (double)seeds);
        if (omp_get_thread_num() == 0 &&
            ecp_experiment_progress(w->experiment, 0.05 + 0.9 * done, "training") != ECP_OK)
            w->stopped = 1;
    }
    l->loss /= counted > 0 ? (double)counted : NAN;
done:
    ecp_adam_clear(&adam);
    free(b.clean);
    return status;
}

/* All layers; each is one thread's. */
static enum ecp_status train_all(struct work *w)
{
    const int n = 2 * (int)w->param[SEEDS];
    enum ecp_status failed = ECP_OK;
#pragma omp parallel for schedule(dynamic)
    for (int k = 0; k < n; k++) {
        const enum ecp_status status = train(w, (size_t)k / 2, 1 + k % 2);
        if (status != ECP_OK)
#pragma omp critical(straightening)
            failed = status;
    }
    if (w->stopped)
        return ecp_experiment_progress(w->experiment, 0.9, "training");
    return failed == ECP_OK ? ECP_OK : ecp_fail(failed, "no memory to train the layers");
}

/* ---- tests -------------------------------------------------------------------------------------
 */

/* How much noise moves the answers to frames, in units of how much they differ. */
static double sensitivity(const struct layer *l, double noise, size_t n, const double *x, double *h,
                          double *noisy, double *moved)
{
    struct ecp_chance chance = ecp_chance(1, STREAM_PROBE, 0);
    double change = 0, variance = 0;
    ecp_chance_normals(&chance, n * l->pixels, noisy);
    for (size_t k = 0; k < n * l->pixels; k++)
        noisy[k] = x[k] + noise * noisy[k];
    answer(l, n, x, h);
    answer(l, n, noisy, moved);
    for (size_t u = 0; u < l->units; u++) {
        double mean = 0;
        for (size_t k = 0; k < n; k++)
            mean += h[k * l->units + u] / (double)n;
        for (size_t k = 0; k < n; k++) {
            const double d = h[k * l->units + u] - mean;
            const double m = moved[k * l->units + u] - h[k * l->units + u];
            variance += d * d;
            change += m * m;
        }
    }
    return change / variance;
}

/* Mean over the movies, by measure `straightening`; x: movies x frames x p. */
static enum ecp_status curvature(const struct work *w, size_t p, const double *x, double *out)
{
    const size_t frames = (size_t)w->param[FRAMES], n = frames * (size_t)w->param[MOVIES];
    const struct ecp_analysis *measure;
    struct ecp_dataset *set = NULL;
    struct ecp_sheet *sheet = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_analysis_find("straightening", &measure));
    ECP_TRY(ecp_dataset_create("movies", &set));
    double *number = ecp_dataset_alloc(set, n, sizeof *number);
    double *param = ecp_dataset_alloc(set, ecp_field_count(measure->fields), sizeof *param);
    const struct ecp_label label = {.name = "movie", .number = number};
    if (!number || !param) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the curvature of %zu frames", n);
        goto done;
    }
    for (size_t k = 0; k < n; k++)
        number[k] = (double)(k / frames);
    for (size_t k = 0; k < ecp_field_count(measure->fields); k++)
        param[k] = measure->fields[k].initial;
    param[ecp_field_find(measure->fields, "sequence")] = 1;
    set->n_conditions = n;
    set->n_units = p;
    set->mean = x;
    set->n_condition_labels = 1;
    set->condition_label = &label;
    ECP_TRY(ecp_sheet_create(&sheet));
    const struct ecp_sheet_call call = {.measure = measure, .param = param, .data = set};
    ECP_TRY(ecp_sheet_score(sheet, &call));
    *out = ecp_sheet_value(sheet, "straightening", "curvature", NULL);
done:
    ecp_sheet_destroy(sheet);
    ecp_dataset_destroy(set);
    return status;
}

static enum ecp_status test(const struct work *w, struct trial *t)
{
    const double *param = w->param;
    const size_t frames = (size_t)param[FRAMES], movies = (size_t)param[MOVIES];
    const size_t p = t->layer[0].pixels, u = t->layer[0].units, n = frames * movies;
    double *h = malloc((n * (2 * u + p) + 1) * sizeof *h);
    enum ecp_status status;
    if (!h)
        return ecp_fail(ECP_ENOMEM, "no memory for the answers to %zu movies", movies);
    ECP_TRY(curvature(w, p, t->movie, &t->curvature[0]));
    for (int kind = 0; kind < KINDS; kind++) {
        t->sensitivity[kind] =
            sensitivity(&t->layer[kind], 1, n, t->movie, h, h + 2 * n * u, h + n * u);
        ECP_TRY(curvature(w, u, h, &t->curvature[1 + kind]));
    }
done:
    free(h);
    return status;
}

static void put(const struct work *w)
{
    const size_t seeds = (size_t)w->param[SEEDS];
    struct ecp_experiment *e = w->experiment;
    double mean[1 + KINDS] = {0}, least = INFINITY, most = -INFINITY, beyond = INFINITY, loss = 0,
                    sensitive[KINDS] = {0};
    for (size_t s = 0; s < seeds; s++) {
        const double *c = w->trial[s].curvature;
        for (int k = 0; k <= KINDS; k++)
            mean[k] += c[k] / (double)seeds;
        for (int k = 0; k < KINDS; k++)
            sensitive[k] += w->trial[s].sensitivity[k] / (double)seeds;
        least = fmin(least, c[0] - c[3]);
        most = fmax(most, c[0] - c[2]);
        beyond = fmin(beyond, c[2] - c[3]);
        loss += w->trial[s].layer[2].loss / (double)seeds;
    }
    for (int k = 0; k <= KINDS; k++)
        ecp_experiment_result(e, INPUT + k, mean[k]);
    ecp_experiment_result(e, STRAIGHTENED, least);
    ecp_experiment_result(e, BY_CONTROL, most);
    ecp_experiment_result(e, BEYOND, beyond);
    ecp_experiment_result(e, SENSITIVITY, sensitive[2]);
    ecp_experiment_result(e, CONTROL_SENSITIVITY, sensitive[1]);
    ecp_experiment_result(e, LOSS, loss);
}

#include "scenarios/straightening_show.h"

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t seeds = (size_t)param[SEEDS];
    struct work w = {.experiment = e, .param = param};
    enum ecp_status status;
    w.trial = ecp_experiment_alloc(e, seeds, sizeof *w.trial);
    if (!w.trial)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu seeds", seeds);
    ECP_TRY(ecp_experiment_progress(e, 0, "textures"));
    for (size_t s = 0; s < seeds; s++)
        ECP_TRY(set_up(e, param, s, &w.trial[s]));
    ECP_TRY(train_all(&w));
    for (size_t s = 0; s < seeds; s++)
        ECP_TRY(test(&w, &w.trial[s]));
    put(&w);
    status = show(&w);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char robust[] = "Toosi & Issa 2023 (ICLR), arXiv 2308.13870: robustness to noise "
                                 "at the input straightens, without movies or prediction";
    static const char control[] = "the same training without noise does not";
    static const char natural[] = "movies bend as natural ones do (Henaff et al. 2019: 92 degrees "
                                  "in pixels on average)";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"straightening.input", 60, 110, natural},
                  {"straightening.straightened", 5, INFINITY, robust},
                  {"straightening.beyond", 10, INFINITY, robust},
                  {"straightening.by_control", -INFINITY, 2, control}};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
    (void)param;
done:
    return status;
}

const struct ecp_scenario ecp_scenario_straightening = {
    .name = "straightening",
    .question = "Does a model see as the brain does?",
    .summary = "a layer trained to be robust to noise straightens the paths of movies",
    .equations = "h = max(0, W x + b); min |D h(x + noise) + d - x|^2 over frames x, Adam\n"
                 "curvature: mean angle between successive steps of h(x_1), h(x_2) ...",
    .reference = "Henaff et al. 2019, doi:10.1038/s41593-019-0377-4; Toosi & Issa 2023, "
                 "doi:10.48550/arXiv.2308.13870",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
