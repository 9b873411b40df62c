/* comm_private.h -- what lies under a comm (mpi/comm_mpi.c, mpi/comm_serial.c); called for
 * ranks that are really there. */
#ifndef ECP_COMM_PRIVATE_H
#define ECP_COMM_PRIVATE_H

#include "mpi/comm.h"

struct ecp_comm {
    int rank, size, is_pretended;
    struct ecp_job *job; /* of comm_mpi.c */
};

enum ecp_status ecp_job_start(struct ecp_comm *comm, int *is_alone);
void ecp_job_stop(struct ecp_comm *comm);

/* The first failing rank's status and sentence (`size` bytes) on all; `failing` is
 * comm->size where nobody failed. */
void ecp_job_agree(struct ecp_comm *comm, int *failing, int32_t *status, char *sentence,
                   size_t size);
void ecp_job_tell(struct ecp_comm *comm, void *data, size_t bytes);
void ecp_job_sum(struct ecp_comm *comm, uint64_t *values, size_t n);
void ecp_job_most(struct ecp_comm *comm, int64_t *values, size_t n);
void ecp_job_numbers(struct ecp_comm *comm, uint64_t mine, uint64_t *values);
void ecp_job_send(struct ecp_comm *comm, const void *data, size_t bytes, int to);
void ecp_job_receive(struct ecp_comm *comm, void *data, size_t bytes, int from);
void ecp_job_share(struct ecp_comm *comm, void *array, const size_t *first);
void ecp_job_turn(struct ecp_comm *comm, int turn, const void *out, size_t bytes, void **in,
                  size_t *in_bytes);
void ecp_job_deal(struct ecp_comm *comm, const void *out, const size_t *out_first, void **in,
                  size_t *in_first);

enum ecp_status ecp_job_open(struct ecp_mail *mail);
void ecp_job_close(struct ecp_mail *mail);
void ecp_job_post(struct ecp_mail *mail);
void ecp_job_collect(struct ecp_mail *mail);

#endif
