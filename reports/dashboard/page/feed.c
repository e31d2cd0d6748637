/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/feed.c - changes as an Atom feed (RFC 4287): one entry for each, not one a
 * night.  What is said of a change updates its entry.  */
#include <math.h>

#include "core/base/escape.h"
#include "core/base/json.h"
#include "reports/dashboard/web.h"
#include "reports/words.h"

#define ENTRIES_MAX 100

static void put_element(struct pr_buf *out, const char *name, const char *text)
{
	pr_buf_printf(out, "<%s>", name);
	pr_escape_xml(out, text);
	pr_buf_printf(out, "</%s>\n", name);
}

static void put_title(struct pr_buf *out, const json_t *change)
{
	bool is_better = json_is_true(json_object_get(change, "better"));

	pr_buf_printf(out, "<title>%s: ", is_better ? "better" : "worse");
	pr_escape_xml(out, pr_json_text_or(change, "metric", ""));
	pr_buf_puts(out, " of ");
	pr_escape_xml(out, pr_json_text_or(change, "phase", ""));
	pr_buf_puts(out, " in ");
	pr_escape_xml(out, pr_json_text_or(change, "workload", ""));
	pr_buf_puts(out, " (");
	pr_escape_xml(out, pr_json_text_or(change, "state", ""));
	pr_buf_puts(out, ")</title>\n");
}

static void put_content(struct pr_buf *out, const json_t *change)
{
	double before = json_number_value(json_object_get(change, "before"));
	double after = json_number_value(json_object_get(change, "after"));
	const json_t *pair = json_object_get(change, "pair");

	pr_buf_puts(out, "<content type=\"text\">On ");
	pr_escape_xml(out, pr_json_text_or(change, "machine", ""));
	pr_buf_puts(out, ", against ");
	pr_escape_xml(out, pr_json_text_or(change, "baseline", ""));
	pr_buf_printf(out, ": from %s ", pr_words_effect(before, NAN, NAN).text);
	pr_buf_printf(out, "to %s, between commits ", pr_words_effect(after, NAN, NAN).text);
	pr_escape_xml(out, pr_json_text_or(pair, "last_good", ""));
	pr_buf_puts(out, " and ");
	pr_escape_xml(out, pr_json_text_or(pair, "first", ""));
	pr_buf_puts(out, ".</content>\n");
}

static void put_entry(struct pr_buf *out, const json_t *change)
{
	long long id = (long long)json_integer_value(json_object_get(change, "case"));
	long long run = (long long)json_integer_value(json_object_get(change, "run"));

	pr_buf_puts(out, "<entry>\n");
	put_title(out, change);
	pr_buf_printf(out,
	              "<id>tag:proctor,2026:change-%lld-%lld</id>\n"
	              "<link rel=\"alternate\" href=\"case-%lld.html\"/>\n",
	              id, run, id);
	put_element(out, "updated", pr_json_text_or(change, "time", ""));
	put_content(out, change);
	pr_buf_puts(out, "</entry>\n");
}

static void write_feed(const struct pr_board *board, struct pr_buf *out)
{
	char time[32];
	json_t *change;
	size_t i;

	pr_history_format_time(board->newest, time);
	pr_buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	                 "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	put_element(out, "title", board->opts->title);
	pr_buf_puts(out, "<id>tag:proctor,2026:");
	pr_escape_xml(out, board->place);
	pr_buf_puts(out, "</id>\n<link rel=\"self\" href=\"feed.xml\"/>\n<link rel=\"alternate\" "
	                 "href=\"index.html\"/>\n<author><name>proctor</name></author>\n");
	put_element(out, "updated", time);
	json_array_foreach(board->changes, i, change)
	{
		const struct pr_board_case *one = pr_board_case_of(board, change);

		if (i < ENTRIES_MAX && one != NULL && !pr_board_is_twin(one))
			put_entry(out, change);
	}
	pr_buf_puts(out, "</feed>\n");
}

const struct pr_page_ops pr_page_feed = {
        .file = "feed.xml", .version = PR_PAGE_OPS_VERSION, .write = write_feed};
