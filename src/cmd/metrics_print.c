#include "cmd/metrics.h"
#include "cmd/openmetrics.h"
#include "config.h"

static void gauge(struct ckpt_om *om, const char *name, uint64_t value, const char *help)
{
	ckpt_om_family(om, name, "gauge", help);
	ckpt_om_begin(om, "");
	ckpt_om_end(om, value);
}

/* A moment in ms; 0: not known. */
static void moment(struct ckpt_om *om, const char *name, int64_t ms, const char *help)
{
	if (ms <= 0)
		return;
	ckpt_om_family(om, name, "gauge", help);
	ckpt_om_begin(om, "");
	ckpt_om_end_milli(om, (uint64_t)ms);
}

static void counter(struct ckpt_om *om, const char *name, uint64_t value, const char *help)
{
	ckpt_om_family(om, name, NULL, help);
	ckpt_om_begin(om, "");
	ckpt_om_end(om, value);
}

static void labelled(struct ckpt_om *om, const char *key, const char *label, uint64_t value)
{
	ckpt_om_begin(om, "");
	ckpt_om_label(om, key, label);
	ckpt_om_end(om, value);
}

/* --- what a root tells ---------------------------------------------------- */

static void print_build(struct ckpt_om *om)
{
	ckpt_om_family(om, "ckptfs_build_info", "gauge", "Which ckptfs says this.");
	ckpt_om_begin(om, "");
	ckpt_om_label(om, "version", PACKAGE_VERSION);
	ckpt_om_label(om, "libfuse", ckpt_fuse_version());
	ckpt_om_end(om, 1);
}

static void print_root(struct ckpt_om *om, const struct ckpt_metrics *m)
{
	gauge(om, "ckptfs_root_ok", m->ok,
	      "1 if the catalog, state.json and the pins can be read; with 0 the numbers are older.");
	gauge(om, "ckptfs_checkpoints", m->checkpoints, "Checkpoints in the catalog.");
	moment(om, "ckptfs_newest_checkpoint_timestamp_seconds", m->newest_ms,
	       "When the newest finished checkpoint was made.");
	if (!m->pins_known)
		return;
	gauge(om, "ckptfs_pins", m->pins, "Pins, expired ones too.");
	gauge(om, "ckptfs_pins_expired", m->pins_expired, "Pins that hold nothing any more.");
}

/* Of a checkpoint that is damaged it is not known which batches it needs, so no
 * sum of batches is right then. */
static void print_measured(struct ckpt_om *om, const struct ckpt_measured *measured)
{
	const struct ckpt_usage *u = &measured->sums;

	if (!measured->at_ms)
		return;
	moment(om, "ckptfs_usage_timestamp_seconds", measured->at_ms,
	       "When the files were counted: stored, garbage and damaged are of then.");
	ckpt_om_family(om, "ckptfs_stored_bytes", "gauge",
		       "Bytes of the files in the root, each counted once.");
	labelled(om, "kind", "state", u->state_bytes);
	if (!u->unreadable)
		labelled(om, "kind", "batches", u->alone_bytes + u->shared_bytes);
	if (u->garbage_known) {
		labelled(om, "kind", "garbage", u->garbage_bytes);
		labelled(om, "kind", "other", u->other_bytes);
		gauge(om, "ckptfs_garbage_files", u->garbage_files, "Files that a sweep would remove.");
	}
	gauge(om, "ckptfs_damaged_checkpoints", u->unreadable,
	      "Checkpoints in the catalog of which it can not be read what they need.");
}

static void print_archive(struct ckpt_om *om, const struct ckpt_metrics *m)
{
	if (!m->archive.path)
		return;
	ckpt_om_family(om, "ckptfs_archive_checkpoints", "gauge", "Checkpoints in the archive.");
	labelled(om, "archive", m->archive.path, m->archive.checkpoints);
	if (m->archive.newest_ms <= 0)
		return;
	ckpt_om_family(om, "ckptfs_archive_newest_checkpoint_timestamp_seconds", "gauge",
		       "When the newest checkpoint in the archive was made.");
	ckpt_om_begin(om, "");
	ckpt_om_label(om, "archive", m->archive.path);
	ckpt_om_end_milli(om, (uint64_t)m->archive.newest_ms);
}

/* --- what a mount tells --------------------------------------------------- */

