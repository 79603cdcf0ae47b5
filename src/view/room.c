#include "view/room.h"

#include <errno.h>

#include "base/when.h"
#include "view/limits.h"

static size_t bound(const struct ckpt_view *v, enum ckpt_room kind)
{
	size_t files = v->opts.files;

	if (!files)
		return SIZE_MAX;
	return kind == CKPT_ROOM_LEASE ? files : files - files / 100 * CKPT_FILES_FOR_LEASES;
}

static bool take(struct ckpt_view *v, enum ckpt_room kind)
{
	bool room;

	pthread_mutex_lock(&v->lease_lock);
	room = v->files < bound(v, kind);
	v->files += room;
	pthread_mutex_unlock(&v->lease_lock);
	return room;
}

static void say(struct ckpt_view *v, uint64_t refused)
{
	ckpt_log_add(v->opts.log, CKPT_LOG_FULL,
		     "%s: no more files can be opened for readers, of %zu that this process may have open; "
		     "%llu were refused so far; let readers close some, or raise the limit of open files "
		     "(ulimit -Hn, LimitNOFILE=) and mount again",
		     ckpt_store_label(v->store), v->opts.files, (unsigned long long)refused);
}

void ckpt_room_refused(struct ckpt_view *v)
{
	int64_t now = ckpt_when_monotonic();
	uint64_t refused;
	bool first;

	pthread_mutex_lock(&v->lease_lock);
	refused = ++v->refused;
	first = !v->refused_ms || now - v->refused_ms > CKPT_COMPLAINT_MS;
	if (first)
		v->refused_ms = now;
	v->refusing = true;
	pthread_mutex_unlock(&v->lease_lock);
	if (first)
		say(v, refused);
}

int ckpt_room_take(struct ckpt_view *v, enum ckpt_room kind, struct ckpt_err *err)
{
	if (take(v, kind))
		return 0;
	return ckpt_fail(err, EMFILE, "%s: too many files are open for readers already",
			 ckpt_store_label(v->store));
}

void ckpt_room_give(struct ckpt_view *v)
{
	uint64_t refused;
	bool again;

	pthread_mutex_lock(&v->lease_lock);
	v->files--;
	/* Well below, so that this does not come and go. */
	again = v->refusing && v->files < bound(v, CKPT_ROOM_OPEN) / 2;
	refused = v->refused;
	if (again) {
		v->refusing = false;
		v->refused_ms = 0;
	}
	pthread_mutex_unlock(&v->lease_lock);
	if (again)
		ckpt_log_add(v->opts.log, CKPT_LOG_NOT_FULL,
			     "%s: files can be opened for readers again; %llu were refused so far",
			     ckpt_store_label(v->store), (unsigned long long)refused);
}

void ckpt_room_stats(struct ckpt_view *v, struct ckpt_view_stats *out)
{
	pthread_mutex_lock(&v->lease_lock);
	out->files.open = v->files;
	out->files.bound = v->opts.files;
	out->files.refused = v->refused;
	out->files.refusing = v->refusing;
	pthread_mutex_unlock(&v->lease_lock);
}
