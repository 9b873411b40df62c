/* astrocyte_working_memory.c -- a network of neurons that keeps nothing in its synapses, and
 * astrocytes that keep a pattern for seconds (Gordleeva et al. 2021).
 *
 * Patterns are digits on the grid of neurons. Some are shown strongly (each pixel a current of
 * `learn_current`), then, from `test_start` on, these and others in turn, weakly and with more
 * noise. Where neurons fire fast and together, calcium rises in the astrocytes above them and stays
 * up for seconds; there, synapses are strengthened as soon as a cue makes neurons fire together
 * again. Spikes in the 250 ms after a cue's begin are compared with the digit:
 *
 *   similarity = (share of its neurons with more than n spikes + share of others with not more)/2
 *
 * n is the one that suits the learnt digits of a run best. So it was published (as
 * "correlation"). A cue itself has a similarity of 1 - cue_noise. New digits lie aside, by half of
 * the grid. Four runs a seed: as it is; without the boost of synapses; with cues at `late_start`,
 * when calcium is down again; with new digits where the learnt ones were. The network:
 * engine/zone_network.h. */
#include <math.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "engine/zone_network.h"

enum {
    ZONES,
    PATTERNS,
    TARGETS,
    REACH,
    G_SYN,
    BOOST,
    CA_TH,
    D_CA,
    D_IP3,
    NOISE,
    NOISE_RATE,
    LEARN_CURRENT,
    LEARN_TIME,
    LEARN_NOISE,
    CUE_CURRENT,
    CUE_TIME,
    CUE_NOISE,
    ASIDE,
    TEST_START,
    LATE_START,
    SEEDS,
    END
};

static const struct ecp_field fields[] = {
    [ZONES] = {"zones", "1", 26, 8, 200, "astrocytes along a side; 3 zones + 1 neurons", ECP_WHOLE},
    [PATTERNS] = {"patterns", "1", 4, 1, 4, "digits that are learnt, and as many new ones",
                  ECP_WHOLE},
    [TARGETS] = {"targets", "1", 40, 1, 1000, "of a neuron", ECP_WHOLE},
    [REACH] = {"reach", "1", 5, 0.5, 1000, "mean distance of targets in neurons", ECP_PARAM},
    [G_SYN] = {"g_syn", "1", 0.025, 0, 10, "strength of synapses", ECP_PARAM},
    [BOOST] = {"boost", "1", 0.5, 0, 10, "added to it where astrocytes release", ECP_PARAM},
    [CA_TH] = {"ca_th", "umol/L", 0.15, 0.01, 2, "calcium above which they may", ECP_PARAM},
    [D_CA] = {"d_ca", "1/s", 0.05, 0, 10, "coupling of calcium between astrocytes", ECP_PARAM},
    [D_IP3] = {"d_ip3", "1/s", 0.1, 0, 10, "coupling of ip3", ECP_PARAM},
    [NOISE] = {"noise", "1", 20, 0, 100, "largest current of random pulses of 30 ms", ECP_PARAM},
    [NOISE_RATE] = {"noise_rate", "Hz", 1.5, 0, 20, "of these, at each neuron", ECP_PARAM},
    [LEARN_CURRENT] = {"learn_current", "1", 80, 0, 1000, "while learning", ECP_PARAM},
    [LEARN_TIME] = {"learn_time", "ms", 200, 10, 300, "for each digit, one in 300 ms", ECP_PARAM},
    [LEARN_NOISE] = {"learn_noise", "1", 0.05, 0, 0.5, "share of pixels that are turned",
                     ECP_PARAM},
    [CUE_CURRENT] = {"cue_current", "1", 8, 0, 1000, "of a cue", ECP_PARAM},
    [CUE_TIME] = {"cue_time", "ms", 150, 10, 250, "of a cue, one in 400 ms", ECP_PARAM},
    [CUE_NOISE] = {"cue_noise", "1", 0.2, 0, 0.5, "share of pixels that are turned", ECP_PARAM},
    [ASIDE] = {"aside", "1", 0.5, 0, 1, "by which share of the grid new digits are moved",
               ECP_PARAM},
    [TEST_START] = {"test_start", "ms", 2300, 800, 1e5, "first cue", ECP_PARAM},
    [LATE_START] = {"late_start", "ms", 8000, 1000, 1e6, "first cue in the late runs", ECP_PARAM},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "networks and noises", ECP_WHOLE},
    [END] = {0}};