static void print_held(struct ckpt_om *om, const struct ckpt_view_stats *v)
{
	gauge(om, "ckptfs_leases", v->leases, "Checkpoints that are being read, or were a moment ago.");
	if (!v->held.known)
		return;
	gauge(om, "ckptfs_held_files", v->held.files, "Files held open for readers.");
	gauge(om, "ckptfs_held_bytes", v->held.bytes, "Bytes of these, each file counted once.");
	gauge(om, "ckptfs_held_deleted_files", v->held.deleted_files,
	      "Of the files held open those that were deleted from the root.");
	gauge(om, "ckptfs_held_deleted_bytes", v->held.deleted_bytes,
	      "Bytes that stay on the disk until readers are done.");
	gauge(om, "ckptfs_not_held_files", v->held.missing,
	      "Files of leased checkpoints that could not be held.");
}

static void print_view(struct ckpt_om *om, const struct ckpt_view_stats *v)
{
	gauge(om, "ckptfs_generation", v->generation,
	      "How often what is shown has changed since the mount, and 1.");
	counter(om, "ckptfs_refreshes_total", v->refreshes, "How often the root was looked at for changes.");
	print_held(om, v);
	gauge(om, "ckptfs_reader_files", v->files.open,
	      "Descriptors open for readers: leases, held and read files.");
	if (v->files.bound)
		gauge(om, "ckptfs_reader_files_limit", v->files.bound, "How many there may be.");
	counter(om, "ckptfs_reader_files_refused_total", v->files.refused,
		"Files that readers could not open for want of descriptors.");
}

static void print_requests(struct ckpt_om *om, const struct ckpt_fuse_stats *f)
{
	gauge(om, "ckptfs_passthrough", f->backing.on, "1 if the kernel reads large files itself.");
	gauge(om, "ckptfs_backing_files", f->backing.open, "Files that the kernel reads itself now.");
	counter(om, "ckptfs_backing_files_registered_total", f->backing.registered,
		"Files that were given to the kernel to read.");
	counter(om, "ckptfs_backing_files_refused_total", f->backing.refused,
		"Files that the kernel did not take.");
	ckpt_om_family(om, "ckptfs_requests_total", NULL, "Requests of the kernel.");
	for (size_t i = 0; i < CKPT_REQUESTS; i++)
		labelled(om, "kind", ckpt_request_names[i], f->requests[i]);
	ckpt_om_family(om, "ckptfs_request_errors_total", NULL,
		       "Requests of the kernel that failed; that something is not there, or not to be "
		       "written, is no "
		       "failure.");
	for (size_t i = 0; i < CKPT_REFUSALS; i++)
		labelled(om, "error", ckpt_refusal_names[i], f->refused[i]);
}

static void print_commands(struct ckpt_om *om, const struct ckpt_metrics *m)
{
	const struct ckpt_verb *const *verb = m->verbs;
	const struct ckpt_tally_counts *c = &m->commands;

	ckpt_om_family(om, "ckptfs_command_duration_seconds", "summary",
		       "Commands through control, without dry runs, and how long they took.");
	for (size_t i = 0; verb[i]; i++) {
		if (!verb[i]->control)
			continue;
		ckpt_om_begin(om, "_count");
		ckpt_om_label(om, "command", verb[i]->name);
		ckpt_om_end(om, c->verb[i].done);
		ckpt_om_begin(om, "_sum");
		ckpt_om_label(om, "command", verb[i]->name);
		ckpt_om_end_milli(om, c->verb[i].ms);
	}
	ckpt_om_family(om, "ckptfs_command_failures_total", NULL, "Of these commands those that failed.");
	for (size_t i = 0; verb[i]; i++)
		if (verb[i]->control)
			labelled(om, "command", verb[i]->name, c->verb[i].failed);
	ckpt_om_family(om, "ckptfs_command_errors_total", NULL,
		       "Writes to control that failed, dry runs and what was not understood too.");
	/* Each name once. */
	for (size_t i = 0; i < CKPT_CONTROL_ERRNOS; i++)
		if (ckpt_control_errnos[i].code == ckpt_control_errnos[i].as)
			labelled(om, "error", ckpt_control_errnos[i].name, c->errors[i]);
}

void ckpt_metrics_print(const struct ckpt_metrics *m, struct ckpt_buf *out)
{
	struct ckpt_om om = { .out = out, .root = m->root };

	print_build(&om);
	print_root(&om, m);
	print_measured(&om, &m->measured);
	print_archive(&om, m);
	if (m->verbs) {
		print_view(&om, &m->view);
		print_requests(&om, &m->fuse);
		print_commands(&om, m);
	}
	ckpt_om_eof(&om);
}
