/* commands_rules.h - what the parts of the model tell each other */
#ifndef CKPT_TESTS_FUZZ_COMMANDS_RULES_H
#define CKPT_TESTS_FUZZ_COMMANDS_RULES_H

#include "tests/fuzz/commands_model.h"

#define BATCH_SIZE(b) (10 + (uint64_t)(b))

/* What can keep any command that changes something from beginning. */
void model_may_not_begin(const struct model *m, bool dry_run, int but, struct outcome *o);
/* What a directory holds, perhaps with what a writer left in it. */
void model_measure(const struct model *m, unsigned ckpt, bool temporary, uint64_t *files, uint64_t *bytes);
bool model_is_pinned(const struct model *m, unsigned pin);

#endif
