/* What ranks write to each other, when all have targets of each other, spread by chance:
 * directly, or in two hops over a grid (engine/route.h). */
#include <math.h>

#include "engine/forecast_private.h"
#include "engine/route.h"
#include "engine/sources.h"

static const double LETTER_BYTES = 64, GROWN = 1.5; /* its head; room to spare */

/* Chances of the neurons of one population, and how often they fire. */
struct sender {
    double neurons, spikes; /* own ones; a model second */
    double one;             /* that a given other rank has targets of it */
};

static struct sender sender_of(const struct ecp_foresight *f, size_t p)
{
    const double size = (double)f->plan->population[p]->size;
    double targets = 0;
    for (size_t k = 0; k < f->plan->n_projections; k++)
        if (f->plan->projection[k]->source == (int)p && size > 0)
            targets += f->synapses[k] / size;
    return (struct sender){size / f->ranks, size / f->ranks * f->rate_hz[p],
                           -expm1(-targets / f->ranks)};
}

/* Letters of MPI to and from so many neighbours (mpi/comm_mpi.c). */
static double heads(double neighbours)
{
    return 8 * fmin(994 * neighbours, 4194304 + 16 * neighbours);
}

/* A bit for each of these neurons' letters. */
static double fan(double neurons, double letters)
{
    return neurons * fmax(ceil(letters / 64), 1) * 8;
}

static double mail_bytes(double letters, double words_per_epoch)
{
    return 2 * letters * LETTER_BYTES + 2 * GROWN * words_per_epoch * 4 + heads(letters);
}

/* Words of a spike on the grid; three in the exact mode. */
static double stride(const struct ecp_foresight *f, double seats)
{
    const double steps = ecp_forecast_epoch_ms(f->plan) / f->plan->dt;
    if (f->plan->time == ECP_TIME_EXACT)
        return 3;
    return 1 + (seats * pow(2, floor(log2(steps) + 1)) > 4294967296.0);
}

static void add_direct(const struct ecp_foresight *f, const struct sender *s,
                       struct ecp_letter_need *need)
{
    need->words += s->spikes * s->one * (f->ranks - 1);
    need->heard += s->spikes * s->one * (f->ranks - 1);
}

static void add_relayed(const struct ecp_grid *grid, double per_s, const struct sender *s,
                        struct ecp_letter_need *need)
{
    const double columns = grid->columns, rows = grid->rows;
    const double column = -expm1(rows * log1p(-fmin(s->one, 1 - 1e-12)));
    const double on = columns * s->spikes * s->one * (rows - 1);
    /* A head for each origin that has something in a letter. */
    const double blocks = columns * (rows - 1) * per_s * -expm1(-s->spikes * s->one / per_s);
    need->words += s->spikes * column * (columns - 1) + on + blocks;
    need->relayed += on + blocks;
    need->heard += on;
}

struct ecp_letter_need ecp_forecast_letters(const struct ecp_foresight *f,
                                            const struct ecp_row_need *rows)
{
    const double ranks = f->ranks, per_s = 1000 / ecp_forecast_epoch_ms(f->plan);
    const struct ecp_grid grid = ecp_grid_of((int)ranks);
    const int hops = ecp_route_pays((int)ranks, (int)ranks - 1) ? 2 : 1;
    struct ecp_letter_need need = {0};
    double own = 0;
    if (ranks < 2)
        return need;
    for (size_t p = 0; p < f->plan->n_populations; p++) {
        const struct sender s = sender_of(f, p);
        own += s.neurons;
        if (hops == 1)
            add_direct(f, &s, &need);
        else
            add_relayed(&grid, per_s, &s, &need);
    }
    const double words = stride(f, own), first = (need.words - need.relayed) * words / per_s;
    need.bytes = 4 * (ranks + 1) * (double)f->plan->n_populations;
    if (hops == 1)
        need.bytes += fan(own, ranks - 1) + mail_bytes(ranks - 1, first);
    else
        need.bytes += fan(own, grid.columns) + mail_bytes(grid.columns - 1, first) +
                      fan(own * grid.columns, grid.rows) +
                      mail_bytes(grid.rows - 1, need.relayed * words / per_s);
    if (rows->numbered)
        need.bytes += (double)f->plan->n_neurons / ECP_SOURCES_LINE *
                      sizeof(struct ecp_source_line) * f->workers / f->ranks;
    need.words *= words;
    need.relayed *= words;
    need.letters = per_s * (hops == 1 ? ranks - 1 : grid.columns + grid.rows - 2);
    return need;
}
