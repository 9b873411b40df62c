#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/comm_private.h"

enum { SENTENCE = 512 };

/* Is there anybody to talk to? */
static int has_others(const struct ecp_comm *comm)
{
    return comm && comm->size > 1 && !comm->is_pretended;
}

/* ---- begin and end ------------------------------------------------------ */

enum ecp_status ecp_comm_start(struct ecp_comm **out)
{
    int is_alone = 1;
    *out = NULL;
    struct ecp_comm *comm = calloc(1, sizeof *comm);
    if (!comm)
        return ecp_fail(ECP_ENOMEM, "no memory to join the other ranks");
    comm->size = 1;
    const enum ecp_status status = ecp_job_start(comm, &is_alone);
    if (status != ECP_OK || is_alone)
        free(comm);
    else
        *out = comm;
    return status;
}

enum ecp_status ecp_comm_pretend(int rank, int size, struct ecp_comm **out)
{
    struct ecp_comm *comm = calloc(1, sizeof *comm);
    if (!comm)
        return ecp_fail(ECP_ENOMEM, "no memory for a rank");
    *comm = (struct ecp_comm){.rank = rank, .size = size, .is_pretended = 1};
    *out = comm;
    return ECP_OK;
}

int ecp_comm_is_pretended(const struct ecp_comm *comm)
{
    return comm && comm->is_pretended;
}

void ecp_comm_stop(struct ecp_comm *comm)
{
    if (comm && !comm->is_pretended)
        ecp_job_stop(comm);
    free(comm);
}

int ecp_comm_rank(const struct ecp_comm *comm)
{
    return comm ? comm->rank : 0;
}

int ecp_comm_size(const struct ecp_comm *comm)
{
    return comm ? comm->size : 1;
}

/* ---- all together ------------------------------------------------------- */

enum ecp_status ecp_comm_agree(struct ecp_comm *comm, enum ecp_status mine)
{
    char sentence[SENTENCE] = "";
    int32_t word = (int32_t)mine;
    if (!has_others(comm))
        return mine;
    int first = mine == ECP_OK ? comm->size : comm->rank;
    if (mine != ECP_OK)
        (void)snprintf(sentence, sizeof sentence, "%s", ecp_error_message());
    ecp_job_agree(comm, &first, &word, sentence, sizeof sentence);
    if (first == comm->size)
        return ECP_OK;
    ecp_error_clear();
    if (first == 0)
        return ecp_fail((enum ecp_status)word, "%s", sentence);
    return ecp_fail((enum ecp_status)word, "rank %d: %s", first, sentence);
}

void ecp_comm_tell(struct ecp_comm *comm, void *data, size_t bytes)
{
    if (has_others(comm))
        ecp_job_tell(comm, data, bytes);
}

void ecp_comm_sum(struct ecp_comm *comm, uint64_t *values, size_t n)
{
    if (has_others(comm))
        ecp_job_sum(comm, values, n);
}

void ecp_comm_most(struct ecp_comm *comm, int64_t *values, size_t n)
{
    if (has_others(comm))
        ecp_job_most(comm, values, n);
}

void ecp_comm_numbers(struct ecp_comm *comm, uint64_t mine, uint64_t *values)
{
    const int size = ecp_comm_size(comm);
    if (has_others(comm)) {
        ecp_job_numbers(comm, mine, values);
        return;
    }
    memset(values, 0, (size_t)size * sizeof *values);
    values[ecp_comm_rank(comm)] = mine;
}

void ecp_comm_gather(struct ecp_comm *comm, const void *mine, size_t bytes, void *all,
                     const size_t *first)
{
    const int rank = ecp_comm_rank(comm);
    if (rank > 0) {
        if (has_others(comm))
            ecp_job_send(comm, mine, bytes, 0);
        return;
    }
    if (bytes > 0 && (const char *)mine != (char *)all + first[0])
        memmove((char *)all + first[0], mine, bytes);
    for (int r = 1; has_others(comm) && r < comm->size; r++)
        ecp_job_receive(comm, (char *)all + first[r], first[r + 1] - first[r], r);
}

void ecp_comm_share(struct ecp_comm *comm, void *array, const size_t *first)
{
    if (has_others(comm))
        ecp_job_share(comm, array, first);
}

