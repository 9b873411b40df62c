/* comm.h -- the ranks of a job, and what they tell each other.
 *
 * The engine knows ranks through this page alone. A comm that is NULL stands for
 * a program that runs alone: one rank, nothing to say. All functions but rank and
 * size are collective: every rank calls them in the same order, from the thread
 * that called ecp_comm_start. A rank that dies, or a message that is lost, ends the
 * job: the launcher sees to that. */
#ifndef ECP_COMM_H
#define ECP_COMM_H

#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"

struct ecp_comm;

/* Join the job that this process was launched in; *out stays NULL when it was
 * started alone, or when the program was built without MPI. ECP_ECOMM. */
enum ecp_status ecp_comm_start(struct ecp_comm **out);
/* Leave it. Waits for all ranks. */
void ecp_comm_stop(struct ecp_comm *comm);

/* A comm that says it is `rank` of `size`, and is alone: what it tells nobody hears,
 * what it asks for is what it has. To try one rank of a large job. ECP_ENOMEM. */
enum ecp_status ecp_comm_pretend(int rank, int size, struct ecp_comm **out);
int ecp_comm_is_pretended(const struct ecp_comm *comm);

/* "MPI (Open MPI 4.1.4)", or "one (built without MPI)". */
const char *ecp_comm_library(void);

int ecp_comm_rank(const struct ecp_comm *comm);
int ecp_comm_size(const struct ecp_comm *comm);

/* The worst of what ranks bring, on all of them: those that bring ECP_OK have the
 * sentence of the first rank that failed as their error. */
enum ecp_status ecp_comm_agree(struct ecp_comm *comm, enum ecp_status mine);

/* Rank 0's bytes, on all. */
void ecp_comm_tell(struct ecp_comm *comm, void *data, size_t bytes);
/* Sums, and the largest, of n numbers; in place, on all. */
void ecp_comm_sum(struct ecp_comm *comm, uint64_t *values, size_t n);
void ecp_comm_most(struct ecp_comm *comm, int64_t *values, size_t n);

/* Rank r's bytes begin at all + first[r] on rank 0; first has size + 1 elements and is
 * known on rank 0 alone. Rank 0's own are copied. */
void ecp_comm_gather(struct ecp_comm *comm, const void *mine, size_t bytes, void *all,
                     const size_t *first);

/* One number of every rank, on all: values has ecp_comm_size elements. */
void ecp_comm_numbers(struct ecp_comm *comm, uint64_t mine, uint64_t *values);

/* Everybody's part of one array on all: rank r owns bytes first[r] .. first[r + 1] - 1. */
void ecp_comm_share(struct ecp_comm *comm, void *array, const size_t *first);

/* Bytes out_first[r] .. out_first[r + 1] - 1 of `out` go to rank r. What comes lies in *in
 * (malloc'd, the caller frees), rank after rank, from in_first[r] on; both have size + 1
 * elements. Nothing is sent where there is nothing. Without memory for what comes, the job
 * ends. */
void ecp_comm_deal(struct ecp_comm *comm, const void *out, const size_t *out_first, void **in,
                   size_t *in_first);

/* `data` goes from rank to rank, 0 first, and each calls `add` with it: for sums whose order
 * counts. In the end all have what the last one left. */
void ecp_comm_relay(struct ecp_comm *comm, void *data, size_t bytes,
                    void (*add)(void *context, void *data), void *context);

/* In turn k of all ranks' ecp_comm_size turns: `bytes` of `out` go to the rank k after this
 * one, and *in (malloc'd, the caller frees) are *in_bytes from the rank k before it. Turn 0
 * is a copy. Without memory for what comes, the job ends. */
void ecp_comm_turn(struct ecp_comm *comm, int turn, const void *out, size_t bytes, void **in,
                   size_t *in_bytes);

/* ---- words between neighbours, again and again ------------------------- */

struct ecp_letter {
    uint32_t *word;
    size_t n, capacity;
};

struct ecp_mail {
    struct ecp_comm *comm;
    int n_to, n_from;
    int *to, *from; /* ranks */
    struct ecp_letter *out, *in;
    struct ecp_mail_requests *requests; /* of comm_mpi.c */
};

/* `to` and `from` are ascending ranks, without the own one; they are copied. */
enum ecp_status ecp_mail_open(struct ecp_comm *comm, const int *to, int n_to, const int *from,
                              int n_from, struct ecp_mail *out);
void ecp_mail_close(struct ecp_mail *mail);

/* Room for one more word in a letter; 0 when there is none. */
int ecp_letter_grow(struct ecp_letter *letter);
static inline int ecp_letter_add(struct ecp_letter *letter, uint32_t word)
{
    if (letter->n == letter->capacity && !ecp_letter_grow(letter))
        return 0;
    letter->word[letter->n++] = word;
    return 1;
}

/* Send all letters of `out` (also empty ones), then wait for one of each of `from`; in
 * between there is time for other work. Without memory for what comes, the job ends.
 * A pretended comm sends and receives nothing. */
void ecp_mail_send(struct ecp_mail *mail);
void ecp_mail_receive(struct ecp_mail *mail);

#endif
