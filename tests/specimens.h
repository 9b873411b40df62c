/* specimens.h -- small networks that together have all that a network can have: every
 * neuron model, every rule of plasticity, couplings, stimuli, probes, phases, the exact
 * mode. What must hold for any network is tested on all of them.
 *
 * New members of the registries are in the list by themselves. */
#ifndef ECP_TESTS_SPECIMENS_H
#define ECP_TESTS_SPECIMENS_H

#include "engine/network.h"
#include "engine/plan.h"

struct ecp_specimen {
    char name[64];      /* "rule stdp, dendritic" */
    const char *member; /* of a registry, or a config */
    int variant;
    int silent; /* may be without spikes */
    enum ecp_status (*make)(const struct ecp_specimen *specimen, struct ecp_plan **out);
};

/* The k-th one; 0 when there are no more. */
int ecp_specimen_at(size_t k, struct ecp_specimen *out);

/* Its plan, checked; the caller destroys it. */
enum ecp_status ecp_specimen_plan(const struct ecp_specimen *specimen, struct ecp_plan **out);

/* ---- one rule ------------------------------------------------------------- */

enum { ECP_RULE_NEURONS = 60, ECP_RULE_PROJECTIONS = 2, ECP_RULE_SYNAPSES = 60 * (15 + 6) };

/* Excitatory neurons whose synapses, and those of a population that seldom fires, have
 * one rule; modulators and astrocytes where the rule needs them. */
struct ecp_rule_network {
    const char *rule;
    int dendritic;
    int stacked;       /* on top: short-term plasticity */
    int brisk;         /* for short runs: slow clocks of rules go 40 times as fast */
    size_t n_readings; /* of all weights, from `first` ms on, `between` ms apart */
    double first, between;
    double duration; /* ms */
};

enum ecp_status ecp_rule_network_plan(const struct ecp_rule_network *want, struct ecp_plan **out);

/* ---- what a run left ------------------------------------------------------- */

/* One line for each part of a recording: what it is, and a number for its bits. Two runs
 * gave the same, bit for bit, if their lines are the same. All ranks together; the lines
 * are rank 0's, others have none. malloc'd; NULL: no memory. */
char *ecp_digest(struct ecp_network *network, struct ecp_comm *comm);

/* 1: the same; otherwise shows the first line that differs. */
int ecp_digest_compare(const char *name, const char *want, const char *got);

#endif
