/* What all models share. */
#define NONE 15

/* How much may go wrong in a run: each loss, failure and repetition counts. */
#ifndef FAULTS
#define FAULTS 2
#endif
