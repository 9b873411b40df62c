/* Built without MPI: every program is alone. */
#include <stdlib.h>

#include "mpi/comm_private.h"

/* What launchers tell a process of their job's size. */
static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS", NULL};

enum ecp_status ecp_job_start(struct ecp_comm *comm, int *is_alone)
{
    (void)comm;
    *is_alone = 1;
    for (size_t k = 0; sizes[k]; k++) {
        const char *said = getenv(sizes[k]);
        if (said && atoi(said) > 1)
            return ecp_fail(ECP_ECOMM,
                            "this program was built without MPI: as %s ranks it would do the "
                            "same work %s times; build it with -DECP_MPI=ON",
                            said, said);
    }
    return ECP_OK;
}

const char *ecp_comm_library(void)
{
    return "one (built without MPI)";
}

/* Nothing below is ever called: there are no other ranks. */

void ecp_job_stop(struct ecp_comm *comm)
{
    (void)comm;
}

void ecp_job_agree(struct ecp_comm *comm, int *failing, int32_t *status, char *sentence,
                   size_t size)
{
    (void)comm;
    (void)failing;
    (void)status;
    (void)sentence;
    (void)size;
}

void ecp_job_tell(struct ecp_comm *comm, void *data, size_t bytes)
{
    (void)comm;
    (void)data;
    (void)bytes;
}

void ecp_job_sum(struct ecp_comm *comm, uint64_t *values, size_t n)
{
    (void)comm;
    (void)values;
    (void)n;
}

void ecp_job_most(struct ecp_comm *comm, int64_t *values, size_t n)
{
    (void)comm;
    (void)values;
    (void)n;
}

void ecp_job_numbers(struct ecp_comm *comm, uint64_t mine, uint64_t *values)
{
    (void)comm;
    values[0] = mine;
}

void ecp_job_send(struct ecp_comm *comm, const void *data, size_t bytes, int to)
{
    (void)comm;
    (void)data;
    (void)bytes;
    (void)to;
}

void ecp_job_receive(struct ecp_comm *comm, void *data, size_t bytes, int from)
{
    (void)comm;
    (void)data;
    (void)bytes;
    (void)from;
}

void ecp_job_share(struct ecp_comm *comm, void *array, const size_t *first)
{
    (void)comm;
    (void)array;
    (void)first;
}

void ecp_job_turn(struct ecp_comm *comm, int turn, const void *out, size_t bytes, void **in,
                  size_t *in_bytes)
{
    (void)comm;
    (void)turn;
    (void)out;
    (void)bytes;
    *in = NULL;
    *in_bytes = 0;
}

void ecp_job_deal(struct ecp_comm *comm, const void *out, const size_t *out_first, void **in,
                  size_t *in_first)
{
    (void)comm;
    (void)out;
    (void)out_first;
    (void)in_first;
    *in = NULL;
}

enum ecp_status ecp_job_open(struct ecp_mail *mail)
{
    (void)mail;
    return ECP_OK;
}

void ecp_job_close(struct ecp_mail *mail)
{
    (void)mail;
}

void ecp_job_post(struct ecp_mail *mail)
{
    (void)mail;
}

void ecp_job_collect(struct ecp_mail *mail)
{
    (void)mail;
}
