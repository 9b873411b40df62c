/* dataset_kinds.h -- the kinds of files that are read into data sets (private). */
#ifndef ECP_DATASET_KINDS_H
#define ECP_DATASET_KINDS_H

#include "engine/dataset_read.h"

struct ecp_dataset_place {
    const struct ecp_dataset_request *request;
    char *file;
    const char *inside; /* "/GROUP/NAME" of the file; NULL: not given */
};

struct ecp_dataset_kind {
    const char *name;
    int (*is)(const struct ecp_dataset_place *place);
    enum ecp_status (*read)(const struct ecp_dataset_place *place, struct ecp_dataset **out);
};

/* In the order in which they are asked; ends with {0}. */
extern const struct ecp_dataset_kind ecp_dataset_kinds[];

/* engine/input_run.c: the folder of a run, or a file in it. */
int ecp_run_is(const struct ecp_dataset_place *place);
enum ecp_status ecp_run_read(const struct ecp_dataset_place *place, struct ecp_dataset **out);

/* engine/input_nwb.c: NWB 2.x; and what cannot even be opened, for the sentence. */
int ecp_nwb_is(const struct ecp_dataset_place *place);
enum ecp_status ecp_nwb_read(const struct ecp_dataset_place *place, struct ecp_dataset **out);
int ecp_unreadable_is(const struct ecp_dataset_place *place);
enum ecp_status ecp_unreadable_read(const struct ecp_dataset_place *place,
                                    struct ecp_dataset **out);

/* engine/input_ragged.c: spikes of single presentations, in a group of an HDF5 file. */
int ecp_ragged_is(const struct ecp_dataset_place *place);
enum ecp_status ecp_ragged_read(const struct ecp_dataset_place *place, struct ecp_dataset **out);

/* engine/input_matrix.c, input_matrix_csv.c: a matrix of an HDF5 file or of text, conditions x
 * units or dissimilarities. */
int ecp_matrix_is_csv(const struct ecp_dataset_place *place);
enum ecp_status ecp_matrix_read_csv(const struct ecp_dataset_place *place,
                                    struct ecp_dataset **out);
int ecp_matrix_is_h5(const struct ecp_dataset_place *place);
enum ecp_status ecp_matrix_read_h5(const struct ecp_dataset_place *place, struct ecp_dataset **out);

/* engine/input_sonata.c, input_sonata_report.c: spikes and reports of SONATA. Also a run of
 * ecphory is such a file: with a table of trials (_is_trials) it is asked for its spikes
 * before its phases. */
int ecp_sonata_is_trials(const struct ecp_dataset_place *place);
int ecp_sonata_is_spikes(const struct ecp_dataset_place *place);
enum ecp_status ecp_sonata_read_spikes(const struct ecp_dataset_place *place,
                                       struct ecp_dataset **out);
int ecp_sonata_is_report(const struct ecp_dataset_place *place);
enum ecp_status ecp_sonata_read_report(const struct ecp_dataset_place *place,
                                       struct ecp_dataset **out);

#endif
