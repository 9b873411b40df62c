/* Two hops: relays pass on what is for the ranks of their column.
 *
 * A relayed letter consists of blocks, one of each origin that has something in it: a
 * head (which origin of this relay, how many words), and the words as the origin wrote
 * them. Origins come in ascending order. */
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"
#include "engine/exchange_private.h"

enum { AHEAD = 8 }; /* spikes whose row of the fan is fetched */

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for spikes between ranks");
}

/* ---- fans ------------------------------------------------------------------- */

enum ecp_status ecp_fan_init(struct ecp_fan *fan, size_t n, size_t n_letters)
{
    const size_t width = n_letters > 0 ? (n_letters + 63) / 64 : 1;
    uint64_t *bits = ecp_array((n + 1) * width, sizeof *bits);
    if (!bits)
        return no_memory();
    *fan = (struct ecp_fan){bits, n, width};
    return ECP_OK;
}

void ecp_fan_clear(struct ecp_fan *fan)
{
    free(fan->bits);
    *fan = (struct ecp_fan){0};
}

int ecp_exchange_letter(const int *ranks, int n, int rank)
{
    int low = 0, high = n;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (ranks[middle] < rank)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && ranks[low] == rank ? low : n;
}

/* ---- opening ---------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The first hop: to the relays of all columns, from all origins. */
static enum ecp_status open_first(struct ecp_network *network, int *to, int *from)
{
    struct ecp_exchange *x = network->exchange;
    const struct ecp_grid *grid = &x->relays->grid;
    int n_to = 0, n_from = 0;
    for (int c = 0; c < grid->columns; c++) {
        const int relay = ecp_grid_relay(grid, network->rank, c);
        if (relay != network->rank)
            to[n_to++] = relay;
    }
    for (int k = 0, r; (r = ecp_grid_origin(grid, network->rank, k)) >= 0; k++)
        if (r != network->rank)
            from[n_from++] = r;
    qsort(to, (size_t)n_to, sizeof *to, ascending);
    return ecp_mail_open(network->comm, to, n_to, from, n_from, &x->mail);
}

/* The second: among the ranks of the own column. */
static enum ecp_status open_second(struct ecp_network *network, int *column)
{
    struct ecp_relays *relays = network->exchange->relays;
    int n = 0;
    for (int r = ecp_grid_column(&relays->grid, network->rank); r < network->n_ranks;
         r += relays->grid.columns)
        if (r != network->rank)
            column[n++] = r;
    return ecp_mail_open(network->comm, column, n, column, n, &relays->mail);
}

static enum ecp_status make_tables(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    struct ecp_relays *relays = x->relays;
    enum ecp_status status = ECP_OK;
    size_t seats = 0;
    int n = 0;
    while (ecp_grid_origin(&relays->grid, network->rank, n) >= 0)
        n++;
    relays->n_origins = n;
    relays->first_seat = ecp_array((size_t)n + 1, sizeof *relays->first_seat);
    relays->head = ecp_array((size_t)relays->mail.n_to + 1, sizeof *relays->head);
    if (!relays->first_seat || !relays->head)
        return no_memory();
    for (int k = 0; k < n; k++) {
        relays->first_seat[k] = seats;
        seats += ecp_exchange_seats(network, ecp_grid_origin(&relays->grid, network->rank, k));
    }
    relays->first_seat[n] = seats;
    relays->head_bits = 32;
    for (int most = 2 * relays->grid.columns; most > 0; most /= 2)
        relays->head_bits--;
    ECP_TRY(ecp_fan_init(&x->fan, x->n_seats, (size_t)x->mail.n_to + 1));
    status = ecp_fan_init(&relays->fan, seats, (size_t)relays->mail.n_to + 1);
done:
    return status;
}

enum ecp_status ecp_relays_open(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    const size_t n = (size_t)network->n_ranks + 1;
    int *to = ecp_array(n, sizeof *to), *from = ecp_array(n, sizeof *from);
    enum ecp_status status = ECP_OK;
    x->relays = ecp_array(1, sizeof *x->relays);
    if (!x->relays || !to || !from)
        status = no_memory();
    ECP_TRY(ecp_comm_agree(network->comm, status));
    x->relays->grid = ecp_grid_of(network->n_ranks);
    ECP_TRY(open_first(network, to, from));
    ECP_TRY(open_second(network, to));
    status = ecp_comm_agree(network->comm, make_tables(network));
done:
    free(to);
    free(from);
    return status;
}

