/* retention_set.h - one set of moments and the rules that decide on it, for the
 * tests of retention */
#ifndef CKPT_TESTS_RETENTION_SET_H
#define CKPT_TESTS_RETENTION_SET_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "engine/retention.h"
#include "tests/suite.h"

#define MOMENTS 64
#define FUTURE INT64_C(4102444800000) /* 2100 */

static struct ckpt_moment m[MOMENTS];
static unsigned reasons[MOMENTS];
static size_t n;
static struct ckpt_retention r;

static void zone(const char *tz)
{
	char file[64];

	/* Without its file a zone is silently UTC. */
	snprintf(file, sizeof(file), "/usr/share/zoneinfo/%s", tz);
	ck_assert_msg(access(file, R_OK) == 0, "%s is not there: install tzdata", file);
	setenv("TZ", tz, 1);
	tzset();
}

static void reset(void)
{
	zone("UTC");
	n = 0;
	r = (struct ckpt_retention){ 0 };
}

static int64_t when(const char *text)
{
	int64_t ms = 0;

	ck_assert_msg(ckpt_when_parse(text, &ms), "%s", text);
	return ms;
}

static void decide(void)
{
	struct ckpt_err err;

	ck_assert_int_eq(ckpt_retention_decide(&r, m, n, FUTURE, reasons, &err), 0);
}

#endif
