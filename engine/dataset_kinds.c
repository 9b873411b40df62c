#include "engine/dataset_kinds.h"

const struct ecp_dataset_kind ecp_dataset_kinds[] = {
    {"unreadable", ecp_unreadable_is, ecp_unreadable_read},
    {"SONATA spikes by trials", ecp_sonata_is_trials, ecp_sonata_read_spikes},
    {"SONATA report", ecp_sonata_is_report, ecp_sonata_read_report},
    {"run", ecp_run_is, ecp_run_read},
    {"NWB", ecp_nwb_is, ecp_nwb_read},
    {"SONATA spikes", ecp_sonata_is_spikes, ecp_sonata_read_spikes},
    {"HDF5 spikes", ecp_ragged_is, ecp_ragged_read},
    {"HDF5 matrix", ecp_matrix_is_h5, ecp_matrix_read_h5},
    {"CSV matrix", ecp_matrix_is_csv, ecp_matrix_read_csv},
    {0}};