enum {
    LEARNT,
    LEARNT_SPREAD,
    LEARNT_LOW,
    NOVEL,
    NOVEL_HIGH,
    CUE,
    GAP,
    GAP_WITHOUT,
    GAP_LATE,
    LEARNT_WITHOUT,
    LEARNT_LATE,
    COVERED,
    COVERED_OFF,
    LIFETIME,
    RESULTS
};

static const struct ecp_field results[] = {
    [LEARNT] = {"learnt", "1", 0, 0, 0, "similarity to learnt digits, mean over seeds", ECP_RESULT},
    [LEARNT_SPREAD] = {"learnt_spread", "1", 0, 0, 0, "its standard deviation over seeds",
                       ECP_RESULT},
    [LEARNT_LOW] = {"learnt_low", "1", 0, 0, 0, "the lowest of any digit and seed", ECP_RESULT},
    [NOVEL] = {"novel", "1", 0, 0, 0, "similarity to new digits, mean over seeds", ECP_RESULT},
    [NOVEL_HIGH] = {"novel_high", "1", 0, 0, 0, "the highest of any digit and seed", ECP_RESULT},
    [CUE] = {"cue", "1", 0, 0, 0, "similarity of the cues themselves", ECP_RESULT},
    [GAP] = {"gap", "1", 0, 0, 0, "learnt less novel, the least of any seed", ECP_RESULT},
    [GAP_WITHOUT] = {"gap_without", "1", 0, 0, 0, "without the boost, the largest of any seed",
                     ECP_RESULT},
    [GAP_LATE] = {"gap_late", "1", 0, 0, 0, "with late cues, the largest of any seed", ECP_RESULT},
    [LEARNT_WITHOUT] = {"learnt_without", "1", 0, 0, 0, "learnt digits without the boost, mean",
                        ECP_RESULT},
    [LEARNT_LATE] = {"learnt_late", "1", 0, 0, 0, "learnt digits with late cues, mean", ECP_RESULT},
    [COVERED] = {"covered", "1", 0, 0, 0,
                 "similarity to new digits where learnt ones were, mean over seeds", ECP_RESULT},
    [COVERED_OFF] = {"covered_off", "1", 0, 0, 0,
                     "learnt less such new ones, the largest of any seed", ECP_RESULT},
    [LIFETIME] =
        {"lifetime_s", "s", 0, 0, 0,
         "from the last digit's end until half of the astrocytes that rose are below ca_th",
         ECP_RESULT},
    [RESULTS] = {0}};

enum { AS_IT_IS, WITHOUT, LATE, IN_PLACE, RUNS };
enum { MOST_PATTERNS = 4, GLYPH_ROWS = 7, GLYPH_COLUMNS = 5, FRAME = 20 /* ms */ };
enum { LEARN_START = 500, LEARN_EVERY = 300, CUE_EVERY = 400, SEEN = 250 /* ms */ };

/* ---- patterns ------------------------------------------------------------------------ */

/* Learnt: 0 1 2 3; new: 5 6 7 8. A row is five bits. */
static const unsigned char glyph[2 * MOST_PATTERNS][GLYPH_ROWS] = {
    {14, 17, 17, 17, 17, 17, 14}, {4, 12, 4, 4, 4, 4, 14},     {14, 17, 1, 2, 4, 8, 31},
    {31, 1, 2, 6, 1, 17, 14},     {31, 16, 30, 1, 1, 17, 14},  {6, 8, 16, 30, 17, 17, 14},
    {31, 1, 2, 4, 4, 4, 4},       {14, 17, 17, 14, 17, 17, 14}};

