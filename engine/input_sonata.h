/* input_sonata.h -- what readers of SONATA files share (private). */
#ifndef ECP_INPUT_SONATA_H
#define ECP_INPUT_SONATA_H

#include "engine/dataset_kinds.h"
#include "engine/store_h5.h"

/* The populations of a file that are wanted: groups of /spikes or /report. */
struct ecp_sonata_groups {
    size_t n;
    const char **name;
    int plain; /* /spikes/timestamps and gids: one population without a name */
};

/* 1: the file has a group `root` with what SONATA keeps there, and nothing else is asked. */
int ecp_sonata_is(const struct ecp_dataset_place *place, const char *root);

/* Those that the request names ("A,B", or FILE:/ROOT/A), or all that are not empty groups.
 * ECP_ECONFIG: no such population; the sentence says which there are. */
enum ecp_status ecp_sonata_groups(const struct ecp_h5_reader *file, const char *root,
                                  const struct ecp_dataset_place *place, struct ecp_pool *pool,
                                  struct ecp_sonata_groups *out);

/* How many ms the unit of times is that stands at dataset `at`; *given = 0: nothing stands
 * there, and 1 is the answer. ECP_ECONFIG: an unknown one. */
enum ecp_status ecp_sonata_time_unit(const struct ecp_h5_reader *file, hid_t at, const char *name,
                                     double *ms, int *given);

/* Names of units ("id", or "population:id" of several) and their labels node_id and, of
 * several, population. `group[u]` is an index into groups->name. ECP_ENOMEM. */
enum ecp_status ecp_sonata_name_units(struct ecp_dataset *set,
                                      const struct ecp_sonata_groups *groups, const size_t *group,
                                      const uint64_t *node);

/* ECP_ECONFIG where `by` is given and no table of trials. */
enum ecp_status ecp_sonata_check_by(const struct ecp_dataset_place *place, const char *what);

#endif
