/* exchange_private.h -- shared by the files of the exchange.
 *
 * Own neurons are numbered through all populations ("seats"). A spike is a word: the
 * seat of its source on the rank where that is, and how many steps before the end of the
 * epoch it fired; a second word where both do not fit; three in the exact mode (time,
 * seat). Who reads a letter knows of which rank its words are: the one that sent it, or,
 * of a relayed one (route.h), what the head of each block says. */
#ifndef ECP_EXCHANGE_PRIVATE_H
#define ECP_EXCHANGE_PRIVATE_H

#include "engine/exact.h"
#include "engine/exchange.h"
#include "engine/route.h"
#include "mpi/comm.h"

struct ecp_pretence;

/* For each of many seats the letters that its spikes go into: a bit for each letter. */
struct ecp_fan {
    uint64_t *bits; /* n x width */
    size_t n, width;
};

/* What a rank does for others in a grid. */
struct ecp_relays {
    struct ecp_grid grid;
    struct ecp_mail mail;   /* to and from the other ranks of the own column */
    struct ecp_letter here; /* what is relayed from here to here */
    int n_origins;
    size_t *first_seat; /* n_origins + 1: of each origin in the fan */
    struct ecp_fan fan; /* letters of `mail`; one more: `here` */
    size_t *head;       /* of the open block of each letter */
    unsigned head_bits; /* of a block's head that count its words; above, which origin */
};

struct ecp_exchange {
    struct ecp_mail mail;  /* of own spikes */
    struct ecp_gate gate;  /* epochs met */
    uint32_t *share_start; /* of each rank and one more, n_populations: the first neuron */
    ecp_gid *first_gid;    /* n_populations */
    uint32_t n_seats;      /* own ones */
    struct ecp_fan fan;    /* of own seats to letters of `mail`; one more: `relayed` */
    unsigned step_bits;    /* of a word: steps before the end of the epoch; above, the seat */
    int stride;            /* words of a spike */

    struct ecp_relays *relays;  /* NULL: one hop */
    struct ecp_letter relayed;  /* own spikes that this rank relays itself */
    struct ecp_letter imitated; /* in a pretended job: blocks of rank, count, words */
    ecp_step end;               /* of the epoch that the letters tell of */
    struct ecp_exact_shots exact_in;
    ecp_step shown;                /* step up to which fields are everywhere */
    size_t *share_first;           /* n_ranks + 1, scratch */
    struct ecp_pretence *pretence; /* engine/exchange_pretend.c */
    double pretended_s;            /* wall: imitating */
    uint64_t n_heard;              /* neurons of which spikes are delivered here */
    uint64_t n_letters, n_words;   /* sent */
};

enum { ECP_SPIKE_WORDS = 3 }; /* at most */

/* ---- seats ------------------------------------------------------------------ */

static inline uint32_t ecp_exchange_share(const struct ecp_network *network, int rank, int p)
{
    const uint32_t *start =
        network->exchange->share_start + (size_t)rank * (size_t)network->n_populations + (size_t)p;
    return start[network->n_populations] - start[0];
}

static inline size_t ecp_exchange_seats(const struct ecp_network *network, int rank)
{
    size_t seats = 0;
    for (int p = 0; p < network->n_populations; p++)
        seats += ecp_exchange_share(network, rank, p);
    return seats;
}

/* `seat` must be one of the rank's. */
static inline ecp_gid ecp_exchange_gid(const struct ecp_network *network, int rank, uint32_t seat)
{
    const struct ecp_exchange *x = network->exchange;
    const size_t n = (size_t)network->n_populations;
    const uint32_t *start = x->share_start + (size_t)rank * n;
    size_t p = 0;
    for (uint32_t size = start[n] - start[0]; seat >= size && p + 1 < n;
         size = start[n + p] - start[p]) {
        seat -= size;
        p++;
    }
    return x->first_gid[p] + start[p] + seat;
}

/* ---- words ------------------------------------------------------------------ */

/* On the grid: a spike `ago` steps before the last one of the epoch. */
static inline void ecp_exchange_word(const struct ecp_exchange *x, uint32_t seat, uint32_t ago,
                                     uint32_t word[ECP_SPIKE_WORDS])
{
    word[0] = (uint32_t)((uint64_t)seat << x->step_bits | ago);
    word[1] = (uint32_t)((uint64_t)seat >> (32 - x->step_bits));
}

static inline uint32_t ecp_exchange_seat(const struct ecp_exchange *x, const uint32_t *word)
{
    if (x->stride == 3)
        return word[2];
    const uint32_t low = word[0] >> x->step_bits;
    return x->stride == 1 ? low : low | word[1] << (32 - x->step_bits);
}

static inline int ecp_letter_add_words(struct ecp_letter *letter, const uint32_t *word, int n)
{
    int fine = ecp_letter_add(letter, word[0]);
    for (int k = 1; k < n; k++)
        fine &= ecp_letter_add(letter, word[k]);
    return fine;
}

/* ---- fans ------------------------------------------------------------------- */

enum ecp_status ecp_fan_init(struct ecp_fan *fan, size_t n, size_t n_letters);
void ecp_fan_clear(struct ecp_fan *fan);

static inline uint64_t *ecp_fan_row(const struct ecp_fan *fan, size_t seat)
{
    return fan->bits + seat * fan->width;
}

/* ---- the files of the exchange ---------------------------------------------- */

/* Relays (engine/exchange_route.c): tables, without anything in them; passing on, when the
 * letters of the first hop are here, 0: no memory. */
enum ecp_status ecp_relays_open(struct ecp_network *network);
void ecp_relays_close(struct ecp_exchange *x);
int ecp_relays_pass(struct ecp_network *network);

/* The place of `rank` among the ranks of a mail; n where it is not. */
int ecp_exchange_letter(const int *ranks, int n, int rank);

/* In a job that is pretended: where the own spikes would go, by chance as the network's
 * connections have it; and, in every epoch, spikes of the others at the rates of the own
 * neurons of the same population: before letters are passed on and after that. ECP_ENOMEM;
 * 0: no memory. */
enum ecp_status ecp_exchange_pretend(struct ecp_network *network);
int ecp_exchange_imitate_row(struct ecp_network *network, int64_t epoch, ecp_step end);
int ecp_exchange_imitate(struct ecp_network *network);
void ecp_exchange_stop_pretending(struct ecp_pretence *pretence);

#endif
