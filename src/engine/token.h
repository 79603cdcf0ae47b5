/* token.h - the tokens of a JSON text
 *
 * Only as much of a lexer as shielding and cutting need: it tells strings,
 * numbers, brackets and white space apart, in one pass without looking back,
 * and never fails.  What is no JSON comes out as some token too, with every
 * byte in it, so that the parser behind gets to see it and refuses it.
 */
#ifndef CKPT_ENGINE_TOKEN_H
#define CKPT_ENGINE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum ckpt_token_kind {
	CKPT_TOKEN_END,
	CKPT_TOKEN_STRING, /* with its quotes */
	CKPT_TOKEN_CUT,	   /* a string without an end */
	CKPT_TOKEN_WORD,   /* a number, true, false, null, or no JSON */
	CKPT_TOKEN_OPEN,   /* [ or { */
	CKPT_TOKEN_CLOSE,  /* ] or } */
	CKPT_TOKEN_COMMA,
	CKPT_TOKEN_COLON
};

struct ckpt_token {
	enum ckpt_token_kind kind;
	const char *s;
	size_t len;
	bool after_word;   /* the token before was a word too */
	bool before_colon; /* a colon follows */
};

/* p stands at a token or at the end. */
struct ckpt_lexer {
	const char *p, *end;
	bool after_word;
};

void ckpt_lexer_init(struct ckpt_lexer *l, const char *text, size_t len);
struct ckpt_token ckpt_lexer_next(struct ckpt_lexer *l);

/* Append a token to those before it, without the white space between. */
void ckpt_token_add(struct ckpt_buf *out, const struct ckpt_token *t);

/* A word that is a number by RFC 8259. */
bool ckpt_token_is_number(const struct ckpt_token *t);

#endif
