/* verify_lpl_movies.c -- scenario lpl_movies: frames against the formula of the patterns and
 * their symmetries; scores of codes whose invariance, curvature and RDM are known; the claims in a
 * short form, and that they fail where a cause is taken away; threads; bad input. */
#include "tests/experiment_case.h"

#include <stdio.h>
#include <stdlib.h>

#include "scenarios/lpl_movies.h"

static const double quarter_turn = 1.5707963267948966;
static const struct ecp_movies_setup small = {
    .patterns = 5, .side = 12, .size = 2.2, .speed = 1.2, .turn = 0.25, .frames = 12};

/* ---- the world ------------------------------ */

static double wrapped(double x, double side)
{
    while (x >= side / 2)
        x -= side;
    while (x < -side / 2)
        x += side;
    return x;
}

/* Pixels from the formula; the largest that a table with four places a pixel is off. */
static void follows_the_formula(void)
{
    struct ecp_movies_world *world;
    struct ecp_chance chance = ecp_chance(1, 2, 3);
    double frame[144], off = 0, square = 0;
    ECP_ASSERT_OK(ecp_movies_create(&small, 3, &world));
    for (int k = 0; k < 40; k++) {
        const struct ecp_movies_view v = ecp_movies_any_view(&small, &chance);
        ecp_movies_frame(world, v, frame);
        for (int p = 0; p < 144; p++) {
            const double y = wrapped(p / 12 - 5.5 - v.y, 12), x = wrapped(p % 12 - 5.5 - v.x, 12);
            const double c = cos(v.angle), s = sin(v.angle);
            const double wanted =
                ecp_movies_pattern(world, v.pattern, c * y - s * x, s * y + c * x);
            off = fmax(off, fabs(frame[p] - wanted));
            square += wanted * wanted / (144 * 40);
        }
    }
    CU_ASSERT(off < 0.1);
    CU_ASSERT_DOUBLE_EQUAL(square, 1, 0.15);
    ecp_movies_destroy(world);
}

/* Mean 0 and mean square 1, summed on a grid much finer than the scenario's. */
static void has_no_mean(void)
{
    struct ecp_movies_world *world;
    ECP_ASSERT_OK(ecp_movies_create(&small, 4, &world));
    for (size_t k = 0; k < small.patterns; k++) {
        double sum = 0, square = 0;
        for (double y = -12; y < 12; y += 0.1)
            for (double x = -12; x < 12; x += 0.1) {
                const double value = ecp_movies_pattern(world, k, y, x);
                sum += value * 0.01;
                square += value * value * 0.01;
            }
        CU_ASSERT_DOUBLE_EQUAL(sum, 0, 1e-3);
        CU_ASSERT_DOUBLE_EQUAL(square / 144, 1, 0.02);
    }
    ecp_movies_destroy(world);
}

/* One pixel on: the same frame one pixel on, and round the edge. A quarter turn about the centre:
 * rows become columns. */
static void moves_and_turns(void)
{
    struct ecp_movies_world *world;
    double before[144], after[144];
    const struct ecp_movies_view v = {2, 1.3, -2.6, 0.4};
    ECP_ASSERT_OK(ecp_movies_create(&small, 5, &world));
    ecp_movies_frame(world, v, before);
    ecp_movies_frame(world, (struct ecp_movies_view){2, 2.3, -2.6 + 12, 0.4}, after);
    for (int p = 0; p < 144; p++)
        CU_ASSERT_DOUBLE_EQUAL(after[(p + 12) % 144], before[p], 1e-9);
    ecp_movies_frame(world, (struct ecp_movies_view){2, 0, 0, 0.4}, before);
    ecp_movies_frame(world, (struct ecp_movies_view){2, 0, 0, 0.4 + quarter_turn}, after);
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) /* (y, x) goes to (x, -y) */
            CU_ASSERT_DOUBLE_EQUAL(after[j * 12 + (11 - i)], before[i * 12 + j], 1e-9);
    ecp_movies_destroy(world);
}

/* A quarter of all views is unseen, at every place and angle, of every pattern; no movie to test
 * with is as fast or slow as those of training. */