/* Moved to the right by `aside` columns, round the edge. */
static int is_on(size_t digit, size_t side, size_t aside, size_t j)
{
    const size_t cell = side / (GLYPH_ROWS + 1);
    const size_t top = (side - GLYPH_ROWS * cell) / 2, left = (side - GLYPH_COLUMNS * cell) / 2;
    const size_t row = j / side, column = (j % side + side - aside) % side;
    if (row < top || column < left)
        return 0;
    const size_t y = (row - top) / cell, x = (column - left) / cell;
    return y < GLYPH_ROWS && x < GLYPH_COLUMNS &&
           (glyph[digit][y] >> (GLYPH_COLUMNS - 1 - x) & 1) != 0;
}

/* A digit of which a share of all pixels is turned; a pixel that is on has `current`. */
struct picture {
    size_t digit, side, aside;
    double share, current;
};

static void show(struct ecp_chance *chance, const struct picture *p, size_t *order, double *out)
{
    const size_t n = p->side * p->side;
    ecp_chance_order(chance, n, order);
    for (size_t j = 0; j < n; j++)
        out[j] = is_on(p->digit, p->side, p->aside, j) ? p->current : 0;
    for (size_t k = 0; k < (size_t)(p->share * (double)n); k++)
        out[order[k]] = p->current - out[order[k]];
}

/* ---- one run -------------------------------------------------------------------------- */

struct outcome {
    double similarity[2 * MOST_PATTERNS]; /* learnt, then new */
    double cue[2 * MOST_PATTERNS];
    int least;        /* n */
    uint16_t *spikes; /* 2 patterns x neurons */
    double *shown;    /* likewise: the cues */
    double *up;       /* share of astrocytes above ca_th, by frame */
    size_t n_frames;
};

static size_t start_of(const double *param, int kind)
{
    return (size_t)param[kind == LATE ? LATE_START : TEST_START];
}

static size_t last_time(const double *param, int kind)
{
    return start_of(param, kind) + (size_t)(2 * param[PATTERNS]) * CUE_EVERY;
}

static double likeness(const unsigned char *seen, const struct picture *p)
{
    const size_t side = p->side;
    double on = 0, off = 0, hit = 0, quiet = 0;
    for (size_t j = 0; j < side * side; j++) {
        const int is = is_on(p->digit, side, p->aside, j);
        on += is;
        off += !is;
        hit += is && seen[j];
        quiet += !is && !seen[j];
    }
    return (hit / on + quiet / off) / 2;
}

static void look(struct outcome *o, struct ecp_zone_network *w, double ca_th)
{
    const size_t zones = w->setup.zones * w->setup.zones;
    double up = 0;
    for (size_t z = 0; z < zones; z++)
        up += w->ca[z] > ca_th;
    o->up[o->n_frames++] = up / (double)zones;
}

/* On to `time` (ms), frame by frame. */
static void go_on(struct outcome *o, struct ecp_zone_network *w, double time, const double *cue)
{
    while (w->time < time - 0.5) {
        const size_t next = ((size_t)(w->time + 0.5) / FRAME + 1) * FRAME;
        const double stop = fmin((double)next, time);
        ecp_zone_run(w, (size_t)(stop - w->time + 0.5), cue);
        if (stop >= (double)next)
            look(o, w, w->setup.ca_th);
    }
}

/* Of place `k` among the cues: learnt, then new. */
static struct picture picture_of(const double *param, int kind, size_t k)
{
    const size_t patterns = (size_t)param[PATTERNS], is_new = k >= patterns;
    const size_t side = ECP_ZONE_STRIDE * (size_t)param[ZONES] + 1;
    return (struct picture){
        .digit = k % patterns + is_new * MOST_PATTERNS,
        .side = side,
        .aside = is_new && kind != IN_PLACE ? (size_t)(param[ASIDE] * (double)side) % side : 0,
        .share = param[CUE_NOISE],
        .current = param[CUE_CURRENT]};
}

