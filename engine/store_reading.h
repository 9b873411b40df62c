/* store_reading.h -- filling a recording from files, one after the other
 * (private). */
#ifndef ECP_STORE_READING_H
#define ECP_STORE_READING_H

#include "engine/recording.h"
#include "engine/store_h5.h"

struct ecp_reading {
    struct ecp_recording *recording;
    struct ecp_pool *kept;   /* lives as long as the recording            */
    struct ecp_pool passing; /* freed when the reading ends               */
    uint64_t *signal_order;  /* place of each signal in the run's order   */
    int described;           /* a file said what was run (ours)           */
};

/* The population of that name; one is added where there is none. */
enum ecp_status ecp_reading_population(struct ecp_reading *reading, const char *name, int *out);
/* Make room for the neuron `highest`, or refuse it in a population of known size. */
enum ecp_status ecp_reading_fit(struct ecp_reading *reading, int population, uint64_t highest,
                                const char *path);

/* Call `one` with each group in the group `path` that is not empty, and its name. */
enum ecp_status
ecp_reading_each(struct ecp_reading *reading, const struct ecp_h5_reader *file, const char *path,
                 enum ecp_status (*one)(struct ecp_reading *, const struct ecp_h5_reader *, hid_t,
                                        const char *));

/* What each kind of group holds; nothing happens when it is not there. */
enum ecp_status ecp_reading_run(struct ecp_reading *reading, const struct ecp_h5_reader *file);
enum ecp_status ecp_reading_spikes(struct ecp_reading *reading, const struct ecp_h5_reader *file);
enum ecp_status ecp_reading_signals(struct ecp_reading *reading, const struct ecp_h5_reader *file);
enum ecp_status ecp_reading_weights(struct ecp_reading *reading, const struct ecp_h5_reader *file);
enum ecp_status ecp_reading_histograms(struct ecp_reading *reading,
                                       const struct ecp_h5_reader *file);

/* Counts and intervals from the spikes, for files that do not have them. A
 * spike belongs to the phase with start < time <= stop. */
enum ecp_status ecp_reading_counts(struct ecp_reading *reading);

#endif
