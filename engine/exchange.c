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

/* Where the shares of all ranks begin, and the form of words. */
static enum ecp_status make_seats(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    const size_t n = (size_t)network->n_populations, ranks = (size_t)network->n_ranks;
    uint64_t most = 0;
    x->share_start = ecp_array((ranks + 1) * n + 1, sizeof *x->share_start);
    x->first_gid = ecp_array(n + 1, sizeof *x->first_gid);
    x->share_first = ecp_array(ranks + 1, sizeof *x->share_first);
    if (!x->share_start || !x->first_gid || !x->share_first)
        return no_memory();
    for (size_t p = 0; p < n; p++) {
        x->first_gid[p] = network->plan->population[p]->first;
        for (size_t r = 0; r <= ranks; r++)
            x->share_start[r * n + p] =
                ecp_share_first(network, network->plan->population[p]->size, (int)r, 0);
    }
    for (int r = 0; r < network->n_ranks; r++) {
        const uint64_t seats = ecp_exchange_seats(network, r);
        most = seats > most ? seats : most;
    }
    if (most > UINT32_MAX)
        return ecp_fail(ECP_EARG, "more than %u neurons on one rank: use more ranks", UINT32_MAX);
    x->n_seats = (uint32_t)ecp_exchange_seats(network, network->rank);
    while (network->epoch_steps >> x->step_bits)
        x->step_bits++;
    x->stride = network->plan->time == ECP_TIME_EXACT ? ECP_SPIKE_WORDS
                                                      : 1 + (most >> (32 - x->step_bits) > 0);
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
    ecp_relays_close(x);
    ecp_fan_clear(&x->fan);
    free(x->share_start);
    free(x->first_gid);
    free(x->share_first);
    ecp_exchange_stop_pretending(x->pretence);
    free(x->relayed.word);
    free(x->imitated.word);
    free(x->exact_in.shot);
    free(x);
    network->exchange = NULL;
}

static double letters_bytes(const struct ecp_letter *letter, int n)
{
    double bytes = 0;
    for (int k = 0; k < n; k++)
        bytes += (double)(letter[k].capacity * sizeof(uint32_t) + sizeof *letter);
    return bytes;
}

static double mail_bytes(const struct ecp_mail *mail)
{
    return letters_bytes(mail->out, mail->n_to) + letters_bytes(mail->in, mail->n_from);
}

static double fan_bytes(const struct ecp_fan *fan)
{
    return (double)(fan->n * fan->width * sizeof *fan->bits);
}

void ecp_exchange_facts(const struct ecp_network *network, struct ecp_network_facts *facts)
{
    const struct ecp_exchange *x = network->exchange;
    if (!x)
        return;
    double bytes = 4.0 * (network->n_ranks + 1) * network->n_populations + fan_bytes(&x->fan) +
                   mail_bytes(&x->mail) + letters_bytes(&x->relayed, 1) +
                   letters_bytes(&x->imitated, 1);
    for (int w = 0; w < network->n_workers; w++)
        bytes += (double)network->worker[w].sources.bytes;
    if (x->relays)
        bytes += fan_bytes(&x->relays->fan) + mail_bytes(&x->relays->mail) +
                 letters_bytes(&x->relays->here, 1);
    facts->letters = x->n_letters;
    facts->words = x->n_words;
    facts->memory_exchange_mb = bytes * 1e-6;
    facts->pretended_s = x->pretended_s;
    facts->heard = x->n_heard;
}

/* ---- reading ---------------------------------------------------------------- */

/* Letters that tell spikes: those that came last, what was relayed from here to here,
 * and what is imitated. NULL: there are no more. */
static const struct ecp_letter *letter_to_read(const struct ecp_exchange *x, int k)
{
    const struct ecp_mail *mail = x->relays ? &x->relays->mail : &x->mail;
    if (k < mail->n_from)
        return &mail->in[k];
    if (x->relays && k == mail->n_from)
        return &x->relays->here;
    return k == mail->n_from + (x->relays != NULL) ? &x->imitated : NULL;
}

/* The next words of one rank; 0: the letter is read. */
static int open_block(const struct ecp_network *network, const struct ecp_letter *letter,
                      struct ecp_exchange_place *place)
{
    const struct ecp_exchange *x = network->exchange;
    const struct ecp_relays *relays = x->relays;
    if (place->word >= letter->n)
        return 0;
    const uint32_t *word = letter->word + place->word;
    if (letter == &x->imitated) {
        place->rank = (int)word[0];
        place->end = place->word + 2 + word[1];
        place->word += 2;
    } else if (relays) {
        const int relay =
            letter == &relays->here ? network->rank : relays->mail.from[place->letter];
        place->rank = ecp_grid_origin(&relays->grid, relay, (int)(word[0] >> relays->head_bits));
        place->end = place->word + 1 + (word[0] & ((UINT32_C(1) << relays->head_bits) - 1));
        place->word++;
    } else {
        place->rank = x->mail.from[place->letter];
        place->end = letter->n;
    }
    return place->end <= letter->n && place->rank >= 0;
}

/* The letter where `place` has words of one rank; NULL: all are read. */
static const struct ecp_letter *letter_at(const struct ecp_network *network,
                                          struct ecp_exchange_place *place)
{
    const struct ecp_exchange *x = network->exchange;
    for (;;) {
        const struct ecp_letter *letter = letter_to_read(x, place->letter);
        if (!letter || place->word + (size_t)x->stride <= place->end)
            return letter;
        if (!open_block(network, letter, place))
            *place = (struct ecp_exchange_place){.letter = place->letter + 1};
    }
}

