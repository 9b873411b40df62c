/* store.h -- the files of a run, in SONATA's HDF5 layout.
 *
 * A run writes into DIR
 *   spikes.h5         /spikes/POP of each population with a spike probe; besides,
 *                     /populations/POP (counts of every neuron), /phases, and
 *                     /plastic_weights/PROJECTION (histograms)
 *   report_PROBE.h5   /report/POP of a field probe
 *   rates.h5          /rates/PROBE/{data, time} of all rate probes
 *   weights_PROBE.h5  /edges/PROJECTION; for several times
 *                     /time_000123.000000ms/edges/PROJECTION
 *   edges_final_PROJECTION.h5, edges_initial_PROJECTION.h5
 *                     /edges/PROJECTION of each plastic one, where asked for
 *   run.nwb           units and trials, where asked for
 * Each says on its root what was run: name, scenario, seed, config, build,
 * dt_ms, duration_ms, complete (1, or 0 for a run that was stopped or
 * recovered). Every dataset has the attributes `units` and `meaning`. Equal runs
 * leave equal bytes, wherever the stretches were cut.
 *
 * While a run goes, finished stretches lie as whole small files in
 * DIR/partial; at the end they are joined under temporary names, and renamed
 * when all are on disk. A killed run leaves DIR/partial, and ecp_store_recover
 * makes readable files of it, marked incomplete. A run that cannot be joined
 * for lack of room leaves all of it there, too. A later run in the same DIR
 * removes what a killed one left only when its own first stretch is on disk, and
 * earlier final files (also its reports and weights) only when it is finished.
 *
 * Not for several threads at once. HDF5's own messages are switched off. */
#ifndef ECP_STORE_H
#define ECP_STORE_H

#include "engine/plan.h"
#include "engine/recording.h"
#include "engine/status.h"

struct ecp_comm;
struct ecp_store;

/* Creates DIR where needed and checks that it can be written (ECP_EIO names the
 * part of the path that cannot), and that all names can be those of files
 * (ECP_ECONFIG). `plan` must outlive the store. */
enum ecp_status ecp_store_create(const char *dir, const struct ecp_plan *plan,
                                 struct ecp_store **out);

/* From here on all ranks of `comm` write together: flush, finish and the edges are
 * collective. The first rank's store was created as above; the others attend with one that
 * knows no folder. DIR must be the same folder for all. */
void ecp_store_share(struct ecp_store *store, struct ecp_comm *comm);
enum ecp_status ecp_store_attend(struct ecp_comm *comm, const struct ecp_plan *plan,
                                 struct ecp_store **out);

/* What of an array one rank has: elements first .. first + n - 1 of `total`. */
struct ecp_slice {
    uint64_t first, n, total;
};

/* What of a stretch one rank has in its `part`: spikes of each population, by time and
 * neuron; neurons whose counts it has; frames of each signal; columns (of index) that it
 * names. The totals, and what is no array in `part`, count on the first rank. */
struct ecp_slices {
    struct ecp_slice *event, *neuron; /* n_populations */
    struct ecp_slice *frame, *column; /* n_signals */
    int without_counts;               /* counts of neurons are left out, on all ranks */
};

/* Write what was recorded in a stretch of time as one segment, on disk
 * (fsync) when this returns. `part` holds just that stretch, or of it what `slices` tell
 * (NULL: all of it); nothing in it is kept. ECP_EIO (disk full): earlier segments stay
 * whole. */
enum ecp_status ecp_store_flush(struct ecp_store *store, const struct ecp_recording *part,
                                const struct ecp_slices *slices);

/* Join the segments and the last stretch `part` (empty is fine) into the final
 * files. On failure the store is only good for destroying; ecp_store_recover
 * finishes what it began. */
enum ecp_status ecp_store_finish(struct ecp_store *store, const struct ecp_recording *part,
                                 const struct ecp_slices *slices);

void ecp_store_destroy(struct ecp_store *store);

/* For a run that may go on later: how many stretches are on disk; keep them also after
 * they were joined; and begin with the first n that an earlier part of the run left
 * (ECP_EIO: they are not there), later ones being removed. Stretches that were kept in DIR
 * are dropped when there is no checkpoint any more that counts on them. */
size_t ecp_store_segments(const struct ecp_store *store);
void ecp_store_keep(struct ecp_store *store);
enum ecp_status ecp_store_resume(struct ecp_store *store, size_t n);
void ecp_store_drop(const char *dir);

/* Join what a killed run left in DIR; *recovered_ms is the model time kept;
 * 0 and ECP_OK when there was nothing to recover. Not while a run goes there. */
enum ecp_status ecp_store_recover(const char *dir, double *recovered_ms);

/* ---- edges of one projection, some at a time ----------------------------- */

struct ecp_store_edges; /* a file under way */

enum { ECP_EDGES_OF_SOURCE, ECP_EDGES_OF_TARGET };

