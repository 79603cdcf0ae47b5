#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/when.h"
#include "cmd/pins.h"
#include "cmd/table.h"
#include "engine/retention.h"

/* --- when a pin expires ------------------------------------------------- */

/* The end of a day of the local calendar: "until Friday" is Friday too. */
static bool parse_date(const char *text, int64_t *ms)
{
	char midnight[CKPT_WHEN_TEXT];
	struct tm tm = { 0 };
	time_t t;

	if (strlen(text) != strlen("2026-11-24"))
		return false;
	snprintf(midnight, sizeof(midnight), "%sT00:00:00Z", text);
	if (!ckpt_when_parse(midnight, ms))
		return false;
	t = (time_t)(*ms / 1000);
	if (!gmtime_r(&t, &tm))
		return false;
	tm.tm_mday++;
	tm.tm_isdst = -1;
	*ms = (int64_t)mktime(&tm) * 1000;
	return true;
}

static bool parse_expiry(const char *text, int64_t now_ms, int64_t *ms)
{
	struct ckpt_span span;

	if (ckpt_span_parse(text, &span))
		*ms = ckpt_span_after(now_ms, &span);
	else if (!parse_date(text, ms) && !ckpt_when_parse(text, ms))
		return false;
	return *ms <= CKPT_PIN_EXPIRES_MAX;
}

/* --- pin ---------------------------------------------------------------- */

static const struct ckpt_opt_spec pin_opts[] = {
	{ .name = "expires",
	  .kind = CKPT_OPT_TEXT,
	  .control = true,
	  .value = "WHEN",
	  .help = "hold it so long (7d, 2w, 1m: a month), through a day (2026-12-24), or until a time "
		  "(2026-12-24T18:00:00Z)" },
	{ 0 },
};

static int check_name(const struct ckpt_args *args, struct ckpt_err *err)
{
	if (ckpt_pin_name_ok(args->operand[0]))
		return 0;
	return ckpt_fail(err, EINVAL,
			 "%s: '%s' can't be the name of a pin: that has 1 to %d bytes of UTF-8 without '/' "
			 "and control "
			 "characters, and is neither '.' nor '..'",
			 args->verb->name, args->operand[0], CKPT_PIN_NAME_MAX);
}

static int check_pin(const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *o = ckpt_args_opt(args, "expires");
	int64_t ms;
	int rc = check_name(args, err);

	if (rc || !o || parse_expiry(o->text, ckpt_when_now(), &ms))
		return rc;
	return ckpt_fail(err, EINVAL,
			 "pin: expires '%s' is neither a span of time (numbers from 1 to %d with units y, m "
			 "(months), w, "
			 "d, h: 7d), a day (2026-12-24) nor a time (2026-12-24T18:00:00Z), or lies after the "
			 "year 9999",
			 o->text, CKPT_SPAN_MAX);
}

static int run_pin(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *o = ckpt_args_opt(args, "expires");
	char uuid[CKPT_UUID_TEXT], when[CKPT_TEXT_MAX];
	struct ckpt_pins pins;
	int64_t ms;
	int rc;

	if (o && !parse_expiry(o->text, ckpt_cmd_now_ms(cmd), &ms))
		return ckpt_fail(err, EINVAL, "pin: expires '%s' is not understood", o->text);
	rc = ckpt_pin(cmd->root, args->operand[0], &args->uuid[0], o ? &ms : NULL, &pins, err);
	if (rc == 0 && args->json)
		ckpt_pins_json(cmd, &pins);
	else if (rc == 0)
		ckpt_buf_addf(&cmd->out, "pinned %s as %s%s%s\n", ckpt_uuid_text(&args->uuid[0], uuid),
			      args->operand[0], o ? " until " : "", o ? ckpt_date_text(ms, when) : "");
	ckpt_pins_release(&pins);
	return rc;
}

const struct ckpt_verb ckpt_verb_pin = {
	.name = "pin",
	.operands = "NAME UUID",
	.min_operands = 2,
	.max_operands = 2,
	.uuids_from = 1,
	.summary = "keep a checkpoint from gc and remove, by a name",
	.example = "pin /data before-upgrade 0199f0c2-25cd-786f-901a-66bdfec8ed80 --expires 7d",
	.opts = pin_opts,
	.control = true,
	.check = check_pin,
	.run = run_pin,
};

/* --- unpin -------------------------------------------------------------- */

static const struct ckpt_opt_spec no_opts[] = { { 0 } };

static int run_unpin(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_pins pins;
	int rc = ckpt_unpin(cmd->root, args->operand[0], &pins, err);

	if (rc == 0 && args->json)
		ckpt_pins_json(cmd, &pins);
	else if (rc == 0)
		ckpt_buf_addf(&cmd->out, "unpinned %s\n", args->operand[0]);
	ckpt_pins_release(&pins);
	return rc;
}

const struct ckpt_verb ckpt_verb_unpin = {
	.name = "unpin",
	.operands = "NAME",
	.min_operands = 1,
	.max_operands = 1,
	.uuids_from = 1,
	.summary = "take a pin away",
	.example = "unpin /data before-upgrade",
	.opts = no_opts,
	.control = true,
	.check = check_name,
	.run = run_unpin,
};
