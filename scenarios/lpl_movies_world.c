/* lpl_movies_world.c -- patterns and movies of the scenario lpl_movies. */
#include <math.h>
#include <stdlib.h>

#include "scenarios/lpl_movies.h"

enum { WAVES = 6, FINE = 4 /* places of the table along a pixel */ };
enum { STREAM_PATTERN = 0x4d5650 };
static const double circle = 6.283185307179586;

struct wave {
    double y, x, phase, amplitude; /* radians a pixel; radians */
};

struct ecp_movies_world {
    struct ecp_movies_setup setup;
    struct wave *wave; /* patterns x WAVES */
    double *offset;    /* patterns: what makes the mean 0 */
    size_t width;      /* of a table: -reach to reach pixels */
    double reach;
    double *table; /* patterns x width x width */
};

double ecp_movies_pattern(const struct ecp_movies_world *w, size_t pattern, double y, double x)
{
    const struct wave *wave = w->wave + pattern * WAVES;
    double sum = -w->offset[pattern];
    for (int j = 0; j < WAVES; j++)
        sum += wave[j].amplitude * cos(wave[j].y * y + wave[j].x * x + wave[j].phase);
    return sum * exp(-(y * y + x * x) / (2 * w->setup.size * w->setup.size));
}

/* Wavelengths of 2.6 to 7.3 standard deviations of the window. The integral of a windowed cosine of
 * wave vector k is that of the window times cos(phase) exp(-k^2 size^2/2). */
static void draw_pattern(struct ecp_movies_world *w, uint64_t seed, size_t pattern)
{
    struct ecp_chance chance = ecp_chance(seed, STREAM_PATTERN, (uint32_t)pattern);
    struct wave *wave = w->wave + pattern * WAVES;
    const double side = (double)w->setup.side, size = w->setup.size;
    double square = 0;
    for (int j = 0; j < WAVES; j++) {
        const double k = (0.86 + 1.56 * ecp_chance_uniform(&chance)) / size;
        const double towards = circle * ecp_chance_uniform(&chance);
        wave[j] = (struct wave){k * sin(towards), k * cos(towards),
                                circle * ecp_chance_uniform(&chance), ecp_chance_normal(&chance)};
        w->offset[pattern] +=
            wave[j].amplitude * cos(wave[j].phase) * exp(-k * k * size * size / 2);
    }
    for (double y = 0.25 - side / 2; y < side / 2; y += 0.5)
        for (double x = 0.25 - side / 2; x < side / 2; x += 0.5)
            square += pow(ecp_movies_pattern(w, pattern, y, x), 2) / (4 * side * side);
    for (int j = 0; j < WAVES; j++)
        wave[j].amplitude /= sqrt(square);
    w->offset[pattern] /= sqrt(square);
}

static void fill_table(struct ecp_movies_world *w, size_t pattern)
{
    double *table = w->table + pattern * w->width * w->width;
    for (size_t i = 0; i < w->width; i++)
        for (size_t j = 0; j < w->width; j++)
            table[i * w->width + j] = ecp_movies_pattern(w, pattern, (double)i / FINE - w->reach,
                                                         (double)j / FINE - w->reach);
}

enum ecp_status ecp_movies_create(const struct ecp_movies_setup *setup, uint64_t seed,
                                  struct ecp_movies_world **out)
{
    struct ecp_movies_world *w = calloc(1, sizeof *w);
    if (!w)
        return ecp_fail(ECP_ENOMEM, "no memory for patterns");
    w->setup = *setup;
    w->reach = ceil(0.7072 * (double)setup->side) + 1; /* a corner, turned */
    w->width = 2 * (size_t)w->reach * FINE + 1;
    w->wave = calloc(setup->patterns * WAVES, sizeof *w->wave);
    w->offset = calloc(setup->patterns, sizeof *w->offset);
    w->table = calloc(setup->patterns * w->width * w->width, sizeof *w->table);
    if (!w->wave || !w->offset || !w->table) {
        ecp_movies_destroy(w);
        return ecp_fail(ECP_ENOMEM, "no memory for %zu patterns", setup->patterns);
    }
    for (size_t k = 0; k < setup->patterns; k++) {
        draw_pattern(w, seed, k);
        fill_table(w, k);
    }
    *out = w;
    return ECP_OK;
}

