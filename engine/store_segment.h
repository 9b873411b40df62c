/* store_segment.h -- one stretch of a run as one file, and joining (private).
 *
 * A segment holds all that the final files hold, under
 *   /populations/POP   counts of the run so far (large networks: now and then)
 *   /phases            of the run so far
 *   /spikes/POP        of this stretch, SONATA
 *   /report/PROBE/POP  of this stretch, SONATA below
 *   /rates/PROBE       of this stretch
 *   /weights/PROBE/TIME/edges/PROJECTION   taken in this stretch, SONATA below
 *   /plastic_weights/PROJECTION  histograms so far
 * so that joining never needs the plan. */
#ifndef ECP_STORE_SEGMENT_H
#define ECP_STORE_SEGMENT_H

#include "engine/plan.h"
#include "engine/recording.h"
#include "engine/store.h"
#include "engine/store_h5.h"
#include "engine/store_spread.h"

/* What goes into a segment. `complete`: the run reached its planned end with it. */
struct ecp_segment {
    const struct ecp_plan *plan;
    const struct ecp_recording *part;
    const struct ecp_slices *slices;
    int complete;
};

/* All ranks together; the first one names it. */
enum ecp_status ecp_segment_write(struct ecp_comm *comm, const char *path,
                                  const struct ecp_segment *segment);

/* What was run, on the root of any file. */
void ecp_segment_root(struct ecp_h5_writer *writer, const struct ecp_plan *plan,
                      const struct ecp_recording *part, int complete);

/* Its parts that have files of their own: reports and rates, and weights. */
void ecp_segment_signals(struct ecp_h5_writer *writer, const struct ecp_segment *segment,
                         struct ecp_spread *spread);
void ecp_segment_fill_signals(struct ecp_spread *spread, const struct ecp_segment *segment);
void ecp_segment_weights(struct ecp_h5_writer *writer, const struct ecp_recording *part);

/* Histograms of plastic weights; no group where there are none. */
void ecp_segment_histograms(struct ecp_h5_writer *writer, const struct ecp_recording *part);

/* Files that lie in DIR under a temporary name, NAME.part, to be renamed with the
 * final ones. */
struct ecp_drafts {
    const char **name;
    size_t n;
};

/* One more of them; `name` is copied, *path is owned by the store. */
enum ecp_status ecp_store_draft(struct ecp_store *store, const char *name, const char **path);
const struct ecp_plan *ecp_store_plan(const struct ecp_store *store);
struct ecp_comm *ecp_store_comm(const struct ecp_store *store);

/* Segments that become final files. On other ranks than the first only the comm counts. */
struct ecp_joining {
    struct ecp_comm *comm;
    const char *dir, *folder; /* of the final files; of the segments 000000.h5, ... */
    size_t n;
    const struct ecp_drafts *drafts;
};

/* All ranks together: all files are written under a temporary name before the first is
 * renamed. Earlier reports of ours that this run does not have are removed. */
enum ecp_status ecp_segments_join(const struct ecp_joining *joining);

/* Model time (ms) up to which a segment goes. */
enum ecp_status ecp_segment_end(const char *path, double *out);

#endif
