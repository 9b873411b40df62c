/* The ranks of an MPI job.
 *
 * MPI counts in ints: what is larger than CHUNK goes in several messages. Errors
 * inside MPI end the job with MPI's own message (its default): ranks that cannot
 * talk cannot agree. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mpi/comm_private.h"

enum {
    CHUNK = 1 << 28,      /* bytes of one message                              */
    LETTER_MOST = 992,    /* words of a letter that go with its head; the rest */
    LETTER_LEAST = 14,    /* follows. Fewer where there are many neighbours:   */
    LETTER_ALL = 1 << 22, /* so many for all of them                           */
    HEAD_WORDS = 2,       /* number of words, low and high                     */
    TAG_BULK = 1,
    TAG_LETTER = 2,
    TAG_REST = 3,
    LOOKS = 2000, /* for messages, some 100 us; then naps in between */
    NAP_NANOSECONDS = 20000
};

struct ecp_job {
    MPI_Comm world;
};

struct ecp_mail_requests {
    MPI_Request *send;    /* 2 n_to: head and rest */
    MPI_Request *receive; /* n_from */
    size_t words;         /* of a letter that go with its head */
    uint32_t *head_out;   /* n_to x (HEAD_WORDS + words) */
    uint32_t *head_in;    /* n_from x the same */
    int n_send;
};

static MPI_Comm world(const struct ecp_comm *comm)
{
    return comm->job->world;
}

/* ---- begin and end ------------------------------------------------------ */

/* MPI_Init of a program that nobody launched would take a tenth of a second and
 * start helpers: ask the environment first. */
static int was_launched(void)
{
    static const char *const marks[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_FD",
                                        "MPI_LOCALNRANKS",      NULL};
    for (size_t k = 0; marks[k]; k++)
        if (getenv(marks[k]))
            return 1;
    return 0;
}

enum ecp_status ecp_job_start(struct ecp_comm *comm, int *is_alone)
{
    int provided = 0;
    *is_alone = !was_launched();
    if (*is_alone)
        return ECP_OK;
    comm->job = calloc(1, sizeof *comm->job);
    if (!comm->job)
        return ecp_fail(ECP_ENOMEM, "no memory to join the other ranks");
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_FUNNELED) {
        free(comm->job);
        return ecp_fail(ECP_ECOMM, "MPI does not start with support for threads");
    }
    comm->job->world = MPI_COMM_WORLD;
    (void)MPI_Comm_rank(world(comm), &comm->rank);
    (void)MPI_Comm_size(world(comm), &comm->size);
    return ECP_OK;
}

void ecp_job_stop(struct ecp_comm *comm)
{
    (void)MPI_Finalize();
    free(comm->job);
}

const char *ecp_comm_library(void)
{
#if defined(OMPI_MAJOR_VERSION)
    return "MPI (Open MPI)";
#else
    return "MPI";
#endif
}

/* ---- waiting -------------------------------------------------------------- */

/* MPI's own waiting spins. Where cores are shared with other programs, or with other
 * ranks, that holds up the one that is waited for (9 times slower with 3 ranks on 2
 * busy cores): look a while, then sleep between looks. */
static void nap_after(int looks)
{
    const struct timespec nap = {0, NAP_NANOSECONDS};
    if (looks > LOOKS)
        (void)nanosleep(&nap, NULL);
}

static void wait_for(MPI_Request *request)
{
    int is_done = 0;
    for (int looks = 0; !is_done; looks++) {
        (void)MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
        if (!is_done)
            nap_after(looks);
    }
}

/* ---- all together ------------------------------------------------------- */

static void reduce(struct ecp_comm *comm, void *values, size_t n, MPI_Datatype type, MPI_Op op)
{
    MPI_Request request;
    (void)MPI_Iallreduce(MPI_IN_PLACE, values, (int)n, type, op, world(comm), &request);
    wait_for(&request);
}