size_t ecp_exchange_some(const struct ecp_network *network, struct ecp_exchange_place *place,
                         struct ecp_shot *shot)
{
    const struct ecp_exchange *x = network->exchange;
    const uint32_t mask = (1u << x->step_bits) - 1;
    const size_t stride = (size_t)x->stride;
    const struct ecp_letter *letter;
    size_t n = 0;
    while (n < ECP_EXCHANGE_SOME && (letter = letter_at(network, place)) != NULL)
        for (; n < ECP_EXCHANGE_SOME && place->word + stride <= place->end;
             place->word += stride, n++) {
            const uint32_t *word = letter->word + place->word;
            shot[n].source = ecp_exchange_gid(network, place->rank, ecp_exchange_seat(x, word));
            shot[n].step = x->end - 1 - (ecp_step)(word[0] & mask);
        }
    return n;
}

static int read_exact_letters(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    struct ecp_exchange_place place = {0};
    const struct ecp_letter *letter;
    x->exact_in.n = 0;
    for (; (letter = letter_at(network, &place)) != NULL; place.word += ECP_SPIKE_WORDS) {
        const uint32_t *word = letter->word + place.word;
        struct ecp_exact_shot *shot =
            ecp_room_for_one(x->exact_in.shot, x->exact_in.n, &x->exact_in.capacity, sizeof *shot);
        if (!shot)
            return 0;
        x->exact_in.shot = shot;
        shot += x->exact_in.n++;
        memcpy(&shot->time, word, sizeof shot->time);
        shot->source = (uint32_t)ecp_exchange_gid(network, place.rank, word[2]);
    }
    return 1;
}

const struct ecp_exact_shots *ecp_exchange_exact_shots(const struct ecp_network *network)
{
    return &network->exchange->exact_in;
}

/* ---- writing ---------------------------------------------------------------- */

static uint32_t seat_of(const struct ecp_network *network, ecp_gid source)
{
    const struct ecp_exchange *x = network->exchange;
    const uint32_t *start = x->share_start + (size_t)network->rank * (size_t)network->n_populations;
    int p = network->n_populations - 1;
    while (x->first_gid[p] > source)
        p--;
    uint32_t seat = (uint32_t)(source - x->first_gid[p]) - start[p];
    while (p-- > 0)
        seat += ecp_exchange_share(network, network->rank, p);
    return seat;
}

/* Into all letters that this seat's spikes go into. */
static int write_words(struct ecp_exchange *x, uint32_t seat, const uint32_t *word)
{
    const uint64_t *row = ecp_fan_row(&x->fan, seat);
    int fine = 1;
    for (size_t w = 0; w < x->fan.width; w++)
        for (uint64_t set = row[w]; set; set &= set - 1) {
            const int k = (int)w * 64 + __builtin_ctzll(set);
            struct ecp_letter *letter = k < x->mail.n_to ? &x->mail.out[k] : &x->relayed;
            fine &= ecp_letter_add_words(letter, word, x->stride);
        }
    return fine;
}

/* Own spikes to others. */
static int write_letters(struct ecp_network *network, int64_t epoch, ecp_step end)
{
    struct ecp_exchange *x = network->exchange;
    int fine = 1;
    x->end = end;
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_shots *shots = &network->worker[w].out[(epoch - 1) & 1];
        for (size_t k = 0; k < shots->n; k++) {
            const ecp_gid source = shots->shot[k].source;
            const uint32_t seat = seat_of(network, source);
            uint32_t word[ECP_SPIKE_WORDS];
            ecp_exchange_word(x, seat, (uint32_t)(end - 1 - shots->shot[k].step), word);
            fine &= write_words(x, seat, word);
        }
    }
    return fine;
}

static int write_exact_letters(struct ecp_network *network, int64_t window)
{
    int fine = 1;
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_exact_shots *shots = &network->worker[w].exact->out[(window - 1) & 1];
        for (size_t k = 0; k < shots->n; k++) {
            const uint32_t seat = seat_of(network, shots->shot[k].source);
            uint32_t word[ECP_SPIKE_WORDS] = {0, 0, seat};
            memcpy(word, &shots->shot[k].time, sizeof shots->shot[k].time);
            fine &= write_words(network->exchange, seat, word);
        }
    }
    return fine;
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
    x->imitated.n = x->relayed.n = 0;
}

static void count_letters(struct ecp_exchange *x, const struct ecp_mail *mail)
{
    for (int k = 0; k < mail->n_to; k++)
        x->n_words += mail->out[k].n;
    x->n_letters += (uint64_t)mail->n_to;
}

/* The second hop. What comes from others in a pretended job is imitated: 0 epochs, nothing. */
static int pass_on(struct ecp_network *network, int64_t pretended_epoch, ecp_step step)
{
    struct ecp_exchange *x = network->exchange;
    int fine = 1;
    if (x->pretence && pretended_epoch > 0)
        fine &= ecp_exchange_imitate_row(network, pretended_epoch, step);
    if (x->relays) {
        fine &= ecp_relays_pass(network);
        ecp_mail_send(&x->relays->mail);
        ecp_mail_receive(&x->relays->mail);
        count_letters(x, &x->relays->mail);
    }
    if (x->pretence && pretended_epoch > 0)
        fine &= ecp_exchange_imitate(network);
    return fine;
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
    count_letters(x, &x->mail);
    fine &= pass_on(network, epoch, step);
    if (exact)
        fine &= read_exact_letters(network);
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
        (void)pass_on(network, 0, 0);
        ecp_gate_open(network, &x->gate, epoch + 1);
    }
}
