#include "cmd/metrics.h"

#include <errno.h>
#include <string.h>

#include "ckptfs/archive.h"
#include "ckptfs/pins.h"
#include "cmd/pins.h"

/* Our own want, or somebody's wish to end, says nothing about the root. */
static bool is_ours(int rc)
{
	return rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE || rc == -EINTR;
}

static int read_newest(struct ckpt_root *root, int64_t *ms, struct ckpt_err *err)
{
	ptrdiff_t newest;
	int rc = ckpt_newest_finished(root, &newest, err);

	if (rc || newest < 0)
		return rc;
	return ckpt_time_read(ckpt_root_store(root), &ckpt_root_catalog(root)->entry[newest]->uuid, ms, err);
}

static int read_pins(struct ckpt_cmd *cmd, struct ckpt_metrics *m, struct ckpt_err *err)
{
	const int64_t now = ckpt_cmd_now_ms(cmd);
	struct ckpt_pins pins;
	int rc = ckpt_pins_read(cmd->store, &pins, err);

	m->pins_known = !rc;
	m->pins = pins.n;
	for (size_t i = 0; !rc && i < pins.n; i++)
		m->pins_expired += ckpt_pin_is_expired(&pins.pin[i], now);
	ckpt_pins_release(&pins);
	return rc;
}

/* What can't be read is said and left out, as a mount shows what it last read. */
static int not_ok(struct ckpt_cmd *cmd, struct ckpt_metrics *m, int rc, const struct ckpt_err *why)
{
	if (!rc || is_ours(rc))
		return rc;
	m->ok = false;
	ckpt_cmd_warn(cmd, "%s", why->msg);
	return 0;
}

static int read_archive(const char *path, struct ckpt_metrics *m, struct ckpt_err *err)
{
	struct ckpt_store *store = NULL;
	struct ckpt_root *root = NULL;
	int rc = ckpt_root_open_other(path, &store, &root, err);

	if (rc == 0)
		rc = read_newest(root, &m->archive.newest_ms, err);
	if (rc == 0) {
		m->archive.path = path;
		m->archive.checkpoints = ckpt_root_catalog(root)->n;
	}
	ckpt_root_free(root);
	ckpt_store_free(store);
	return rc;
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_metrics m = { .root = ckpt_store_label(cmd->store), .ok = true };
	struct ckpt_err mine = { 0 };
	struct ckpt_usage usage;
	int rc;

	if (!err)
		err = &mine;
	cmd->measured = &m.measured;
	rc = ckpt_du_read(cmd, &usage, err);
	ckpt_usage_release(&usage);
	if (rc == 0)
		rc = not_ok(cmd, &m, read_newest(cmd->root, &m.newest_ms, err), err);
	m.checkpoints = ckpt_root_catalog(cmd->root)->n;
	if (rc == 0)
		rc = not_ok(cmd, &m, read_pins(cmd, &m, err), err);
	if (rc == 0 && args->n_operand)
		rc = read_archive(args->operand[0], &m, err);
	if (rc == 0)
		ckpt_metrics_print(&m, &cmd->out);
	cmd->measured = NULL;
	return rc;
}

static int check(const struct ckpt_args *args, struct ckpt_err *err)
{
	if (!args->json)
		return 0;
	return ckpt_fail(
		err, EINVAL,
		"metrics: it prints OpenMetrics, not JSON; 'list', 'du' and a mount's status.json have "
		"the numbers as JSON");
}

static const struct ckpt_opt_spec opts[] = { { 0 } };

const struct ckpt_verb ckpt_verb_metrics = {
	.name = "metrics",
	.operands = "[ARCHIVE]",
	.max_operands = 1,
	.uuids_from = 1,
	.summary = "print numbers for Prometheus, as OpenMetrics",
	.example = "metrics /data /archive",
	.opts = opts,
	.check = check,
	.run = run,
};
