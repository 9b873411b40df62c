/* Which spikes go where: every rank asks for those that it needs; all others, or the relays
 * of its column, and these ask on. */
#include <stdlib.h>
#include <string.h>

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

/* What is needed here: of all neurons, by their gids. */
struct needs {
    const uint64_t *bits; /* NULL: those of the workers' sources */
    const struct ecp_network *network;
};

/* Of the *n neurons from `gid` on that lie in one word: bit 0 is of `gid`. */
static uint64_t needs_of(const struct needs *needs, ecp_gid gid, uint64_t *n)
{
    const unsigned bit = needs->bits ? (unsigned)(gid % 64) : ecp_source_bit(gid);
    uint64_t word = needs->bits ? needs->bits[gid / 64] : 0;
    for (int w = 0; !needs->bits && w < needs->network->n_workers; w++)
        word |= needs->network->worker[w].sources.line[gid / ECP_SOURCES_LINE].word[bit / 64];
    *n = 64 - bit % 64;
    return word >> bit % 64;
}

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for spikes between ranks");
}

static size_t words_for(size_t n)
{
    return n / 64 + 1;
}

/* The seats of rank r that are needed here, as bits; how many. */
static size_t list_of_rank(const struct ecp_network *network, const struct needs *needs, int r,
                           uint64_t *list)
{
    const size_t n = (size_t)network->n_populations;
    const uint32_t *start = network->exchange->share_start + (size_t)r * n;
    size_t seat = 0, listed = 0;
    memset(list, 0, words_for(ecp_exchange_seats(network, r)) * sizeof *list);
    for (size_t p = 0; p < n; p++) {
        const ecp_gid first = network->exchange->first_gid[p] + start[p];
        const uint64_t share = start[n + p] - start[p];
        for (uint64_t at = 0, here = 0; at < share; at += here) {
            uint64_t set = needs_of(needs, first + at, &here);
            here = here < share - at ? here : share - at;
            set &= ~UINT64_C(0) >> (64 - here);
            listed += (size_t)__builtin_popcountll(set);
            for (; set; set &= set - 1) {
                const size_t s = seat + at + (size_t)__builtin_ctzll(set);
                list[s / 64] |= UINT64_C(1) << s % 64;
            }
        }
        seat += share;
    }
    return listed;
}

/* ---- asking ----------------------------------------------------------------- */

struct asking {
    struct ecp_network *network;
    struct needs needs;
    uint64_t *list; /* scratch: of what is asked of one rank */
    int *from, n_from;
    int *to, n_to; /* ranks that need something of this one; ascending */
};

/* Room for the longest question: of one rank's seats, or of all origins of a relay. */
static size_t longest_list(const struct ecp_network *network)
{
    size_t longest = 0;
    for (int r = 0; r < network->n_ranks; r++) {
        const size_t n = words_for(ecp_exchange_seats(network, r));
        longest = n > longest ? n : longest;
    }
    return longest * 2 * (size_t)(ecp_grid_of(network->n_ranks).columns + 1);
}

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* All ranks learn who needs anything of them. */
static void find_neighbours(struct asking *a)
{
    struct ecp_network *network = a->network;
    const int n = network->n_ranks, rank = network->rank;
    network->exchange->n_heard = list_of_rank(network, &a->needs, rank, a->list);
    for (int turn = 1; turn < n; turn++) {
        const int of = (rank + turn) % n, by = (rank + n - turn) % n;
        const size_t needed = list_of_rank(network, &a->needs, of, a->list);
        void *in = NULL;
        size_t bytes = 0;
        ecp_comm_turn(network->comm, turn, a->list, needed > 0, &in, &bytes);
        free(in);
        network->exchange->n_heard += needed;
        if (needed > 0)
            a->from[a->n_from++] = of;
        if (bytes > 0)
            a->to[a->n_to++] = by;
    }
    qsort(a->from, (size_t)a->n_from, sizeof *a->from, ascending);
    qsort(a->to, (size_t)a->n_to, sizeof *a->to, ascending);
}

