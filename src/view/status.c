#include <string.h>

#include "base/when.h"
#include "view/hold.h"

/* The worst thing that is wrong, or NULL; under the lock. */
static const char *problem_of(const struct ckpt_view *v, const struct ckpt_picture *p)
{
	if (v->turn_rc)
		return v->turn_err.msg;
	return p->resume_problem ? p->resume_problem : p->pinned->problem;
}

/* --- numbers ------------------------------------------------------------- */

static void picture_stats(const struct ckpt_picture *p, struct ckpt_view_stats *out)
{
	const struct ckpt_pins *pins = &p->pinned->pins;
	int64_t now = ckpt_when_now();

	out->generation = p->generation;
	out->checkpoints = p->catalog->n;
	out->latest_ms = p->latest < 0 ? 0 : p->slot[p->latest]->time_ms;
	out->pins_known = !p->pinned->problem;
	out->pins = pins->n;
	for (size_t i = 0; i < pins->n; i++)
		out->pins_expired += ckpt_pin_is_expired(&pins->pin[i], now);
}

static void stats(struct ckpt_view *v, const struct ckpt_picture *p, struct ckpt_view_stats *out)
{
	memset(out, 0, sizeof(*out));
	picture_stats(p, out);
	pthread_mutex_lock(&v->lock);
	out->ok = !problem_of(v, p);
	out->refreshes = v->turns_done;
	pthread_mutex_unlock(&v->lock);
	pthread_mutex_lock(&v->lease_lock);
	for (const struct ckpt_use *u = v->leased; u; u = u->next)
		out->leases++;
	pthread_mutex_unlock(&v->lease_lock);
	ckpt_hold_stats(v, out);
	ckpt_room_stats(v, out);
}

void ckpt_view_stats(struct ckpt_view *v, struct ckpt_view_stats *out)
{
	struct ckpt_picture *p = ckpt_view_picture(v);

	stats(v, p, out);
	ckpt_picture_unref(p);
}

uint64_t ckpt_view_generation(struct ckpt_view *v)
{
	struct ckpt_picture *p = ckpt_view_picture(v);
	uint64_t generation = p->generation;

	ckpt_picture_unref(p);
	return generation;
}

/* --- status.json --------------------------------------------------------- */

static void add_sentence(struct ckpt_buf *out, const char *s)
{
	if (s)
		ckpt_buf_add_json(out, s, strlen(s));
	else
		ckpt_buf_adds(out, "null");
}

static void add_open_files(struct ckpt_buf *out, const struct ckpt_view_stats *s)
{
	ckpt_buf_addf(out,
		      ",\"held\":{\"files\":%zu,\"bytes\":%llu,\"deleted_files\":%zu,\"deleted_bytes\":%llu,"
		      "\"not_held\":%zu,\"why\":",
		      s->held.files, (unsigned long long)s->held.bytes, s->held.deleted_files,
		      (unsigned long long)s->held.deleted_bytes, s->held.missing);
	add_sentence(out, s->held.why);
	ckpt_buf_addf(out, "},\"descriptors\":{\"open\":%zu,\"bound\":%zu,\"refused\":%llu,\"refusing\":%s}",
		      s->files.open, s->files.bound, (unsigned long long)s->files.refused,
		      s->files.refusing ? "true" : "false");
}

void ckpt_view_status(struct ckpt_view *v, const char *more, struct ckpt_buf *out)
{
	struct ckpt_picture *p = ckpt_view_picture(v);
	const char *label = ckpt_store_label(v->store);
	struct ckpt_view_stats s;
	char latest[CKPT_UUID_TEXT];

	stats(v, p, &s);
	pthread_mutex_lock(&v->lock);
	ckpt_buf_addf(out, "{\"ok\":%s,\"error\":", problem_of(v, p) ? "false" : "true");
	add_sentence(out, problem_of(v, p));
	pthread_mutex_unlock(&v->lock);
	ckpt_buf_adds(out, ",\"root\":");
	ckpt_buf_add_json(out, label, strlen(label));
	ckpt_buf_addf(out, ",\"generation\":%llu,\"checkpoints\":%zu,\"latest\":",
		      (unsigned long long)s.generation, s.checkpoints);
	add_sentence(out, p->latest < 0 ? NULL : ckpt_slot_name(p->slot[p->latest], latest));
	ckpt_buf_adds(out, ",\"leases\":");
	ckpt_lease_status(v, out);
	add_open_files(out, &s);
	ckpt_buf_addf(out, ",\"confined\":%s", v->opts.confined ? v->opts.confined : "null");
	ckpt_buf_addf(out, ",\"watch\":\"%s\"%s}\n",
		      __atomic_load_n(&v->watching, __ATOMIC_RELAXED) ? "inotify" : "poll", more ? more : "");
	ckpt_buf_show_json(out, 0);
	ckpt_picture_unref(p);
}
