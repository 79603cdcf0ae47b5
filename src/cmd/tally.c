#include "cmd/tally.h"

void ckpt_tally_init(struct ckpt_tally *t)
{
	*t = (struct ckpt_tally){ 0 };
	pthread_mutex_init(&t->lock, NULL);
}

void ckpt_tally_release(struct ckpt_tally *t)
{
	pthread_mutex_destroy(&t->lock);
}

void ckpt_tally_command(struct ckpt_tally *t, const struct ckpt_verb *v, bool failed, int64_t ms)
{
	size_t i = 0;

	while (ckpt_verbs[i] != v)
		i++;
	pthread_mutex_lock(&t->lock);
	t->counts.verb[i].done++;
	t->counts.verb[i].failed += failed;
	t->counts.verb[i].ms += (uint64_t)ms;
	t->counts.measured.at_ms = 0;
	t->ended++;
	pthread_mutex_unlock(&t->lock);
}

void ckpt_tally_error(struct ckpt_tally *t, int rc)
{
	for (size_t i = 0; i < CKPT_CONTROL_ERRNOS; i++) {
		if (ckpt_control_errnos[i].code != -rc)
			continue;
		pthread_mutex_lock(&t->lock);
		t->counts.errors[i]++;
		pthread_mutex_unlock(&t->lock);
		return;
	}
}

uint64_t ckpt_tally_ended(struct ckpt_tally *t)
{
	uint64_t ended;

	pthread_mutex_lock(&t->lock);
	ended = t->ended;
	pthread_mutex_unlock(&t->lock);
	return ended;
}

void ckpt_tally_measured(struct ckpt_tally *t, const struct ckpt_measured *m, uint64_t generation,
			 uint64_t ended)
{
	pthread_mutex_lock(&t->lock);
	if (t->ended == ended) {
		t->counts.measured = *m;
		t->counts.generation = generation;
	}
	pthread_mutex_unlock(&t->lock);
}

void ckpt_tally_read(struct ckpt_tally *t, struct ckpt_tally_counts *out)
{
	pthread_mutex_lock(&t->lock);
	*out = t->counts;
	pthread_mutex_unlock(&t->lock);
}
