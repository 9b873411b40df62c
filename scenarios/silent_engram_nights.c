#include "scenarios/silent_engram_brain.h"