/* The number of spikes that suits the learnt digits best, and similarities for it. */
static void judge(const double *param, int kind, struct outcome *o, size_t n, unsigned char *seen)
{
    const size_t patterns = (size_t)param[PATTERNS];
    double best = -1;
    for (int least = 1; least <= 30; least++) {
        double similarity[2 * MOST_PATTERNS], mean = 0;
        for (size_t k = 0; k < 2 * patterns; k++) {
            for (size_t j = 0; j < n; j++)
                seen[j] = o->spikes[k * n + j] > least;
            const struct picture p = picture_of(param, kind, k);
            similarity[k] = likeness(seen, &p);
            mean += k < patterns ? similarity[k] / (double)patterns : 0;
        }
        if (mean <= best)
            continue;
        best = mean;
        o->least = least;
        memcpy(o->similarity, similarity, sizeof similarity);
    }
    for (size_t k = 0; k < 2 * patterns; k++) {
        for (size_t j = 0; j < n; j++)
            seen[j] = o->shown[k * n + j] > 0;
        const struct picture p = picture_of(param, kind, k);
        o->cue[k] = likeness(seen, &p);
    }
}

struct room {
    double *cue;
    size_t *order;
    unsigned char *seen;
};

static enum ecp_status live(const double *param, uint64_t seed, int kind, const struct room *room,
                            struct outcome *o)
{
    const size_t patterns = (size_t)param[PATTERNS];
    const struct ecp_zone_setup setup = {.zones = (size_t)param[ZONES],
                                         .targets = (size_t)param[TARGETS],
                                         .reach = param[REACH],
                                         .g_syn = param[G_SYN],
                                         .boost = kind == WITHOUT ? 0 : param[BOOST],
                                         .ca_th = param[CA_TH],
                                         .d_ca = param[D_CA],
                                         .d_ip3 = param[D_IP3],
                                         .noise = param[NOISE],
                                         .noise_rate = param[NOISE_RATE],
                                         .seed = seed};
    struct ecp_chance chance = ecp_chance(seed, 0x2710, 0);
    struct ecp_zone_network w;
    const enum ecp_status status = ecp_zone_init(&w, &setup);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < patterns; k++) {
        const double at = LEARN_START + LEARN_EVERY * (double)k;
        go_on(o, &w, at, NULL);
        const struct picture p = {k, w.side, 0, param[LEARN_NOISE], param[LEARN_CURRENT]};
        show(&chance, &p, room->order, room->cue);
        go_on(o, &w, at + param[LEARN_TIME], room->cue);
    }
    for (size_t k = 0; k < 2 * patterns; k++) {
        const size_t place = k / 2 + k % 2 * patterns; /* learnt and new ones in turn */
        const double at = (double)(start_of(param, kind) + CUE_EVERY * k);
        double *cue = o->shown + place * w.n;
        go_on(o, &w, at, NULL);
        const struct picture p = picture_of(param, kind, place);
        show(&chance, &p, room->order, cue);
        memset(w.spikes, 0, w.n * sizeof *w.spikes);
        go_on(o, &w, at + param[CUE_TIME], cue);
        go_on(o, &w, at + SEEN, NULL);
        memcpy(o->spikes + place * w.n, w.spikes, w.n * sizeof *w.spikes);
    }
    go_on(o, &w, (double)last_time(param, kind), NULL);
    judge(param, kind, o, w.n, room->seen);
    ecp_zone_clear(&w);
    return ECP_OK;
}

#include "scenarios/astrocyte_working_memory_results.h"

