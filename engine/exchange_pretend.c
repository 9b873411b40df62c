/* One rank of a job whose other ranks are not there. */
#include <math.h>
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/clock.h"
#include "engine/draw.h"
#include "engine/exchange_private.h"

/* The others of one population. */
struct others {
    double heard;     /* which part of them has synapses here */
    double spikes;    /* own, lately: sum that decays */
    double neuron_ms; /* own, in which these fell */
    double chance;    /* of a spike in this epoch */
    double wait;      /* neurons to pass until the next one that fires */
};

enum { GAPS = 4096 };

struct ecp_pretence {
    struct others *population;
    struct ecp_stream stream;
    ecp_step last, steps; /* of this epoch */
    double given_hz;      /* rate of the others until the own neurons have run a while; 0: none */
    float gap[GAPS];      /* exponential, mean 1: steps of its distribution */
};

/* Rates are means over about so long (ms). */
static const double MEMORY_MS = 50;

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory to imitate the other ranks");
}

void ecp_exchange_stop_pretending(struct ecp_pretence *pretence)
{
    if (pretence)
        free(pretence->population);
    free(pretence);
}

/* ---- where own spikes go -------------------------------------------------- */

/* Targets that one neuron of population p has on other ranks. */
static double targets_elsewhere(const struct ecp_network *network, int p)
{
    double targets = 0;
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        const struct ecp_plan_projection *projection = network->plan->projection[k];
        if (projection->source == p)
            targets += ecp_connector_indegree(&network->connector[k]) *
                       (double)network->plan->population[projection->target]->size /
                       (double)network->plan->population[p]->size;
    }
    return targets * (network->n_ranks - 1) / network->n_ranks;
}

/* Ranks among them, when targets fall on ranks by chance. */
static double ranks_reached(const struct ecp_network *network, double targets)
{
    const double others = network->n_ranks - 1;
    return -others * expm1(-targets / others);
}

/* 64 of them, each with this chance. */
static uint64_t random_bits(struct ecp_stream *stream, double chance)
{
    const unsigned digits = (unsigned)(fmin(chance, 1) * 65536 + 0.5);
    uint64_t bits = 0;
    if (digits >= 65536)
        return ~UINT64_C(0);
    for (unsigned k = 0; k < 16 && digits > 0; k++) {
        const uint64_t coin = ecp_stream_next(stream);
        bits = digits >> k & 1 ? bits | coin : bits & coin;
    }
    return bits;
}

/* Each of a seat's letters with this chance. */
static void draw_row(struct ecp_stream *stream, const struct ecp_fan *fan, size_t seat, size_t n,
                     double chance)
{
    uint64_t *row = ecp_fan_row(fan, seat);
    for (size_t w = 0; w * 64 < n; w++) {
        const size_t left = n - w * 64;
        row[w] =
            random_bits(stream, chance) & (left < 64 ? (UINT64_C(1) << left) - 1 : ~UINT64_C(0));
    }
}

/* Own spikes, into letters that each stand for so many ranks. */
static void draw_own(struct ecp_network *network, struct ecp_stream *stream, size_t n_letters,
                     double ranks)
{
    const struct ecp_exchange *x = network->exchange;
    size_t seat = 0;
    for (int p = 0; p < network->n_populations; p++) {
        const double one =
            ranks_reached(network, targets_elsewhere(network, p)) / (network->n_ranks - 1);
        const uint32_t n = ecp_exchange_share(network, network->rank, p);
        for (uint32_t k = 0; k < n; k++)
            draw_row(stream, &x->fan, seat++, n_letters,
                     -expm1(ranks * log1p(-fmin(one, 0.9999999))));
    }
}

/* What the ranks of the column would have asked for. */
static void draw_relayed(struct ecp_network *network, struct ecp_stream *stream)
{
    const struct ecp_relays *relays = network->exchange->relays;
    for (int k = 0; k < relays->n_origins; k++) {
        const int rank = ecp_grid_origin(&relays->grid, network->rank, k);
        size_t seat = relays->first_seat[k];
        for (int p = 0; p < network->n_populations; p++) {
            const double one =
                ranks_reached(network, targets_elsewhere(network, p)) / (network->n_ranks - 1);
            const uint32_t n = ecp_exchange_share(network, rank, p);
            for (uint32_t j = 0; j < n; j++)
                draw_row(stream, &relays->fan, seat++,
                         (size_t)relays->mail.n_to + (rank != network->rank), one);
        }
    }
}