/* Spikes of the seats that are listed go into this letter. */
static void take_list(struct ecp_fan *fan, size_t first, size_t n, const uint64_t *list, int letter)
{
    for (size_t w = 0; w < words_for(n); w++)
        for (uint64_t set = list[w]; set; set &= set - 1) {
            const size_t seat = w * 64 + (size_t)__builtin_ctzll(set);
            if (seat < n)
                ecp_fan_row(fan, first + seat)[letter / 64] |= UINT64_C(1) << letter % 64;
        }
}

static enum ecp_status open_neighbours(struct asking *a)
{
    struct ecp_network *network = a->network;
    struct ecp_exchange *x = network->exchange;
    enum ecp_status status = ecp_fan_init(&x->fan, x->n_seats, (size_t)a->n_to);
    ECP_TRY(ecp_comm_agree(network->comm, status));
    status = ecp_mail_open(network->comm, a->to, a->n_to, a->from, a->n_from, &x->mail);
    ECP_TRY(ecp_comm_agree(network->comm, status));
done:
    return status;
}

static void ask_neighbours(struct asking *a)
{
    struct ecp_network *network = a->network;
    struct ecp_exchange *x = network->exchange;
    const int n = network->n_ranks, rank = network->rank;
    for (int turn = 1; turn < n; turn++) {
        const int of = (rank + turn) % n, by = (rank + n - turn) % n;
        const size_t listed = list_of_rank(network, &a->needs, of, a->list);
        const size_t words = listed > 0 ? words_for(ecp_exchange_seats(network, of)) : 0;
        void *in = NULL;
        size_t bytes = 0;
        ecp_comm_turn(network->comm, turn, a->list, words * sizeof *a->list, &in, &bytes);
        if (bytes >= words_for(x->n_seats) * sizeof *a->list)
            take_list(&x->fan, 0, x->n_seats, in,
                      ecp_exchange_letter(x->mail.to, x->mail.n_to, by));
        free(in);
    }
}

/* ---- asking relays ------------------------------------------------------------ */

/* A rank asks each relay of its column for what this relays of all its origins. */
static void ask_relays(struct asking *a)
{
    struct ecp_network *network = a->network;
    struct ecp_relays *relays = network->exchange->relays;
    const struct ecp_grid *grid = &relays->grid;
    const int n = network->n_ranks, rank = network->rank;
    for (int turn = 0; turn < n; turn++) {
        const int of = (rank + turn) % n, by = (rank + n - turn) % n;
        size_t words = 0, bytes = 0, at = 0;
        void *in = NULL;
        const int asks = ecp_grid_column(grid, of) == ecp_grid_column(grid, rank);
        for (int k = 0, r; asks && (r = ecp_grid_origin(grid, of, k)) >= 0; k++) {
            const size_t some = words_for(ecp_exchange_seats(network, r));
            if (r == rank) /* own spikes do not travel */
                memset(a->list + words, 0, some * sizeof *a->list);
            else
                (void)list_of_rank(network, &a->needs, r, a->list + words);
            words += some;
        }
        ecp_comm_turn(network->comm, turn, a->list, words * sizeof *a->list, &in, &bytes);
        const int letter = ecp_exchange_letter(relays->mail.to, relays->mail.n_to, by);
        for (int k = 0; bytes > 0 && k < relays->n_origins; k++) {
            const size_t seats = relays->first_seat[k + 1] - relays->first_seat[k];
            take_list(&relays->fan, relays->first_seat[k], seats, (const uint64_t *)in + at,
                      letter);
            at += words_for(seats);
        }
        free(in);
    }
}

