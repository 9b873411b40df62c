/* checkpoint_plastic.h -- a plastic projection as one worker saved it (private). */
#ifndef ECP_CHECKPOINT_PLASTIC_H
#define ECP_CHECKPOINT_PLASTIC_H

#include "engine/checkpoint.h"
#include "engine/plastic.h"

enum {
    /* What one synapse has: weight, fields of the rule, what it releases by. */
    ECP_SAVED_COLUMNS = 1 + ECP_MAX_SYNAPSE + ECP_SLOTS * ECP_MAX_TRACES,
    ECP_SAVED_TRACES = 4 /* of a piece */
};

/* As one worker wrote it. */
struct ecp_saved_plastic {
    const struct ecp_archive_reader *reader;
    uint64_t block;
    ecp_lid first_target;
    size_t n_targets, n_pieces, n_synapses;
    const uint32_t *start;
    const struct ecp_piece *piece;
    const uint16_t *target;
    const ecp_real *column[ECP_SAVED_COLUMNS];
    const ecp_real *traces[ECP_SAVED_TRACES];
    const uint32_t *recent;
};

/* ECP_EIO. */
enum ecp_status ecp_saved_not_ours(const struct ecp_saved_plastic *saved,
                                   const struct ecp_plastic *plastic);

/* Traces and events of those targets that are here, too
 * (engine/checkpoint_targets.c). ECP_EIO, ECP_ENOMEM. */
enum ecp_status ecp_saved_targets(struct ecp_plastic *plastic,
                                  const struct ecp_saved_plastic *saved);

#endif