/* All others are neighbours. */
static enum ecp_status open_all(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    int *ranks = ecp_array((size_t)network->n_ranks, sizeof *ranks), n = 0;
    enum ecp_status status = ECP_OK;
    if (!ranks)
        return no_memory();
    for (int r = 0; r < network->n_ranks; r++)
        if (r != network->rank)
            ranks[n++] = r;
    ecp_mail_close(&x->mail);
    ecp_fan_clear(&x->fan);
    ECP_TRY(ecp_mail_open(network->comm, ranks, n, ranks, n, &x->mail));
    status = ecp_fan_init(&x->fan, x->n_seats, (size_t)n);
done:
    free(ranks);
    return status;
}

static enum ecp_status address(struct ecp_network *network, struct ecp_stream *stream)
{
    struct ecp_exchange *x = network->exchange;
    enum ecp_status status = ECP_OK;
    if (x->relays) {
        draw_own(network, stream, (size_t)x->mail.n_to + 1, x->relays->mail.n_to + 1);
        draw_relayed(network, stream);
        return ECP_OK;
    }
    ECP_TRY(open_all(network));
    draw_own(network, stream, (size_t)x->mail.n_to, 1);
done:
    return status;
}

/* ---- what others fire ------------------------------------------------------ */

static void find_others(const struct ecp_network *network, int p, struct others *o)
{
    const struct ecp_plan_population *population = network->plan->population[p];
    double deaf = 1;
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_sources *sources = &network->worker[w].sources;
        const uint64_t first = ecp_source_number(sources, population->first);
        const uint64_t end = ecp_source_number(sources, population->first + population->size);
        if (population->size > 0)
            deaf *= 1 - (double)(end - first) / (double)population->size;
    }
    o->heard = 1 - deaf;
}

enum ecp_status ecp_exchange_pretend(struct ecp_network *network)
{
    struct ecp_pretence *pretence = ecp_array(1, sizeof *pretence);
    if (!pretence)
        return no_memory();
    network->exchange->pretence = pretence;
    pretence->given_hz = network->options.pretended_hz;
    pretence->stream = (struct ecp_stream){
        ecp_rng_key(network->plan->seed, ECP_FOR_PRETENCE, (size_t)network->rank), 0, 0, 0};
    pretence->population =
        ecp_array((size_t)network->n_populations + 1, sizeof *pretence->population);
    if (!pretence->population)
        return no_memory();
    for (int p = 0; p < network->n_populations; p++)
        find_others(network, p, &pretence->population[p]);
    for (int k = 0; k < GAPS; k++)
        pretence->gap[k] = (float)-log((k + 0.5) / GAPS);
    return address(network, &pretence->stream);
}

/* Own spikes of the last epoch, and those of before that fade. */
static void measure(struct ecp_network *network, int64_t epoch, double span_ms)
{
    struct others *others = network->exchange->pretence->population;
    const double keep = exp(-span_ms / MEMORY_MS);
    for (int p = 0; p < network->n_populations; p++) {
        const struct ecp_share *first = &network->worker[0].share[p];
        const struct ecp_share *last = &network->worker[network->n_workers - 1].share[p];
        others[p].spikes *= keep;
        others[p].neuron_ms =
            others[p].neuron_ms * keep + span_ms * (double)(last->first + last->n - first->first);
    }
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_shots *shots = &network->worker[w].out[(epoch - 1) & 1];
        for (size_t k = 0; k < shots->n; k++) {
            int p = network->n_populations - 1;
            while (network->plan->population[p]->first > shots->shot[k].source)
                p--;
            others[p].spikes++;
        }
    }
}

/* Steps, and a gap between two that fire, from one number. */
static void next_gap(struct ecp_pretence *pretence, struct others *o, double chance, uint32_t *ago)
{
    const uint64_t number = ecp_stream_next(&pretence->stream);
    *ago = (uint32_t)((number >> 32) * (uint64_t)pretence->steps >> 32);
    o->wait += 1 + (double)pretence->gap[number % GAPS] * (1 / chance - 1);
}