static void leaves_out(void)
{
    double count[5][4][4] = {{{0}}}, all = 0, unseen = 0;
    struct ecp_chance chance = ecp_chance(7, 2, 3);
    for (int k = 0; k < 20000; k++) {
        const struct ecp_movies_view v = ecp_movies_any_view(&small, &chance);
        const size_t place = ecp_movies_place(&small, v), quarter = ecp_movies_quarter(v);
        CU_ASSERT_EQUAL(place, 2 * (size_t)(v.y >= 0) + (size_t)(v.x >= 0));
        CU_ASSERT_EQUAL(quarter, (size_t)(v.angle / quarter_turn));
        count[v.pattern][place][quarter] += ecp_movies_is_unseen(&small, v);
        unseen += ecp_movies_is_unseen(&small, v);
        all++;
    }
    CU_ASSERT_DOUBLE_EQUAL(unseen / all, 0.25, 4.5 * sqrt(0.1875 / all));
    for (int p = 0; p < 5; p++)
        for (int a = 0; a < 4; a++) {
            int at_place = 0, at_quarter = 0;
            for (int b = 0; b < 4; b++) {
                at_place += count[p][a][b] > 0;
                at_quarter += count[p][b][a] > 0;
            }
            CU_ASSERT(at_place == 1 && at_quarter == 1);
        }
    for (int k = 0; k < 2000; k++) {
        const struct ecp_movies_movie seen = ecp_movies_any(&small, &chance, 0);
        const struct ecp_movies_movie test = ecp_movies_any(&small, &chance, 1);
        const double trained = fabs(hypot(seen.dy, seen.dx) / small.speed - 1);
        CU_ASSERT(trained >= 0.1 - 1e-9 && trained <= 0.5 + 1e-9);
        CU_ASSERT(fabs(hypot(test.dy, test.dx) / small.speed - 1) <= 0.1 + 1e-9);
        CU_ASSERT(fabs(fabs(test.turn) / small.turn - 1) <= 0.1 + 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(ecp_movies_at(&test, 3).angle - test.first.angle, 3 * test.turn,
                               1e-12);
    }
}

/* ---- scores of known codes ------------------------------ */

enum { CODE_UNITS = 6 };

/* What a frame's pixels cannot tell the test: its view. Of stills and views by their labels. */
static void score_code(const struct ecp_movies_test *t, int what, double *score)
{
    double *x = calloc(t->n * CODE_UNITS, sizeof *x);
    struct ecp_chance chance = ecp_chance(9, 1, 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    const size_t views = t->n_stills + t->n_movies * t->frames;
    for (size_t k = 0; k < t->n; k++) {
        double *row = x + k * CODE_UNITS;
        const size_t frame = k - t->n_stills;
        if (k < t->n_stills)
            row[(size_t)t->label[what][k]] = 1;
        else if (k >= views)
            row[t->by_pattern[what][k - views]] = 1;
        else { /* round a circle, 0.3 radians a frame */
            row[0] = cos(0.3 * (double)(frame % t->frames));
            row[1] = sin(0.3 * (double)(frame % t->frames));
        }
        for (int u = 0; k < t->n_stills && u < CODE_UNITS; u++)
            row[u] += 0.01 * ecp_chance_normal(&chance);
    }
    ECP_ASSERT_OK(ecp_movies_score(t, CODE_UNITS, x, 1, score));
    free(x);
}

static void scores_known_codes(void)
{
    struct computed c;
    struct ecp_movies_world *world;
    struct ecp_movies_test t;
    double score[ECP_MOVIES_SCORES];
    compute("scenario = \"lpl_movies\"; network = { seeds = 1; steps = 1; stills = 300; units = 5; "
            "movies = 2; ablations = 0; permutations = 0; };",
            1, &c);
    ECP_ASSERT_OK(ecp_movies_create(&small, 6, &world));
    ECP_ASSERT_OK(ecp_movies_show(c.experiment, world, &small, 1200, 3, 0.1, 6, &t));
    score_code(&t, 0, score); /* a unit for each pattern */
    CU_ASSERT_EQUAL(score[ECP_MOVIES_ACROSS_PLACE], 1);
    CU_ASSERT_EQUAL(score[ECP_MOVIES_ACROSS_ANGLE], 1);
    CU_ASSERT_EQUAL(score[ECP_MOVIES_UNSEEN], 1);
    CU_ASSERT_DOUBLE_EQUAL(score[ECP_MOVIES_PLACE], 0.25, 0.06);
    CU_ASSERT_DOUBLE_EQUAL(score[ECP_MOVIES_ANGLE], 0.25, 0.06);
    CU_ASSERT_DOUBLE_EQUAL(score[ECP_MOVIES_RDM_PATTERN], 1, 1e-9);
    CU_ASSERT(score[ECP_MOVIES_RDM_PLACE] < 0);
    CU_ASSERT_DOUBLE_EQUAL(score[ECP_MOVIES_CURVATURE], 0.3 * 90 / quarter_turn, 1e-6);
    score_code(&t, 1, score); /* a unit for each place */
    CU_ASSERT_DOUBLE_EQUAL(score[ECP_MOVIES_ACROSS_PLACE], 0.2, 0.08);
    CU_ASSERT_EQUAL(score[ECP_MOVIES_PLACE], 1);
    CU_ASSERT_DOUBLE_EQUAL(score[ECP_MOVIES_RDM_PLACE], 1, 1e-9);
    CU_ASSERT(score[ECP_MOVIES_RDM_PATTERN] < 0);
    ecp_movies_destroy(world);
    computed_clear(&c);
}

/* ---- the scenario ------------------------------ */

#define SMALL                                                                                      \
    "scenario = \"lpl_movies\"; network = { patterns = 5; units = 60; batch = 64; rate = 2e-3; "   \
    "stills = 800; movies = 20; seeds = 1; "
#define SHORT SMALL "speed = 1.2; "

static int holds(const struct computed *c, const char *result)
{
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, result) == 0)
            return c->scores.verdict[k].pass;
    CU_FAIL_FATAL("no such claim");
    return 0;
}