static void broadcast(struct ecp_comm *comm, void *data, size_t bytes, int from)
{
    for (size_t at = 0; at < bytes; at += CHUNK) {
        const size_t n = bytes - at < CHUNK ? bytes - at : CHUNK;
        MPI_Request request;
        (void)MPI_Ibcast((char *)data + at, (int)n, MPI_BYTE, from, world(comm), &request);
        wait_for(&request);
    }
}

void ecp_job_agree(struct ecp_comm *comm, int *failing, int32_t *status, char *sentence,
                   size_t size)
{
    reduce(comm, failing, 1, MPI_INT, MPI_MIN);
    if (*failing == comm->size)
        return;
    broadcast(comm, status, sizeof *status, *failing);
    broadcast(comm, sentence, size, *failing);
}

void ecp_job_tell(struct ecp_comm *comm, void *data, size_t bytes)
{
    broadcast(comm, data, bytes, 0);
}

void ecp_job_sum(struct ecp_comm *comm, uint64_t *values, size_t n)
{
    reduce(comm, values, n, MPI_UINT64_T, MPI_SUM);
}

void ecp_job_most(struct ecp_comm *comm, int64_t *values, size_t n)
{
    reduce(comm, values, n, MPI_INT64_T, MPI_MAX);
}

void ecp_job_numbers(struct ecp_comm *comm, uint64_t mine, uint64_t *values)
{
    MPI_Request request;
    (void)MPI_Iallgather(&mine, 1, MPI_UINT64_T, values, 1, MPI_UINT64_T, world(comm), &request);
    wait_for(&request);
}

/* ---- many bytes --------------------------------------------------------- */

void ecp_job_send(struct ecp_comm *comm, const void *data, size_t bytes, int to)
{
    for (size_t at = 0; at < bytes; at += CHUNK) {
        const size_t n = bytes - at < CHUNK ? bytes - at : CHUNK;
        MPI_Request request;
        (void)MPI_Isend((const char *)data + at, (int)n, MPI_BYTE, to, TAG_BULK, world(comm),
                        &request);
        wait_for(&request);
    }
}

void ecp_job_receive(struct ecp_comm *comm, void *data, size_t bytes, int from)
{
    for (size_t at = 0; at < bytes; at += CHUNK) {
        const size_t n = bytes - at < CHUNK ? bytes - at : CHUNK;
        MPI_Request request;
        (void)MPI_Irecv((char *)data + at, (int)n, MPI_BYTE, from, TAG_BULK, world(comm), &request);
        wait_for(&request);
    }
}

/* One part after the other, each in chunks: for arrays that MPI cannot count. */
static void share_in_turns(struct ecp_comm *comm, char *bytes, const size_t *first)
{
    for (int r = 0; r < comm->size; r++)
        broadcast(comm, bytes + first[r], first[r + 1] - first[r], r);
}

void ecp_job_share(struct ecp_comm *comm, void *array, const size_t *first)
{
    int64_t no_room = 0;
    int *count = NULL;
    if (first[comm->size] <= CHUNK) {
        count = malloc(2 * (size_t)comm->size * sizeof *count);
        no_room = count == NULL;
        ecp_job_most(comm, &no_room, 1); /* all go the same way */
    }
    if (first[comm->size] > CHUNK || no_room) {
        share_in_turns(comm, array, first);
        free(count);
        return;
    }
    int *place = count + comm->size;
    for (int r = 0; r < comm->size; r++) {
        count[r] = (int)(first[r + 1] - first[r]);
        place[r] = (int)first[r];
    }
    MPI_Request request;
    (void)MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, array, count, place, MPI_BYTE,
                          world(comm), &request);
    wait_for(&request);
    free(count);
}

/* Nobody can agree on anything while a message lies unread: the job ends. */
static void give_up(const struct ecp_comm *comm, size_t bytes)
{
    (void)fprintf(stderr, "ecphory: rank %d: no memory for %zu bytes from another rank\n",
                  comm->rank, bytes);
    (void)MPI_Abort(world(comm), ecp_status_exit_code(ECP_ENOMEM));
}