static int is_heard(const struct ecp_network *network, ecp_gid gid)
{
    for (int w = 0; w < network->n_workers; w++)
        if (ecp_source_is_heard(&network->worker[w].sources, gid))
            return 1;
    return 0;
}

/* Spikes of one rank's neurons, each with its population's chance; only of those that are
 * heard. */
static int imitate_rank(struct ecp_network *network, int rank, int heard, struct ecp_letter *letter)
{
    struct ecp_exchange *x = network->exchange;
    uint32_t seat = 0;
    int fine = 1;
    for (int p = 0; p < network->n_populations; p++) {
        struct others *o = &x->pretence->population[p];
        const double chance = o->chance * (heard ? o->heard : 1);
        const uint32_t n = ecp_exchange_share(network, rank, p);
        for (; chance > 0 && o->wait < n;) {
            const uint32_t at = seat + (uint32_t)o->wait;
            if (heard && !is_heard(network, ecp_exchange_gid(network, rank, at))) {
                o->wait++;
                continue;
            }
            uint32_t ago, word[ECP_SPIKE_WORDS] = {0, 0, at};
            next_gap(x->pretence, o, chance, &ago);
            ecp_exchange_word(x, at, ago, word);
            fine &= ecp_letter_add_words(letter, word, x->stride);
        }
        o->wait -= chance > 0 ? n : 0;
        seat += n;
    }
    return fine;
}

/* Begin anew: each population's first neuron that fires. */
static void begin_waits(struct ecp_network *network, int heard)
{
    struct ecp_pretence *pretence = network->exchange->pretence;
    for (int p = 0; p < network->n_populations; p++) {
        struct others *o = &pretence->population[p];
        const double chance = o->chance * (heard ? o->heard : 1);
        uint32_t ago;
        o->wait = -1;
        if (chance > 0)
            next_gap(pretence, o, chance, &ago);
    }
}

int ecp_exchange_imitate_row(struct ecp_network *network, int64_t epoch, ecp_step end)
{
    struct ecp_exchange *x = network->exchange;
    struct ecp_pretence *pretence = x->pretence;
    const double begin = ecp_clock_seconds();
    int fine = 1;
    pretence->steps = end - pretence->last;
    pretence->last = end;
    const double span_ms = (double)pretence->steps * network->plan->dt;
    measure(network, epoch, span_ms);
    for (int p = 0; p < network->n_populations; p++) {
        struct others *o = &pretence->population[p];
        double per_ms = o->neuron_ms > 0 ? o->spikes / o->neuron_ms : 0;
        if (pretence->given_hz > 0)
            per_ms = pretence->given_hz * 1e-3;
        o->chance = fmin(1, per_ms * span_ms);
    }
    begin_waits(network, 0);
    for (int k = 0; x->relays && k < x->mail.n_from; k++) {
        x->mail.in[k].n = 0;
        fine &= imitate_rank(network, x->mail.from[k], 0, &x->mail.in[k]);
    }
    x->pretended_s += ecp_clock_seconds() - begin;
    return fine;
}

/* Does this rank relay to itself what `rank` sends? */
static int relays_itself(const struct ecp_network *network, int rank)
{
    const struct ecp_relays *relays = network->exchange->relays;
    return relays && ecp_grid_relay(&relays->grid, rank,
                                    ecp_grid_column(&relays->grid, network->rank)) == network->rank;
}

int ecp_exchange_imitate(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    const double begin = ecp_clock_seconds();
    int fine = 1;
    begin_waits(network, 1);
    for (int r = 0; r < network->n_ranks && fine; r++) {
        const size_t head = x->imitated.n;
        if (r == network->rank || relays_itself(network, r))
            continue;
        fine &= ecp_letter_add_words(&x->imitated, (const uint32_t[]){(uint32_t)r, 0}, 2);
        fine = fine && imitate_rank(network, r, 1, &x->imitated);
        if (fine)
            x->imitated.word[head + 1] = (uint32_t)(x->imitated.n - head - 2);
        if (fine && x->imitated.n == head + 2)
            x->imitated.n = head;
    }
    x->pretended_s += ecp_clock_seconds() - begin;
    return fine;
}