void ecp_movies_destroy(struct ecp_movies_world *w)
{
    if (!w)
        return;
    free(w->wave);
    free(w->offset);
    free(w->table);
    free(w);
}

/* ---- frames ------------------------------ */

/* Into -side/2 to side/2. */
static double wrap(double x, double side)
{
    return x - side * floor(x / side + 0.5);
}

void ecp_movies_frame(const struct ecp_movies_world *w, struct ecp_movies_view view, double *out)
{
    const size_t side = w->setup.side, width = w->width;
    const double round = (double)side, middle = (round - 1) / 2;
    const double c = cos(view.angle) * FINE, s = sin(view.angle) * FINE, zero = w->reach * FINE;
    const double *table = w->table + view.pattern * width * width;
    for (size_t i = 0; i < side; i++) {
        const double y = wrap((double)i - middle - view.y, round);
        for (size_t j = 0; j < side; j++) {
            const double x = wrap((double)j - middle - view.x, round);
            const double row = zero + c * y - s * x, column = zero + s * y + c * x;
            const size_t k = (size_t)row, l = (size_t)column;
            const double v = row - (double)k, u = column - (double)l;
            const double *at = table + k * width + l;
            out[i * side + j] = (1 - v) * ((1 - u) * at[0] + u * at[1]) +
                                v * ((1 - u) * at[width] + u * at[width + 1]);
        }
    }
}

size_t ecp_movies_place(const struct ecp_movies_setup *setup, struct ecp_movies_view view)
{
    const double side = (double)setup->side;
    return 2 * (size_t)(wrap(view.y, side) >= 0) + (size_t)(wrap(view.x, side) >= 0);
}

size_t ecp_movies_quarter(struct ecp_movies_view view)
{
    const double turns = view.angle / circle;
    const size_t quarter = (size_t)(ECP_MOVIES_SECTORS * (turns - floor(turns)));
    return quarter < ECP_MOVIES_SECTORS ? quarter : 0;
}

int ecp_movies_is_unseen(const struct ecp_movies_setup *setup, struct ecp_movies_view view)
{
    return (view.pattern + ecp_movies_place(setup, view) + ecp_movies_quarter(view)) %
               ECP_MOVIES_SECTORS ==
           ECP_MOVIES_SECTORS - 1;
}

/* ---- movies ------------------------------ */

struct ecp_movies_view ecp_movies_any_view(const struct ecp_movies_setup *setup,
                                           struct ecp_chance *chance)
{
    const double side = (double)setup->side;
    struct ecp_movies_view view = {.pattern = (size_t)ecp_chance_below(chance, setup->patterns)};
    view.y = side * (ecp_chance_uniform(chance) - 0.5);
    view.x = side * (ecp_chance_uniform(chance) - 0.5);
    view.angle = circle * ecp_chance_uniform(chance);
    return view;
}

static double factor(struct ecp_chance *chance, int test)
{
    const double u = ecp_chance_uniform(chance);
    if (test)
        return 0.9 + 0.2 * u;
    return u < 0.5 ? 0.5 + 0.8 * u : 0.7 + 0.8 * u;
}

struct ecp_movies_movie ecp_movies_any(const struct ecp_movies_setup *setup,
                                       struct ecp_chance *chance, int test)
{
    struct ecp_movies_movie movie = {.first = ecp_movies_any_view(setup, chance)};
    const double towards = circle * ecp_chance_uniform(chance);
    const double speed = setup->speed * factor(chance, test);
    movie.dy = speed * sin(towards);
    movie.dx = speed * cos(towards);
    movie.turn = setup->turn * factor(chance, test) * ecp_chance_sign(chance);
    return movie;
}

struct ecp_movies_view ecp_movies_at(const struct ecp_movies_movie *movie, double frame)
{
    struct ecp_movies_view view = movie->first;
    view.y += frame * movie->dy;
    view.x += frame * movie->dx;
    view.angle += frame * movie->turn;
    return view;
}
