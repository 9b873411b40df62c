/* exchange_private.h -- shared by the files of the exchange. */
#ifndef ECP_EXCHANGE_PRIVATE_H
#define ECP_EXCHANGE_PRIVATE_H

#include "engine/exact.h"
#include "engine/exchange.h"
#include "mpi/comm.h"

struct ecp_pretence;

struct ecp_exchange {
    struct ecp_mail mail;
    struct ecp_gate gate; /* epochs met */

    /* Own neurons are numbered through all populations ("seats"): those of seat s go to
     * the letters to[to_first[s]] .. to[to_first[s + 1] - 1]. Which source it is there
     * stands in `number`, where it has a number of its own there (sources.h). */
    uint32_t *seat_first; /* n_populations + 1 */
    uint64_t *to_first;
    uint16_t *to_brief; /* up to 65,536 letters; else `to` */
    uint32_t *to;
    uint32_t *number;   /* NULL: its gid */
    unsigned step_bits; /* of a word: steps before the end of the epoch; above, the source */
    int two_words;      /* the source does not fit beside it */

    struct ecp_letter own; /* to the own rank; and what is imitated */
    ecp_step end;          /* of the epoch that the letters tell of */
    struct ecp_exact_shots exact_in;
    ecp_step shown;                /* step up to which fields are everywhere */
    size_t *share_first;           /* n_ranks + 1, scratch */
    struct ecp_pretence *pretence; /* engine/exchange_pretend.c */
    uint64_t n_letters, n_words;   /* sent */
};

/* A source that fired `ago` steps before the last one of the epoch; 0: no memory. */
static inline int ecp_exchange_add(const struct ecp_exchange *x, struct ecp_letter *letter,
                                   uint64_t source, uint32_t ago)
{
    int fine = ecp_letter_add(letter, (uint32_t)source << x->step_bits | ago);
    if (x->two_words)
        fine &= ecp_letter_add(letter, (uint32_t)(source >> (32 - x->step_bits)));
    return fine;
}

/* In a job that is pretended: where the own spikes would go, by chance as the network's
 * connections have it; and, in every epoch, spikes of the others at the rates of the own
 * neurons of the same population. ECP_ENOMEM; 0: no memory. */
enum ecp_status ecp_exchange_pretend(struct ecp_network *network);
int ecp_exchange_imitate(struct ecp_network *network, int64_t epoch, ecp_step end);
void ecp_exchange_stop_pretending(struct ecp_pretence *pretence);

#endif
