/* Which spikes go where: every rank asks every other for those that it needs. */
#include <stdlib.h>

#include "engine/alloc.h"
#include "engine/exchange_private.h"
#include "engine/plastic.h"

/* ---- who needs what ----------------------------------------------------- */

static void mark(uint64_t *needed, ecp_gid source)
{
    needed[source / 64] |= UINT64_C(1) << source % 64;
}

static void mark_population(const struct ecp_network *network, uint64_t *needed, int p)
{
    const struct ecp_plan_population *population = network->plan->population[p];
    for (ecp_gid s = population->first; s < population->first + population->size; s++)
        mark(needed, s);
}

/* All sources where synapses come and go: they may any time. */
static void mark_plastic(const struct ecp_plastic *plastic, uint64_t *needed)
{
    const struct ecp_network *network = plastic->worker->network;
    const struct ecp_plan_population *from = network->plan->population[plastic->plan->source];
    if (ecp_structure_of(plastic->plan, NULL))
        mark_population(network, needed, plastic->plan->source);
    for (ecp_lid s = 0; s < from->size; s++)
        if (plastic->start[s + 1] > plastic->start[s])
            mark(needed, from->first + s);
    if (plastic->plan->modulator >= 0)
        mark_population(network, needed, plastic->plan->modulator);
}

/* Sources (bits) whose spikes some worker of this rank delivers. */
static void mark_needed(const struct ecp_network *network, uint64_t *needed)
{
    for (int w = 0; w < network->n_workers; w++) {
        const struct ecp_worker *worker = &network->worker[w];
        const struct ecp_rows *const rows[2] = {&worker->compact_rows, &worker->wide_rows};
        for (int k = 0; k < 2; k++)
            for (ecp_gid s = 0; rows[k]->start && s < rows[k]->n_sources; s++)
                if (rows[k]->start[s] != ECP_ROW_NONE)
                    mark(needed, s);
        for (ecp_gid s = 0; worker->exact && s < network->plan->n_neurons; s++)
            if (worker->exact->row[s + 1] > worker->exact->row[s])
                mark(needed, s);
        for (size_t k = 0; worker->plastic && k < worker->plastic->n; k++)
            mark_plastic(&worker->plastic->projection[k], needed);
    }
}

/* Seats of one rank that are needed here, and the numbers that they have here. */
struct request {
    uint32_t *word; /* n seats; then, where there are numbers, n numbers */
    size_t n, capacity;
};

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for spikes between ranks");
}

static enum ecp_status add_seat(struct request *request, uint32_t seat, ecp_gid gid)
{
    if (request->n == request->capacity) {
        const size_t capacity = request->capacity ? 2 * request->capacity : 1024;
        uint32_t *grown = realloc(request->word, 2 * capacity * sizeof *grown);
        if (!grown)
            return no_memory();
        request->word = grown;
        request->capacity = capacity;
    }
    request->word[2 * request->n] = seat;
    request->word[2 * request->n + 1] = (uint32_t)gid;
    request->n++;
    return ECP_OK;
}

/* What this rank asks of rank r: pairs of seat and number. */
static enum ecp_status list_of_rank(const struct ecp_network *network, const uint64_t *needed,
                                    int r, struct request *request)
{
    uint32_t seat = 0;
    enum ecp_status status = ECP_OK;
    request->n = 0;
    for (int p = 0; p < network->n_populations; p++) {
        const struct ecp_plan_population *population = network->plan->population[p];
        const ecp_lid first = ecp_share_first(network, population->size, r, 0);
        const ecp_lid end = ecp_share_first(network, population->size, r + 1, 0);
        for (ecp_lid j = first; j < end && status == ECP_OK; j++, seat++) {
            const ecp_gid source = population->first + j;
            if (needed[source / 64] >> source % 64 & 1)
                status = add_seat(
                    request, seat,
                    network->sources.bits ? ecp_source_number(&network->sources, source) : 0);
        }
    }
    return status;
}

/* ---- building ------------------------------------------------------------ */

/* Asking all ranks, twice: first to count, then to fill. */
struct asking {
    struct ecp_network *network;
    const uint64_t *needed;
    struct request request;
    int *letter;       /* of each rank; the first time: does it need anything? */
    int *from, n_from; /* ranks that something is needed of */
    uint64_t *place;   /* of each seat: counts, then places */
    int filling;
    enum ecp_status status;
};

