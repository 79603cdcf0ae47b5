#include <string.h>

#include "cmd/cmd.h"

const struct ckpt_verb *ckpt_verb_find(const char *name)
{
	size_t i;

	for (i = 0; ckpt_verbs[i]; i++)
		if (strcmp(ckpt_verbs[i]->name, name) == 0)
			return ckpt_verbs[i];
	return NULL;
}

const struct ckpt_verb *const ckpt_verbs[] = {
	&ckpt_verb_list,  &ckpt_verb_show,   &ckpt_verb_commit,	 &ckpt_verb_gc,
	&ckpt_verb_sweep, &ckpt_verb_verify, &ckpt_verb_remove,	 &ckpt_verb_rebuild,
	&ckpt_verb_pin,	  &ckpt_verb_unpin,  &ckpt_verb_pins,	 &ckpt_verb_archive,
	&ckpt_verb_du,	  &ckpt_verb_diff,   &ckpt_verb_metrics, NULL,
};
_Static_assert(sizeof(ckpt_verbs) / sizeof(ckpt_verbs[0]) <= CKPT_VERBS_MAX + 1, "CKPT_VERBS_MAX");