/* The seats of an origin of which anybody needs the spikes. */
static size_t list_origin(const struct ecp_relays *relays, int k, uint64_t *list)
{
    const size_t first = relays->first_seat[k], n = relays->first_seat[k + 1] - first;
    memset(list, 0, words_for(n) * sizeof *list);
    for (size_t s = 0; s < n; s++) {
        const uint64_t *row = ecp_fan_row(&relays->fan, first + s);
        uint64_t any = 0;
        for (size_t w = 0; w < relays->fan.width; w++)
            any |= row[w];
        list[s / 64] |= (uint64_t)(any != 0) << s % 64;
    }
    return words_for(n);
}

/* A relay asks its origins for the spikes that it was asked for. */
static void ask_origins(struct asking *a)
{
    struct ecp_network *network = a->network;
    struct ecp_exchange *x = network->exchange;
    const struct ecp_relays *relays = x->relays;
    const int n = network->n_ranks, rank = network->rank;
    for (int turn = 0; turn < n; turn++) {
        const int of = (rank + turn) % n, by = (rank + n - turn) % n;
        size_t words = 0, bytes = 0;
        void *in = NULL;
        for (int k = 0; k < relays->n_origins; k++)
            if (ecp_grid_origin(&relays->grid, rank, k) == of)
                words = list_origin(relays, k, a->list);
        ecp_comm_turn(network->comm, turn, a->list, words * sizeof *a->list, &in, &bytes);
        if (bytes > 0)
            take_list(&x->fan, 0, x->n_seats, in,
                      ecp_exchange_letter(x->mail.to, x->mail.n_to, by));
        free(in);
    }
}

/* ---- all ---------------------------------------------------------------------- */

/* Tests try small grids: ECP_EXCHANGE=grid, and direct; what rank 0 is told holds. */
static int goes_in_two_hops(const struct asking *a)
{
    struct ecp_comm *comm = a->network->comm;
    int64_t most = a->n_from > a->n_to ? a->n_from : a->n_to;
    const char *said = getenv("ECP_EXCHANGE");
    int told = said && strcmp(said, "grid") == 0 ? 1 : said && strcmp(said, "direct") == 0 ? -1 : 0;
    ecp_comm_most(comm, &most, 1);
    ecp_comm_tell(comm, &told, sizeof told);
    return told > 0 || (told == 0 && ecp_route_pays(a->network->n_ranks, (int)most));
}

static enum ecp_status ask_all(struct asking *a)
{
    struct ecp_exchange *x = a->network->exchange;
    enum ecp_status status = ECP_OK;
    find_neighbours(a);
    ecp_mail_close(&x->mail);
    ecp_fan_clear(&x->fan);
    ecp_relays_close(x);
    if (!goes_in_two_hops(a)) {
        ECP_TRY(open_neighbours(a));
        ask_neighbours(a);
        goto done;
    }
    ECP_TRY(ecp_relays_open(a->network));
    ask_relays(a);
    ask_origins(a);
done:
    return status;
}

enum ecp_status ecp_exchange_renew(struct ecp_network *network)
{
    const struct ecp_exchange *x = network->exchange;
    enum ecp_status status = ECP_OK;
    if (!x)
        return ECP_OK;
    const size_t n = (size_t)network->n_ranks;
    uint64_t *own_bits = NULL;
    struct asking asking = {.network = network,
                            .list = ecp_array(longest_list(network), sizeof(uint64_t)),
                            .from = ecp_array(n + 1, sizeof(int)),
                            .to = ecp_array(n + 1, sizeof(int))};
    if (!network->worker[0].sources.line)
        own_bits = ecp_array(network->plan->n_neurons / 64 + 1, sizeof *own_bits);
    if (!asking.list || !asking.from || !asking.to ||
        (!network->worker[0].sources.line && !own_bits))
        status = no_memory();
    ECP_TRY(ecp_comm_agree(network->comm, status));
    if (own_bits)
        mark_needed(network, own_bits);
    asking.needs = (struct needs){own_bits, network};
    status = ask_all(&asking);
done:
    free(asking.list);
    free(asking.from);
    free(asking.to);
    free(own_bits);
    return status;
}
