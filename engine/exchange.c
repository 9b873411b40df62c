#include "engine/exchange_private.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/gap.h"
#include "engine/plastic.h"
#include "engine/structural.h"
#include "mpi/comm.h"

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for spikes between ranks");
}

/* ---- building ------------------------------------------------------------ */

/* Largest number that a source has on any rank. */
static uint64_t most_sources(const struct ecp_network *network)
{
    int64_t most = (int64_t)network->sources.n;
    ecp_comm_most(network->comm, &most, 1);
    return (uint64_t)most;
}

static enum ecp_status make_seats(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    const size_t n = (size_t)network->n_populations + 1;
    uint64_t seats = 0, sources = most_sources(network);
    x->seat_first = ecp_array(n, sizeof *x->seat_first);
    x->share_first = ecp_array((size_t)network->n_ranks + 1, sizeof *x->share_first);
    if (!x->seat_first || !x->share_first)
        return no_memory();
    for (int p = 0; p < network->n_populations; p++) {
        const size_t size = network->plan->population[p]->size;
        x->seat_first[p] = (uint32_t)seats;
        seats += ecp_share_first(network, size, network->rank + 1, 0) -
                 ecp_share_first(network, size, network->rank, 0);
        if (seats > UINT32_MAX)
            return ecp_fail(ECP_EARG, "more than %u neurons on one rank: use more ranks",
                            UINT32_MAX);
    }
    x->seat_first[network->n_populations] = (uint32_t)seats;
    x->to_first = ecp_array((size_t)seats + 2, sizeof *x->to_first);
    if (!x->to_first)
        return no_memory();
    while (network->epoch_steps >> x->step_bits)
        x->step_bits++;
    x->two_words = sources >> (32 - x->step_bits) > 0;
    return ECP_OK;
}

static enum ecp_status check_threads(const struct ecp_network *network)
{
    int64_t most[2] = {network->n_workers, -network->n_workers};
    ecp_comm_most(network->comm, most, 2);
    if (most[0] != -most[1])
        return ecp_fail(ECP_EARG, "ranks have %d to %d threads; give all the same with --threads",
                        (int)-most[1], (int)most[0]);
    return ECP_OK;
}

enum ecp_status ecp_exchange_build(struct ecp_network *network)
{
    enum ecp_status status = ECP_OK;
    if (network->n_ranks == 1)
        return ECP_OK;
    network->exchange = ecp_array(1, sizeof *network->exchange);
    status = network->exchange ? make_seats(network) : no_memory();
    ECP_TRY(ecp_comm_agree(network->comm, status));
    ECP_TRY(check_threads(network));
    ECP_TRY(ecp_exchange_renew(network));
    if (ecp_comm_is_pretended(network->comm))
        ECP_TRY(ecp_exchange_pretend(network));
    ecp_exchange_fields(network, 0);
done:
    return status;
}

void ecp_exchange_clear(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    if (!x)
        return;
    ecp_mail_close(&x->mail);
    free(x->seat_first);
    free(x->share_first);
    free(x->to_first);
    free(x->to);
    free(x->to_brief);
    free(x->number);
    ecp_exchange_stop_pretending(x->pretence);
    free(x->own.word);
    free(x->exact_in.shot);
    free(x);
    network->exchange = NULL;
}

void ecp_exchange_facts(const struct ecp_network *network, struct ecp_network_facts *facts)
{
    const struct ecp_exchange *x = network->exchange;
    if (!x)
        return;
    const uint32_t n_seats = x->seat_first[network->n_populations];
    const double entries = (double)x->to_first[n_seats];
    double bytes = 8.0 * n_seats + entries * ((x->to_brief ? 2 : 4) + (x->number ? 4 : 0));
    for (int k = 0; k < x->mail.n_to; k++)
        bytes += (double)(x->mail.out[k].capacity * sizeof(uint32_t) + sizeof *x->mail.out);
    for (int k = 0; k < x->mail.n_from; k++)
        bytes += (double)(x->mail.in[k].capacity * sizeof(uint32_t) + sizeof *x->mail.in);
    if (network->sources.bits)
        bytes += (double)network->plan->n_neurons / 8 * 1.0625;
    facts->letters = x->n_letters;
    facts->words = x->n_words;
    facts->memory_exchange_mb = bytes * 1e-6;
}