static void take_request(struct asking *a, int r, const uint32_t *pair, size_t n)
{
    struct ecp_exchange *x = a->network->exchange;
    const uint32_t n_seats = x->seat_first[a->network->n_populations];
    a->letter[r] = a->filling ? a->letter[r] : n > 0;
    for (size_t k = 0; k < n; k++) {
        const uint32_t seat = pair[2 * k];
        if (seat >= n_seats)
            continue;
        const uint64_t at = a->place[seat]++;
        if (!a->filling)
            continue;
        if (x->to_brief)
            x->to_brief[at] = (uint16_t)a->letter[r];
        else
            x->to[at] = (uint32_t)a->letter[r];
        if (x->number)
            x->number[at] = pair[2 * k + 1];
    }
}

/* A rank without memory asks for nothing, and says so when all agree. */
static void ask_all(struct asking *a)
{
    struct ecp_network *network = a->network;
    const int n = network->n_ranks, rank = network->rank;
    a->n_from = 0;
    for (int turn = 1; turn < n; turn++) {
        const int of = (rank + turn) % n, by = (rank + n - turn) % n;
        void *in = NULL;
        size_t bytes = 0;
        if (a->status == ECP_OK)
            a->status = list_of_rank(network, a->needed, of, &a->request);
        const size_t asked = a->status == ECP_OK ? a->request.n : 0;
        ecp_comm_turn(network->comm, turn, a->request.word, asked * 2 * sizeof(uint32_t), &in,
                      &bytes);
        if (asked > 0)
            a->from[a->n_from++] = of;
        take_request(a, by, in, bytes / (2 * sizeof(uint32_t)));
        free(in);
    }
}

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* From what was counted: tables, and letters. */
static enum ecp_status make_tables(struct asking *a)
{
    struct ecp_network *network = a->network;
    struct ecp_exchange *x = network->exchange;
    const uint32_t n_seats = x->seat_first[network->n_populations];
    int n_to = 0, *to = ecp_array((size_t)network->n_ranks + 1, sizeof *to);
    if (!to)
        return no_memory();
    for (int r = 0; r < network->n_ranks; r++)
        if (a->letter[r]) {
            to[n_to] = r;
            a->letter[r] = n_to++;
        }
    qsort(a->from, (size_t)a->n_from, sizeof *a->from, ascending);
    ecp_mail_close(&x->mail);
    enum ecp_status status = ecp_mail_open(network->comm, to, n_to, a->from, a->n_from, &x->mail);
    free(to);
    free(x->to);
    free(x->to_brief);
    free(x->number);
    x->to = NULL;
    x->to_brief = NULL;
    x->number = NULL;
    uint64_t total = 0;
    for (uint32_t s = 0; s < n_seats; s++) {
        x->to_first[s] = total;
        total += a->place[s];
        a->place[s] = x->to_first[s];
    }
    x->to_first[n_seats] = total;
    if (n_to <= UINT16_MAX + 1)
        x->to_brief = ecp_array(total + 1, sizeof *x->to_brief);
    else
        x->to = ecp_array(total + 1, sizeof *x->to);
    if (network->sources.bits)
        x->number = ecp_array(total + 1, sizeof *x->number);
    if (status == ECP_OK && ((!x->to && !x->to_brief) || (network->sources.bits && !x->number)))
        status = no_memory();
    return status;
}

enum ecp_status ecp_exchange_renew(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    enum ecp_status status = ECP_OK;
    if (!x)
        return ECP_OK;
    const size_t n = (size_t)network->n_ranks, seats = x->seat_first[network->n_populations];
    uint64_t *own_bits = NULL;
    struct asking asking = {.network = network,
                            .letter = ecp_array(n + 1, sizeof(int)),
                            .from = ecp_array(n + 1, sizeof(int)),
                            .place = ecp_array(seats + 1, sizeof(uint64_t))};
    if (!network->sources.bits)
        own_bits = ecp_array(network->plan->n_neurons / 64 + 1, sizeof *own_bits);
    if (!asking.letter || !asking.from || !asking.place || (!network->sources.bits && !own_bits))
        status = no_memory();
    ECP_TRY(ecp_comm_agree(network->comm, status));
    if (own_bits)
        mark_needed(network, own_bits);
    asking.needed = own_bits ? own_bits : network->sources.bits;
    ask_all(&asking);
    ECP_TRY(ecp_comm_agree(network->comm, asking.status));
    ECP_TRY(ecp_comm_agree(network->comm, make_tables(&asking)));
    asking.filling = 1;
    ask_all(&asking);
    status = ecp_comm_agree(network->comm, asking.status);
done:
    free(asking.request.word);
    free(asking.letter);
    free(asking.from);
    free(asking.place);
    free(own_bits);
    return status;
}