void ecp_relays_close(struct ecp_exchange *x)
{
    struct ecp_relays *relays = x->relays;
    if (!relays)
        return;
    ecp_mail_close(&relays->mail);
    ecp_fan_clear(&relays->fan);
    free(relays->here.word);
    free(relays->first_seat);
    free(relays->head);
    free(relays);
    x->relays = NULL;
}

/* ---- passing on --------------------------------------------------------------- */

static struct ecp_letter *letter_at(struct ecp_relays *relays, size_t k)
{
    return k < (size_t)relays->mail.n_to ? &relays->mail.out[k] : &relays->here;
}

static int open_blocks(struct ecp_relays *relays, int origin)
{
    int fine = 1;
    for (size_t k = 0; k <= (size_t)relays->mail.n_to; k++) {
        struct ecp_letter *letter = letter_at(relays, k);
        relays->head[k] = letter->n;
        fine &= ecp_letter_add(letter, (uint32_t)origin << relays->head_bits);
    }
    return fine;
}

static void close_blocks(struct ecp_relays *relays)
{
    for (size_t k = 0; k <= (size_t)relays->mail.n_to; k++) {
        struct ecp_letter *letter = letter_at(relays, k);
        const size_t n = letter->n - relays->head[k] - 1;
        if (n == 0)
            letter->n--;
        else
            letter->word[relays->head[k]] |= (uint32_t)n;
    }
}

/* A spike into the letters whose bits are set. */
static inline int pass_one(struct ecp_relays *relays, const uint64_t *row, const uint32_t *word,
                           int stride)
{
    struct ecp_letter *const out = relays->mail.out;
    const size_t n = (size_t)relays->mail.n_to;
    int fine = 1;
    for (size_t w = 0; w < relays->fan.width; w++)
        for (uint64_t set = row[w]; set; set &= set - 1) {
            const size_t k = w * 64 + (size_t)__builtin_ctzll(set);
            fine &= ecp_letter_add_words(k < n ? &out[k] : &relays->here, word, stride);
        }
    return fine;
}

/* One block of each letter: n words of an origin. */
static int pass_some(struct ecp_exchange *x, int origin, const uint32_t *word, size_t n)
{
    struct ecp_relays *relays = x->relays;
    const size_t first = relays->first_seat[origin];
    const size_t seats = relays->first_seat[origin + 1] - first;
    const size_t stride = (size_t)x->stride;
    if (!open_blocks(relays, origin))
        return 0; /* nothing is sent any more but what there is */
    int fine = 1;
    for (size_t at = 0; at < n; at += stride) {
        const uint32_t seat = ecp_exchange_seat(x, word + at);
        if (at + AHEAD * stride < n)
            __builtin_prefetch(ecp_fan_row(
                &relays->fan, first + ecp_exchange_seat(x, word + at + AHEAD * stride)));
        if (seat >= seats)
            continue;
        fine &= pass_one(relays, ecp_fan_row(&relays->fan, first + seat), word + at, x->stride);
    }
    close_blocks(relays);
    return fine;
}

int ecp_relays_pass(struct ecp_network *network)
{
    struct ecp_exchange *x = network->exchange;
    struct ecp_relays *relays = x->relays;
    const size_t stride = (size_t)x->stride;
    const size_t most = ((UINT32_C(1) << relays->head_bits) - 1) / stride * stride;
    int fine = 1, in = 0;
    for (int k = 0; k <= relays->mail.n_to; k++)
        letter_at(relays, (size_t)k)->n = 0;
    for (int k = 0; k < relays->n_origins; k++) {
        const int own = ecp_grid_origin(&relays->grid, network->rank, k) == network->rank;
        const struct ecp_letter *letter = own ? &x->relayed : &x->mail.in[in++];
        for (size_t at = 0; fine && at + stride <= letter->n; at += most) {
            const size_t left = (letter->n - at) / stride * stride;
            fine = pass_some(x, k, letter->word + at, left < most ? left : most);
        }
    }
    return fine;
}