static enum ecp_status prepare(struct ecp_experiment *e, const double *param, size_t n_runs,
                               struct outcome *o, struct room *room)
{
    const size_t side = ECP_ZONE_STRIDE * (size_t)param[ZONES] + 1, n = side * side;
    const size_t shown = 2 * (size_t)param[PATTERNS] * n;
    for (size_t r = 0; r < n_runs; r++) {
        o[r].spikes = ecp_experiment_alloc(e, shown, sizeof *o[r].spikes);
        o[r].shown = ecp_experiment_alloc(e, shown, sizeof *o[r].shown);
        o[r].up =
            ecp_experiment_alloc(e, last_time(param, (int)(r % RUNS)) / FRAME + 2, sizeof *o[r].up);
        room[r].cue = ecp_experiment_alloc(e, n, sizeof *room[r].cue);
        room[r].order = ecp_experiment_alloc(e, n, sizeof *room[r].order);
        room[r].seen = ecp_experiment_alloc(e, n, sizeof *room[r].seen);
        if (!o[r].spikes || !o[r].shown || !o[r].up || !room[r].cue || !room[r].order ||
            !room[r].seen)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu neurons", n);
    }
    return ECP_OK;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t n_runs = RUNS * (size_t)param[SEEDS];
    const size_t threads = (size_t)ecp_experiment_threads(e);
    struct outcome *o = ecp_experiment_alloc(e, n_runs, sizeof *o);
    struct room *room = ecp_experiment_alloc(e, n_runs, sizeof *room);
    enum ecp_status status, failed = ECP_OK;
    if (!o || !room)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu runs", n_runs);
    ECP_TRY(prepare(e, param, n_runs, o, room));
    for (size_t first = 0; first < n_runs; first += threads) {
        const size_t stop = first + threads < n_runs ? first + threads : n_runs;
        ECP_TRY(ecp_experiment_progress(e, (double)first / (double)n_runs, "learning and recall"));
#pragma omp parallel for num_threads((int)threads) schedule(dynamic)
        for (size_t r = first; r < stop; r++) {
            const enum ecp_status one =
                live(param, ecp_experiment_seed(e) + r / RUNS, (int)(r % RUNS), &room[r], &o[r]);
            if (one != ECP_OK)
#pragma omp critical(astrocyte_working_memory)
                failed = one;
        }
        if (failed != ECP_OK)
            ECP_TRY(ecp_fail(failed, "no memory for a network of %g zones", param[ZONES]));
    }
    ECP_TRY(give_results(e, param, o));
    status = draw(e, param, o);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char recall[] = "Gordleeva et al. 2021: recalled and ideal patterns correlate by "
                                 "more than 0.9 (four digits of their code: 0.88-0.94)";
    static const char novel[] =
        "Gordleeva et al. 2021: only what was learnt is recalled; here of new digits where no "
        "digit was learnt (elsewhere they are recalled: covered_off); bound chosen";
    static const char boost[] = "theory: nothing but the boost tells learnt digits from new ones";
    static const char late[] = "theory: nothing is kept but calcium, and that is down";
    static const char covered[] = "theory: an astrocyte does not know which digit raised it; the "
                                  "union of digits is kept";
    static const char pulse[] = "Gordleeva et al. 2021: stored for several seconds";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"learnt", 0.87, 1, recall},           {"gap", 0.1, 1, novel},
                  {"gap_without", -0.05, 0.05, boost},   {"gap_late", -0.05, 0.05, late},
                  {"covered_off", -0.05, 0.05, covered}, {"lifetime_s", 2, 10, pulse}};
    const double learnt = LEARN_START + LEARN_EVERY * param[PATTERNS];
    enum ecp_status status = ECP_OK;
    if (param[TEST_START] < learnt)
        return ecp_fail(ECP_ECONFIG,
                        "test_start (%g ms) lies within learning; allowed: %g ms or later",
                        param[TEST_START], learnt);
    if (param[LATE_START] < param[TEST_START])
        return ecp_fail(ECP_ECONFIG, "late_start (%g ms) must not lie before test_start (%g ms)",
                        param[LATE_START], param[TEST_START]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(
            plan, ecp_plan_printf(plan, "astrocyte_working_memory.%s", claims[k].result),
            claims[k].lowest, claims[k].highest, claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_astrocyte_working_memory = {
    .name = "astrocyte_working_memory",
    .question = "What do astrocytes give to neurons?",
    .summary = "digits that calcium in astrocytes holds for seconds, recalled from noisy cues",
    .equations = "79 x 79 Izhikevich neurons, 26 x 26 astrocytes over 4 x 4 neurons each;\n"
                 "synapses of strength g_syn, + boost where an astrocyte with much calcium sees\n"
                 "neurons fire together; similarity = (share of a digit's neurons that fire much\n"
                 "+ share of the others that do not)/2",
    .reference = "Gordleeva, Tsybina, Krivonosov, Ivanchenko, Zaikin, Kazantsev & Gorban 2021, "
                 "doi:10.3389/fncel.2021.631485",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
