#include "cmd/pins.h"

#include <string.h>

#include "base/when.h"
#include "cmd/jsonout.h"
#include "cmd/table.h"

int64_t ckpt_cmd_now_ms(const struct ckpt_cmd *cmd)
{
	return cmd->env.now_ms ? cmd->env.now_ms(cmd->env.ctx) : ckpt_when_now();
}

/* A pipeline heeds no pin: the checkpoint may be gone. */
static bool is_gone(struct ckpt_cmd *cmd, const struct ckpt_pin *p)
{
	return ckpt_catalog_find(ckpt_root_catalog(cmd->root), &p->uuid) < 0;
}

void ckpt_pins_json(struct ckpt_cmd *cmd, const struct ckpt_pins *pins)
{
	int64_t now_ms = ckpt_cmd_now_ms(cmd);
	struct ckpt_buf *out = &cmd->out;
	char when[CKPT_WHEN_TEXT];

	ckpt_jo_open(out, NULL, '{');
	ckpt_jo_open(out, "pins", '[');
	for (size_t i = 0; i < pins->n; i++) {
		const struct ckpt_pin *p = &pins->pin[i];

		ckpt_jo_open(out, NULL, '{');
		ckpt_jo_text(out, "name", p->name);
		ckpt_jo_uuid(out, "uuid", &p->uuid);
		ckpt_jo_text(out, "expires", p->expires ? ckpt_when_text(p->expires_ms, when) : NULL);
		ckpt_jo_text(out, "created", ckpt_when_text(p->created_ms, when));
		ckpt_jo_bool(out, "expired", ckpt_pin_is_expired(p, now_ms));
		ckpt_jo_bool(out, "gone", is_gone(cmd, p));
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_close(out, ']');
	ckpt_jo_close(out, '}');
}

static void print_table(struct ckpt_cmd *cmd, const struct ckpt_pins *pins)
{
	static const char *const head[] = { "UUID", "PINNED", "EXPIRES", "NAME" };
	int64_t now_ms = ckpt_cmd_now_ms(cmd);
	char uuid[CKPT_UUID_TEXT], date[CKPT_TEXT_MAX];
	struct ckpt_table t;

	if (pins->n == 0) {
		ckpt_buf_addf(&cmd->out, "no pins\n");
		return;
	}
	ckpt_table_init(&t, "lllL");
	t.room = cmd->room;
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		ckpt_table_cell(&t, "%s", head[i]);
	for (size_t i = 0; i < pins->n; i++) {
		const struct ckpt_pin *p = &pins->pin[i];

		ckpt_table_cell(&t, "%s", ckpt_uuid_text(&p->uuid, uuid));
		ckpt_table_cell(&t, "%s", ckpt_date_text(p->created_ms, date));
		ckpt_table_cell(&t, "%s%s%s", p->expires ? ckpt_date_text(p->expires_ms, date) : "never",
				ckpt_pin_is_expired(p, now_ms) ? " (expired)" : "",
				is_gone(cmd, p) ? " (checkpoint is gone)" : "");
		ckpt_table_shown(&t, p->name, strlen(p->name));
	}
	ckpt_table_end(&t, &cmd->out);
}

static const struct ckpt_opt_spec no_opts[] = { { 0 } };

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_pins pins;
	int rc = ckpt_pins_read(cmd->store, &pins, err);

	if (rc == 0 && args->json)
		ckpt_pins_json(cmd, &pins);
	else if (rc == 0)
		print_table(cmd, &pins);
	ckpt_pins_release(&pins);
	return rc;
}

const struct ckpt_verb ckpt_verb_pins = {
	.name = "pins",
	.operands = "",
	.summary = "list the pins",
	.example = "pins /data",
	.opts = no_opts,
	.control = true,
	.run = run,
};
