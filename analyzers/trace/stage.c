/* SPDX-License-Identifier: MIT */
/* analyzers/trace/stage.c - where one stage of the work ends and the next begins.  */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/strace_marker.h"
#include "analyzers/trace/parts.h"
#include "core/base/buf.h"

void pr_trace_begin_stage(struct pr_trace *trace, const char *name, size_t size)
{
	struct pr_trace_stage *stage;
	size_t i = 0;

	if (size >= sizeof(stage->name))
		size = sizeof(stage->name) - 1;
	while (i < trace->stage_count && (strlen(trace->stages[i]->name) != size ||
	                                  memcmp(trace->stages[i]->name, name, size) != 0))
		i++;
	if (i == PR_TRACE_STAGES_MAX)
		i--; /* the last one goes on */
	trace->stage = i;
	if (i < trace->stage_count)
		return;
	stage = pr_alloc(sizeof(*stage));
	memset(stage, 0, sizeof(*stage));
	memcpy(stage->name, name, size);
	stage->from_ns = stage->to_ns = -1;
	trace->stages[trace->stage_count++] = stage;
}

bool pr_trace_is_marker(const struct pr_strace_event *event)
{
	struct pr_strace_text text;
	bool cut;

	return pr_strace_marker(event, &text, &cut);
}

void pr_trace_take_marker(struct pr_trace *trace, const struct pr_strace_event *event)
{
	static const char begin[] = ":begin";
	struct pr_strace_text text;
	bool cut;

	if (!pr_strace_marker(event, &text, &cut))
		return;
	if (cut && trace->why.text[0] == '\0')
		pr_error_set(&trace->why, PR_FAILED,
		             "line %llu: the stage marker is cut short; record with strace -s 48 "
		             "or more",
		             (unsigned long long)event->line);
	if (text.size > strlen(begin) &&
	    memcmp(text.at + text.size - strlen(begin), begin, strlen(begin)) == 0) {
		trace->marked = true;
		pr_trace_begin_stage(trace, text.at, text.size - strlen(begin));
	}
}

static void cut_stage(struct pr_trace *trace)
{
	char name[32];
	int size = snprintf(name, sizeof(name), "part %zu", trace->stage_count + 1);

	if (trace->stage_count < PR_TRACE_STAGES_MAX)
		pr_trace_begin_stage(trace, name, (size_t)size);
}

/* The first stamp of -r is 0, and each one counts from the line before.  */
void pr_trace_take_stamp(struct pr_trace *trace, const struct pr_strace_event *event)
{
	struct pr_trace_stage *stage;
	int64_t stamp_ns = event->stamp_ns;

	if (stamp_ns < 0)
		return;
	if (trace->first_ns < 0) {
		trace->first_ns = trace->last_ns = stamp_ns;
		trace->relative = stamp_ns == 0;
	}
	if (trace->relative)
		stamp_ns = trace->last_ns + (stamp_ns < INT32_MAX * (int64_t)1000 ? stamp_ns : 0);
	if (trace->options.idle_ns > 0 && !trace->marked &&
	    stamp_ns - trace->last_ns >= trace->options.idle_ns)
		cut_stage(trace);
	stage = trace->stages[trace->stage];
	if (stage->from_ns < 0)
		stage->from_ns = stamp_ns;
	if (stamp_ns > trace->last_ns)
		trace->last_ns = stamp_ns;
	stage->to_ns = trace->last_ns;
}