void ecp_comm_turn(struct ecp_comm *comm, int turn, const void *out, size_t bytes, void **in,
                   size_t *in_bytes)
{
    if (turn > 0 && has_others(comm)) {
        ecp_job_turn(comm, turn, out, bytes, in, in_bytes);
        return;
    }
    const size_t n = turn > 0 ? 0 : bytes; /* the others of a pretended job ask for nothing */
    *in = malloc(n + 1);
    *in_bytes = *in ? n : 0;
    if (*in && n > 0)
        memcpy(*in, out, n);
}

void ecp_comm_deal(struct ecp_comm *comm, const void *out, const size_t *out_first, void **in,
                   size_t *in_first)
{
    if (has_others(comm)) {
        ecp_job_deal(comm, out, out_first, in, in_first);
        return;
    }
    const int size = ecp_comm_size(comm), rank = ecp_comm_rank(comm);
    const size_t n = out_first[rank + 1] - out_first[rank];
    *in = malloc(n + 1);
    for (int r = 0; r <= size; r++)
        in_first[r] = *in && r > rank ? n : 0;
    if (*in && n > 0)
        memcpy(*in, (const char *)out + out_first[rank], n);
}

void ecp_comm_relay(struct ecp_comm *comm, void *data, size_t bytes,
                    void (*add)(void *context, void *data), void *context)
{
    const int others = has_others(comm), rank = ecp_comm_rank(comm), size = ecp_comm_size(comm);
    if (others && rank > 0)
        ecp_job_receive(comm, data, bytes, rank - 1);
    add(context, data);
    if (!others)
        return;
    ecp_job_send(comm, data, bytes, (rank + 1) % size);
    if (rank == 0)
        ecp_job_receive(comm, data, bytes, size - 1);
    ecp_job_tell(comm, data, bytes);
}

/* ---- letters ------------------------------------------------------------ */

enum ecp_status ecp_mail_open(struct ecp_comm *comm, const int *to, int n_to, const int *from,
                              int n_from, struct ecp_mail *out)
{
    const size_t n_out = (size_t)n_to, n_in = (size_t)n_from;
    *out = (struct ecp_mail){.comm = comm,
                             .n_to = n_to,
                             .n_from = n_from,
                             .to = malloc((n_out + 1) * sizeof(int)),
                             .from = malloc((n_in + 1) * sizeof(int)),
                             .out = calloc(n_out + 1, sizeof *out->out),
                             .in = calloc(n_in + 1, sizeof *out->in)};
    enum ecp_status status = ECP_OK;
    if (!out->to || !out->from || !out->out || !out->in)
        status = ecp_fail(ECP_ENOMEM, "no memory for messages between ranks");
    if (status == ECP_OK) {
        memcpy(out->to, to, n_out * sizeof *to);
        memcpy(out->from, from, n_in * sizeof *from);
    }
    if (has_others(comm)) {
        ECP_TRY(ecp_comm_agree(comm, status));
        status = ecp_comm_agree(comm, ecp_job_open(out));
    }
done:
    if (status != ECP_OK)
        ecp_mail_close(out);
    return status;
}

void ecp_mail_close(struct ecp_mail *mail)
{
    for (int k = 0; mail->out && k < mail->n_to; k++)
        free(mail->out[k].word);
    for (int k = 0; mail->in && k < mail->n_from; k++)
        free(mail->in[k].word);
    if (mail->requests)
        ecp_job_close(mail);
    free(mail->to);
    free(mail->from);
    free(mail->out);
    free(mail->in);
    memset(mail, 0, sizeof *mail);
}

int ecp_letter_grow(struct ecp_letter *letter)
{
    const size_t capacity = letter->capacity ? 2 * letter->capacity : 16;
    uint32_t *grown = realloc(letter->word, capacity * sizeof *grown);
    if (!grown)
        return 0;
    letter->word = grown;
    letter->capacity = capacity;
    return 1;
}

void ecp_mail_send(struct ecp_mail *mail)
{
    if (has_others(mail->comm))
        ecp_job_post(mail);
}

void ecp_mail_receive(struct ecp_mail *mail)
{
    if (has_others(mail->comm))
        ecp_job_collect(mail);
}
