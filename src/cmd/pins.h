/* pins.h - the pins of a root, printed */
#ifndef CKPT_CMD_PINS_H
#define CKPT_CMD_PINS_H

#include "ckptfs/pins.h"
#include "cmd/cmd.h"

/* The clock that the engine goes by. */
int64_t ckpt_cmd_now_ms(const struct ckpt_cmd *cmd);

/* Append them to cmd->out, as the one JSON object. */
void ckpt_pins_json(struct ckpt_cmd *cmd, const struct ckpt_pins *pins);

#endif