/* Of n synapses between populations of these sizes. All but the recording and the time
 * count on the first rank alone. */
struct ecp_edges_facts {
    const char *moment; /* "initial", "final": in the name of the file */
    const char *projection, *unit, *source, *target;
    size_t n_sources, n_targets;
    double time; /* ms */
    const struct ecp_recording *recording;
    uint64_t n, n_runs[2]; /* edges; rows of the two indices */
};

/* Bytes of a file for each of its synapses. */
enum { ECP_EDGE_BYTES = 5 * 8 + (int)sizeof(ecp_real) + 4 + 16 };

/* DIR/edges_MOMENT_PROJECTION.h5; it gets its name when the run is finished. All ranks
 * begin and end it, and each puts its own parts, in any order. From a failure on `put`
 * does nothing, and `end` tells; `end` frees in any case. */
enum ecp_status ecp_store_edges_begin(struct ecp_store *store, const struct ecp_edges_facts *facts,
                                      struct ecp_store_edges **out);

/* Edges first .. first + n - 1; in all they ascend by target. */
struct ecp_edge_columns {
    uint64_t first, n;
    const ecp_lid *source, *target;
    const ecp_real *weight;
    const float *delay;
};
void ecp_store_edges_put(struct ecp_store_edges *edges, const struct ecp_edge_columns *columns);

/* n rows of an index from row `first` on: ranges of edges [first, end), in the order of
 * nodes; and for each node the ranges [first, end) that it has, -1: none. */
void ecp_store_edges_ranges(struct ecp_store_edges *edges, int index, uint64_t first, size_t n,
                            const int64_t (*range)[2]);
void ecp_store_edges_nodes(struct ecp_store_edges *edges, int index, uint64_t first, size_t n,
                           const int64_t (*node)[2]);

enum ecp_status ecp_store_edges_end(struct ecp_store_edges *edges);

/* Read a run's files, or one SONATA spike or report file, into memory. A foreign
 * file does not say dt (0.1 ms is taken), phases (one that counts) nor counts
 * (made from its spikes). ECP_EIO: missing, foreign, truncated, of an interrupted run.
 * A recording from here is freed by ecp_recording_destroy; NULL is fine. */
enum ecp_status ecp_store_read(const char *path, struct ecp_recording **out);
/* DIR/run.nwb of a finished run's DIR/spikes.h5 (engine/store_nwb.c): NWB 2.7, a unit for
 * each neuron whose spikes are recorded, a trial for each phase that counts. Spikes are in
 * memory meanwhile. Equal runs leave equal bytes. ECP_EIO, ECP_ENOMEM. */
#define ECP_STORE_NWB "run.nwb"
enum ecp_status ecp_store_write_nwb(const char *dir);
void ecp_recording_destroy(struct ecp_recording *recording);

/* ---- input files: text (a line of names; separators , or ; or blanks) or
 * HDF5 (one dataset a column, or SONATA edges / spikes of one population).
 * What is read is owned by `plan`. ECP_EIO: cannot be read; ECP_ECONFIG: "FILE:LINE:
 * column: what was found; what is allowed". --------------------------- */

/* Columns source, target and, where present, weight, delay (or delay_ms).
 * Indices are 0-based; also source_node_id, target_node_id, syn_weight. */
enum ecp_status ecp_input_edges(struct ecp_plan *plan, const char *path, struct ecp_edges *out);

/* The same, read in pieces; rows first .. first + n - 1, whole numbers for source and
 * target, NULL for a column that is not there. `take` gets one after the other, at least
 * one (which may be empty), and ends it with a failure. For several threads at once. */
struct ecp_edges_piece {
    size_t first, n;
    const double *source, *target, *weight, *delay;
};
enum ecp_status ecp_input_edges_pieces(const char *path,
                                       enum ecp_status (*take)(void *context,
                                                               const struct ecp_edges_piece *piece),
                                       void *context);

/* A list that fits one piece (65,536 edges) into *edges, and *in_file is NULL; of a longer
 * one its length and, in the plan's memory, its extent. One pass. */
enum ecp_status ecp_input_edges_scan(struct ecp_plan *plan, const char *path,
                                     struct ecp_edges *edges,
                                     const struct ecp_edges_extent **in_file);

/* Columns neuron (or node_ids, gids), time (or time_ms, timestamps) in ms. */
enum ecp_status ecp_input_spikes(struct ecp_plan *plan, const char *path, size_t *n,
                                 const ecp_lid **neuron, const double **time);

/* One column of numbers: `value`, or the only one (then also without a name). */
enum ecp_status ecp_input_values(struct ecp_plan *plan, const char *path, size_t *n,
                                 const double **values);

/* How many nodes FILE.h5:/nodes/NAME has (FILE.h5: its only population); their numbers are
 * 0 .. n - 1. ECP_EIO, ECP_ECONFIG. */
enum ecp_status ecp_input_nodes(const char *path, size_t *n);

#endif