/* ---- spikes ---------------------------------------------------------------- */

size_t ecp_exchange_some(const struct ecp_network *network, struct ecp_exchange_place *place,
                         struct ecp_shot *shot)
{
    const struct ecp_exchange *x = network->exchange;
    const uint32_t mask = (1u << x->step_bits) - 1;
    const size_t stride = 1 + (size_t)x->two_words;
    size_t n = 0;
    while (n < ECP_EXCHANGE_SOME && place->letter <= x->mail.n_from) {
        const struct ecp_letter *letter =
            place->letter < x->mail.n_from ? &x->mail.in[place->letter] : &x->own;
        for (; n < ECP_EXCHANGE_SOME && place->word + stride <= letter->n;
             place->word += stride, n++) {
            const uint32_t word = letter->word[place->word];
            const uint64_t high = x->two_words ? letter->word[place->word + 1] : 0;
            shot[n] = (struct ecp_shot){(word >> x->step_bits) | high << (32 - x->step_bits),
                                        x->end - 1 - (ecp_step)(word & mask)};
        }
        if (place->word + stride > letter->n)
            *place = (struct ecp_exchange_place){place->letter + 1, 0};
    }
    return n;
}

const struct ecp_exact_shots *ecp_exchange_exact_shots(const struct ecp_network *network)
{
    return &network->exchange->exact_in;
}

static uint32_t seat_of(const struct ecp_network *network, ecp_gid source)
{
    int p = network->n_populations - 1;
    while (network->plan->population[p]->first > source)
        p--;
    const struct ecp_plan_population *population = network->plan->population[p];
    const ecp_lid first = ecp_share_first(network, population->size, network->rank, 0);
    return network->exchange->seat_first[p] + (uint32_t)(source - population->first) - first;
}

static struct ecp_letter *letter_of(struct ecp_exchange *x, uint64_t k)
{
    return &x->mail.out[x->to_brief ? x->to_brief[k] : x->to[k]];
}

/* Own spikes to others; and to the own rank where sources have numbers. */
static int write_letters(struct ecp_network *network, int64_t epoch, ecp_step end)
{
    struct ecp_exchange *x = network->exchange;
    const struct ecp_sources *sources = &network->sources;
    int fine = 1;
    x->end = end;
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_shots *shots = &network->worker[w].out[(epoch - 1) & 1];
        for (size_t k = 0; k < shots->n; k++) {
            const ecp_gid source = shots->shot[k].source;
            const uint32_t ago = (uint32_t)(end - 1 - shots->shot[k].step);
            const uint32_t seat = seat_of(network, source);
            for (uint64_t t = x->to_first[seat]; t < x->to_first[seat + 1]; t++)
                fine &=
                    ecp_exchange_add(x, letter_of(x, t), x->number ? x->number[t] : source, ago);
            if (sources->bits && ecp_source_is_heard(sources, source))
                fine &= ecp_exchange_add(x, &x->own, ecp_source_number(sources, source), ago);
        }
    }
    return fine;
}

static int add_words(struct ecp_exchange *x, uint32_t seat, const uint32_t *word, int n)
{
    int fine = 1;
    for (uint64_t k = x->to_first[seat]; k < x->to_first[seat + 1]; k++)
        for (int j = 0; j < n; j++)
            fine &= ecp_letter_add(letter_of(x, k), word[j]);
    return fine;
}

static int write_exact_letters(struct ecp_network *network, int64_t window)
{
    int fine = 1;
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_exact_shots *shots = &network->worker[w].exact->out[(window - 1) & 1];
        for (size_t k = 0; k < shots->n; k++) {
            uint32_t word[3] = {0, 0, (uint32_t)shots->shot[k].source};
            memcpy(word, &shots->shot[k].time, sizeof shots->shot[k].time);
            fine &= add_words(network->exchange, seat_of(network, shots->shot[k].source), word, 3);
        }
    }
    return fine;
}