/* Nothing is said where there is nothing: the other one does not listen either. */
static void swap(struct ecp_comm *comm, const void *out, size_t n_out, int to, void *in,
                 size_t n_in, int from)
{
    MPI_Request request[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    if (n_in > 0)
        (void)MPI_Irecv(in, (int)n_in, MPI_BYTE, from, TAG_BULK, world(comm), &request[0]);
    if (n_out > 0)
        (void)MPI_Isend(out, (int)n_out, MPI_BYTE, to, TAG_BULK, world(comm), &request[1]);
    wait_for(&request[0]);
    wait_for(&request[1]);
}

void ecp_job_turn(struct ecp_comm *comm, int turn, const void *out, size_t bytes, void **in,
                  size_t *in_bytes)
{
    const int to = (comm->rank + turn) % comm->size;
    const int from = (comm->rank + comm->size - turn) % comm->size;
    uint64_t mine = bytes, theirs = 0;
    swap(comm, &mine, sizeof mine, to, &theirs, sizeof theirs, from);
    char *room = malloc(theirs + 1);
    if (!room)
        give_up(comm, theirs);
    for (size_t sent = 0, got = 0; sent < bytes || got < theirs;) {
        const size_t s = bytes - sent < CHUNK ? bytes - sent : CHUNK;
        const size_t r = theirs - got < CHUNK ? theirs - got : CHUNK;
        swap(comm, (const char *)out + sent, s, to, room + got, r, from);
        sent += s;
        got += r;
    }
    *in = room;
    *in_bytes = theirs;
}

void ecp_job_deal(struct ecp_comm *comm, const void *out, const size_t *out_first, void **in,
                  size_t *in_first)
{
    const int n = comm->size;
    MPI_Request request;
    uint64_t *bytes = malloc(2 * (size_t)n * sizeof *bytes), *theirs = bytes + n;
    if (!bytes)
        give_up(comm, 2 * (size_t)n * sizeof *bytes);
    for (int r = 0; r < n; r++)
        bytes[r] = out_first[r + 1] - out_first[r];
    (void)MPI_Ialltoall(bytes, 1, MPI_UINT64_T, theirs, 1, MPI_UINT64_T, world(comm), &request);
    wait_for(&request);
    in_first[0] = 0;
    for (int r = 0; r < n; r++)
        in_first[r + 1] = in_first[r] + theirs[r];
    char *room = malloc(in_first[n] + 1);
    if (!room)
        give_up(comm, in_first[n]);
    const int own = comm->rank;
    if (bytes[own] > 0)
        memcpy(room + in_first[own], (const char *)out + out_first[own], bytes[own]);
    for (int turn = 1; turn < n; turn++) {
        const int to = (own + turn) % n, from = (own + n - turn) % n;
        for (size_t sent = 0, got = 0; sent < bytes[to] || got < theirs[from];) {
            const size_t s = bytes[to] - sent < CHUNK ? bytes[to] - sent : CHUNK;
            const size_t r = theirs[from] - got < CHUNK ? theirs[from] - got : CHUNK;
            swap(comm, (const char *)out + out_first[to] + sent, s, to, room + in_first[from] + got,
                 r, from);
            sent += s;
            got += r;
        }
    }
    free(bytes);
    *in = room;
}

/* ---- letters ------------------------------------------------------------ */

enum ecp_status ecp_job_open(struct ecp_mail *mail)
{
    const size_t n_out = (size_t)mail->n_to, n_in = (size_t)mail->n_from;
    int64_t neighbours = mail->n_to > mail->n_from ? mail->n_to : mail->n_from;
    ecp_job_most(mail->comm, &neighbours, 1);
    const int64_t share = LETTER_ALL / (neighbours + 1);
    struct ecp_mail_requests *r = mail->requests = calloc(1, sizeof *r);
    if (!r)
        return ecp_fail(ECP_ENOMEM, "no memory for messages between ranks");
    r->words = (size_t)(share < LETTER_LEAST  ? LETTER_LEAST
                        : share > LETTER_MOST ? LETTER_MOST
                                              : share);
    const size_t words = HEAD_WORDS + r->words;
    r->send = malloc((2 * n_out + 1) * sizeof *r->send);
    r->receive = malloc((n_in + 1) * sizeof *r->receive);
    r->head_out = malloc((n_out * words + 1) * sizeof *r->head_out);
    r->head_in = malloc((n_in * words + 1) * sizeof *r->head_in);
    if (!r->send || !r->receive || !r->head_out || !r->head_in)
        return ecp_fail(ECP_ENOMEM, "no memory for messages between ranks");
    return ECP_OK;
}

void ecp_job_close(struct ecp_mail *mail)
{
    free(mail->requests->send);
    free(mail->requests->receive);
    free(mail->requests->head_out);
    free(mail->requests->head_in);
    free(mail->requests);
}

void ecp_job_post(struct ecp_mail *mail)
{
    struct ecp_mail_requests *r = mail->requests;
    const size_t words = HEAD_WORDS + r->words;
    r->n_send = 0;
    for (int k = 0; k < mail->n_from; k++)
        (void)MPI_Irecv(r->head_in + (size_t)k * words, (int)words, MPI_UINT32_T, mail->from[k],
                        TAG_LETTER, world(mail->comm), &r->receive[k]);
    for (int k = 0; k < mail->n_to; k++) {
        const struct ecp_letter *letter = &mail->out[k];
        const size_t n = letter->n < r->words ? letter->n : r->words;
        uint32_t *head = r->head_out + (size_t)k * words;
        head[0] = (uint32_t)letter->n;
        head[1] = (uint32_t)((uint64_t)letter->n >> 32);
        if (n > 0)
            memcpy(head + HEAD_WORDS, letter->word, n * sizeof *head);
        (void)MPI_Isend(head, (int)(HEAD_WORDS + n), MPI_UINT32_T, mail->to[k], TAG_LETTER,
                        world(mail->comm), &r->send[r->n_send++]);
        if (letter->n > n)
            (void)MPI_Isend(letter->word + n, (int)(letter->n - n), MPI_UINT32_T, mail->to[k],
                            TAG_REST, world(mail->comm), &r->send[r->n_send++]);
    }
}

/* The next letter that has come. */
static int next_letter(const struct ecp_mail *mail)
{
    for (int looks = 0;; looks++) {
        int k = 0, is_there = 0;
        (void)MPI_Testany(mail->n_from, mail->requests->receive, &k, &is_there, MPI_STATUS_IGNORE);
        if (is_there)
            return k;
        nap_after(looks);
    }
}

void ecp_job_collect(struct ecp_mail *mail)
{
    struct ecp_mail_requests *r = mail->requests;
    const size_t words = HEAD_WORDS + r->words;
    for (int done = 0; done < mail->n_from; done++) {
        const int k = next_letter(mail);
        const uint32_t *head = r->head_in + (size_t)k * words;
        struct ecp_letter *letter = &mail->in[k];
        const size_t n = head[0] | (size_t)head[1] << 32, first = n < r->words ? n : r->words;
        while (letter->capacity < n)
            if (!ecp_letter_grow(letter))
                give_up(mail->comm, n * sizeof *head);
        letter->n = n;
        if (first > 0)
            memcpy(letter->word, head + HEAD_WORDS, first * sizeof *head);
        if (n > first)
            (void)MPI_Recv(letter->word + first, (int)(n - first), MPI_UINT32_T, mail->from[k],
                           TAG_REST, world(mail->comm), MPI_STATUS_IGNORE);
    }
    (void)MPI_Waitall(r->n_send, r->send, MPI_STATUSES_IGNORE);
}
