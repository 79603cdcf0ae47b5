/* layer_test.h - one batch file, made by hand, for the tests of how it is checked */
#ifndef CKPT_TESTS_LAYER_TEST_H
#define CKPT_TESTS_LAYER_TEST_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/layer.h"
#include "engine/layer_block.h"
#include "tests/fixture.h"
#include "tests/layer_file.h"
#include "tests/suite.h"

static struct ckpt_buf file;
static struct ckpt_err e;

static inline void setup(void)
{
	ckpt_buf_clear(&file);
}

static inline void teardown(void)
{
	ckpt_buf_release(&file);
}

static inline unsigned char *bytes(size_t off)
{
	return (unsigned char *)file.data + off;
}

static inline void refused(int code, const char *sentence)
{
	ck_assert_int_eq(layer_check(file.data, file.len, &e), code);
	ck_assert_msg(strstr(e.msg, sentence), "%s", e.msg);
}

#endif