static int read_exact_letters(struct ecp_exchange *x)
{
    x->exact_in.n = 0;
    for (int l = 0; l < x->mail.n_from; l++) {
        const struct ecp_letter *letter = &x->mail.in[l];
        for (size_t k = 0; k + 3 <= letter->n; k += 3) {
            struct ecp_exact_shot *shot = ecp_room_for_one(x->exact_in.shot, x->exact_in.n,
                                                           &x->exact_in.capacity, sizeof *shot);
            if (!shot)
                return 0;
            x->exact_in.shot = shot;
            shot += x->exact_in.n++;
            memcpy(&shot->time, letter->word + k, sizeof shot->time);
            shot->source = letter->word[k + 2];
        }
    }
    return 1;
}

/* ---- fields ---------------------------------------------------------------- */

static void share_column(struct ecp_network *network, const struct ecp_published *p, ecp_step step)
{
    size_t *first = network->exchange->share_first;
    const size_t size = network->plan->population[p->population]->size;
    for (int r = 0; r <= network->n_ranks; r++)
        first[r] = ecp_share_first(network, size, r, 0) * sizeof(ecp_real);
    ecp_comm_share(network->comm, p->copy[step & (p->n_copies - 1)], first);
}

void ecp_exchange_fields(struct ecp_network *network, ecp_step step)
{
    if (!network->exchange)
        return;
    for (size_t k = 0; k < network->n_published; k++)
        for (uint32_t c = 0; c < network->published[k].n_copies; c++)
            share_column(network, &network->published[k], step + c);
    network->exchange->shown = step;
}

static void share_last_epoch(struct ecp_network *network, ecp_step step)
{
    struct ecp_exchange *x = network->exchange;
    for (ecp_step s = x->shown + 1; s <= step; s++)
        for (size_t k = 0; k < network->n_published; k++)
            share_column(network, &network->published[k], s);
    x->shown = step;
}

void ecp_exchange_resume(struct ecp_network *network)
{
    if (!network->exchange)
        return;
    if (network->plan->time == ECP_TIME_EXACT)
        atomic_store(&network->exchange->gate.done, network->worker[0].exact->window);
    ecp_exchange_fields(network, network->now);
}

/* ---- meeting --------------------------------------------------------------- */

static void begin_letters(struct ecp_exchange *x)
{
    for (int k = 0; k < x->mail.n_to; k++)
        x->mail.out[k].n = 0;
    x->own.n = 0;
}

/* What all workers of this rank fired has been written; send it and read the others'. */
static void meet(struct ecp_network *network, int64_t epoch, ecp_step step)
{
    struct ecp_exchange *x = network->exchange;
    const int exact = network->plan->time == ECP_TIME_EXACT;
    begin_letters(x);
    int fine = exact ? write_exact_letters(network, epoch) : write_letters(network, epoch, step);
    ecp_mail_send(&x->mail);
    if (!exact)
        share_last_epoch(network, step);
    ecp_mail_receive(&x->mail);
    if (exact)
        fine &= read_exact_letters(x);
    if (x->pretence)
        fine &= ecp_exchange_imitate(network, epoch, step);
    for (int k = 0; k < x->mail.n_to; k++) {
        x->n_words += x->mail.out[k].n;
        x->n_letters++;
    }
    if (!fine)
        ecp_worker_fail(&network->worker[0], no_memory());
}

int ecp_exchange_meet(struct ecp_worker *worker, int64_t epoch, ecp_step step)
{
    struct ecp_network *network = worker->network;
    struct ecp_exchange *x = network->exchange;
    if (!x)
        return 1;
    if (worker->id > 0)
        return ecp_gate_wait(network, &x->gate, epoch + 1);
    meet(network, epoch, step);
    ecp_gate_open(network, &x->gate, epoch + 1);
    return !atomic_load(&network->failed);
}

/* Fields are shared step by step, so the steps must be those that the others share. */
void ecp_exchange_drain(struct ecp_network *network, int64_t epochs)
{
    struct ecp_exchange *x = network->exchange;
    while (x && atomic_load(&x->gate.done) < epochs) {
        const int64_t epoch = atomic_load(&x->gate.done);
        begin_letters(x);
        ecp_mail_send(&x->mail);
        if (network->plan->time != ECP_TIME_EXACT)
            share_last_epoch(network,
                             network->now + (epoch - network->epoch) * network->epoch_steps);
        ecp_mail_receive(&x->mail);
        ecp_gate_open(network, &x->gate, epoch + 1);
    }
}
