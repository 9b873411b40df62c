#include "engine/dataset_kinds.h"

const struct ecp_dataset_kind ecp_dataset_kinds[] = {
    {"SONATA spikes by trials", ecp_sonata_is_trials, ecp_sonata_read_spikes},
    {"SONATA report", ecp_sonata_is_report, ecp_sonata_read_report},
    {"SONATA spikes", ecp_sonata_is_spikes, ecp_sonata_read_spikes},
    {"HDF5 matrix", ecp_matrix_is_h5, ecp_matrix_read_h5},
    {0}};