static void claims(void)
{
    struct computed c;
    compute(SHORT "steps = 1000; };", 2, &c);
    claims_of(&c, 1);
    const struct ecp_stored_table *scores = computed_table(&c, "scores");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scores);
    CU_ASSERT_EQUAL(scores->rows, ECP_MOVIES_CONDITIONS + 2);
    CU_ASSERT_EQUAL(c.experiment->n_figures, 2);
    computed_clear(&c);
}

/* Second frames from any time: learnt is shuffled, number for number. */
static void without_order(void)
{
    struct computed c;
    compute(SHORT "steps = 200; ablations = 0; order = \"any\"; };", 2, &c);
    CU_ASSERT_EQUAL(computed_value(&c, "lpl_movies.over_shuffled"), 0);
    CU_ASSERT(!holds(&c, "lpl_movies.over_shuffled"));
    CU_ASSERT(!holds(&c, "lpl_movies.unseen_over"));
    CU_ASSERT(!holds(&c, "lpl_movies.straightened"));
    computed_clear(&c);
}

/* Movies that stand still teach nothing but noise. */
static void without_movement(void)
{
    struct computed c;
    compute(SMALL "steps = 200; ablations = 0; speed = 0; turn = 0; };", 2, &c);
    CU_ASSERT(!holds(&c, "lpl_movies.over_shuffled"));
    CU_ASSERT(isnan(computed_value(&c, "lpl_movies.curvature_learnt")));
    CU_ASSERT(!holds(&c, "lpl_movies.straightened"));
    computed_clear(&c);
}

static void without_a_part(void)
{
    struct computed c;
    compute(SHORT "steps = 200; ablations = 0; predict = 0; };", 2, &c);
    CU_ASSERT(!holds(&c, "lpl_movies.over_before"));
    CU_ASSERT(!holds(&c, "lpl_movies.straightened"));
    computed_clear(&c);
    compute(SHORT "steps = 250; ablations = 0; hebb = 0; };", 2, &c);
    CU_ASSERT(!holds(&c, "lpl_movies.over_before"));
    CU_ASSERT(!holds(&c, "lpl_movies.rdm_over"));
    CU_ASSERT(!holds(&c, "lpl_movies.over_shuffled"));
    computed_clear(&c);
}

static void threads(void)
{
    struct computed one, two;
    compute(SHORT "steps = 10; ablations = 0; };", 1, &one);
    compute(SHORT "steps = 10; ablations = 0; };", 2, &two);
    for (size_t k = 0; k < one.scores.n_results; k++) {
        const double a = one.scores.result[k].value, b = two.scores.result[k].value;
        CU_ASSERT(a == b || (isnan(a) && isnan(b)));
    }
    computed_clear(&one);
    computed_clear(&two);
}

static void refused(const char *network, const char *key)
{
    scenario_refuses("lpl_movies", network, key);
}

static void bad_input(void)
{
    refused("lag = 20;", "lag (20 frames)");
    refused("size = 5;", "size (5 pixels)");
    refused("patterns = 40;", "stills (1600)");
    refused("order = \"backwards\";", "order");
    refused("seeds = 0;", "seeds");
}

ECP_TEST_MAIN("lpl_movies", {"formula", follows_the_formula}, {"mean", has_no_mean},
              {"movement", moves_and_turns}, {"left out", leaves_out},
              {"known codes", scores_known_codes}, {"claims", claims},
              {"without order", without_order}, {"without movement", without_movement},
              {"without a part", without_a_part}, {"threads", threads}, {"bad input", bad_input})
