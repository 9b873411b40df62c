/* store.h -- the files of a run, in SONATA's HDF5 layout.
 *
 * A run writes into DIR: spikes.h5 (all populations with a spike probe), one
 * report_PROBE.h5 a field probe, rates.h5, weights_PROBE.h5. While it runs, finished
 * stretches lie as whole small files in DIR/partial/; at the end they are
 * joined under a temporary name and renamed. A killed run leaves DIR/partial,
 * and ecp_store_recover makes readable files of it, marked incomplete. */
#ifndef ECP_STORE_H
#define ECP_STORE_H

#include "engine/plan.h"
#include "engine/recording.h"
#include "engine/status.h"

struct ecp_store;

/* Creates DIR where needed and checks that it can be written. Earlier complete
 * files there stay until the new ones are whole. */
enum ecp_status ecp_store_create(const char *dir, const struct ecp_plan *plan,
                                 struct ecp_store **out);

/* Write what was recorded in a stretch of time as one segment, on disk
 * (fsync) when this returns. `part` holds just that stretch; nothing in it is
 * kept. ECP_EIO (disk full): earlier segments stay whole. */
enum ecp_status ecp_store_flush(struct ecp_store *store, const struct ecp_recording *part);

/* Join the segments and the last stretch `part` into the final files. */
enum ecp_status ecp_store_finish(struct ecp_store *store, const struct ecp_recording *part);

void ecp_store_destroy(struct ecp_store *store);

/* Join what a killed run left in DIR; *recovered_ms is the model time kept;
 * 0 and ECP_OK when there was nothing to recover. */
enum ecp_status ecp_store_recover(const char *dir, double *recovered_ms);

/* Read a run's files (or one SONATA spike file) into memory. */
enum ecp_status ecp_store_read(const char *path, struct ecp_recording **out);
void ecp_recording_destroy(struct ecp_recording *recording);

/* ---- input files: .csv (separators , ; blank, a header line of names) or
 * .h5 (one dataset a column, or SONATA edges / spikes) ------------------- */

/* Columns source, target and, where present, weight, delay (ms). 0-based.
 * The arrays are owned by `plan`. */
enum ecp_status ecp_input_edges(struct ecp_plan *plan, const char *path, struct ecp_edges *out);

/* Columns neuron (or node_ids), time (ms) (or timestamps). */
enum ecp_status ecp_input_spikes(struct ecp_plan *plan, const char *path, size_t *n,
                                 const ecp_lid **neuron, const double **time);

/* One column of numbers. */
enum ecp_status ecp_input_values(struct ecp_plan *plan, const char *path, size_t *n,
                                 const double **values);

#endif
