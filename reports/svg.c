/* SPDX-License-Identifier: MIT */
/* reports/svg.c - turns what gnuplot wrote into SVG that may stand in a page (see svg.h).
 *
 * gnuplot's svg terminal writes one element or attribute after another in a fixed spelling, so this
 * is a scan for known spellings, not an XML parser: at each position the first rule that matches
 * rewrites, and everything else is copied.  */
#include "reports/svg.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Colours that are at least 3:1 against the ground, differ for the common kinds of colour
 * blindness, and differ in lightness where neighbours in the list meet.  The first phase is the
 * baseline: neutral.  */
static const struct colour {
	const char *name, *light, *dark;
} colours[] = {
        {"p1", "#4a4a4a", "#c9ced6"},   {"p2", "#d55e00", "#f08a4b"}, {"p3", "#0072b2", "#58a6e8"},
        {"p4", "#009e73", "#2cc79a"},   {"p5", "#aa4499", "#dd8fd0"}, {"p6", "#b8860b", "#f0c04a"},
        {"p7", "#2e93c9", "#8fd3f7"},   {"p8", "#882255", "#e0709f"}, {"p9", "#7a7a1f", "#c5c255"},
        {"p10", "#5b4fc4", "#a79bf5"},  {"c1", "#9fb6c9", "#52687c"}, {"c2", "#c2410c", "#f0824b"},
        {"c3", "#c2410c", "#f0824b"},   {"c4", "#c2410c", "#f0824b"}, {"c5", "#c2410c", "#f0824b"},
        {"c6", "#c2410c", "#f0824b"},   {"c7", "#7a7a7a", "#a0a4aa"}, {"c8", "#7a7a7a", "#a0a4aa"},
        {"grid", "#d9dde2", "#3a4048"},
};

#define COLOUR_COUNT (sizeof(colours) / sizeof(*colours))

struct scan {
	const char *at; /* next byte to look at */
	struct pr_buf *out;
	const char *name;
	char *const *texts;
	size_t text_count;
};

void pr_svg_text(struct pr_buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			pr_buf_puts(out, "&amp;");
			break;
		case '<':
			pr_buf_puts(out, "&lt;");
			break;
		case '>':
			pr_buf_puts(out, "&gt;");
			break;
		case '"':
			pr_buf_puts(out, "&quot;");
			break;
		case '\'':
			pr_buf_puts(out, "&#39;");
			break;
		default:
			pr_buf_add(out, (unsigned char)*text < 0x20 || *text == 0x7f ? " " : text,
			           1);
		}
	}
}

static bool starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Tokens: Z, five digits, then any number of z.  */
static bool put_token(struct scan *s)
{
	size_t number = 0;

	if (*s->at != 'Z')
		return false;
	for (int i = 1; i <= 5; i++) {
		if (!isdigit((unsigned char)s->at[i]))
			return false;
		number = number * 10 + (size_t)(s->at[i] - '0');
	}
	s->at += 6;
	s->at += strspn(s->at, "z");
	if (number < s->text_count)
		pr_svg_text(s->out, s->texts[number]);
	return true;
}

/* rgb(1, N, 0) and its relatives.  */
static bool put_colour(struct scan *s)
{
	int r, g, b, used = 0;

	if (!starts(s->at, "rgb("))
		return false;
	if (sscanf(s->at, "rgb( %d , %d , %d )%n", &r, &g, &b, &used) != 3 || used == 0)
		return false;
	if (r == 0 && g == 0 && b == 0)
		pr_buf_puts(s->out, "currentColor");
	else if (r == 1 && b == 0)
		pr_buf_printf(s->out, "var(--p%d)", g);
	else if (r == 2 && b == 0)
		pr_buf_printf(s->out, "var(--c%d)", g);
	else if (r == 3)
		pr_buf_puts(s->out, "var(--grid)");
	else
		return false;
	s->at += used;
	return true;
}

/* Hypertext: the handlers name a script that is not there; the text goes into the <title>.  */
static bool put_hypertext(struct scan *s)
{
	static const char begin[] = " onmousemove=\"gnuplot_svg.showHypertext(evt,'";
	static const char end[] = "><title> </title>";
	const char *text, *quote, *rest;

	if (!starts(s->at, begin))
		return false;
	text = s->at + sizeof(begin) - 1;
	quote = strchr(text, '\'');
	rest = quote ? strstr(quote, end) : NULL;
	if (!rest)
		return false;
	pr_buf_puts(s->out, "><title>");
	s->at = text;
	if (!put_token(s))
		return false;
	pr_buf_puts(s->out, "</title>");
	s->at = rest + sizeof(end) - 1;
	return true;
}

/* The title that gnuplot gives a curve without one: its own id.  */
static bool skip_title(struct scan *s)
{
	const char *end;

	if (!starts(s->at, "<title>") || !starts(s->at + 7, "gnuplot_plot_"))
		return false;
	end = strstr(s->at, "</title>");
	if (!end)
		return false;
	s->at = end + 8;
	return true;
}

/* An element that draws nothing: <g ...> and at once </g>; and filters that paint white boxes.  */
static bool skip_empty(struct scan *s)
{
	const char *end;

	if (starts(s->at, "<filter ")) {
		end = strstr(s->at, "</filter>");
		if (end)
			s->at = end + 9;
		return end != NULL;
	}
	if (!starts(s->at, "<g "))
		return false;
	end = strchr(s->at, '>');
	if (!end)
		return false;
	end += 1 + strspn(end + 1, " \t\n");
	if (!starts(end, "</g>"))
		return false;
	s->at = end + 4;
	return true;
}

/* Spellings that are always replaced.  %s is the plot's name.  */
static const struct rule {
	const char *from, *to;
	bool prefix; /* to is followed by "NAME-" */
} rules[] = {
        {" id='", " id='", true},
        {" id=\"", " id=\"", true},
        {"url(#", "url(#", true},
        {"xlink:href='#", "href='#", true},
        {"stroke='black'", "stroke='currentColor'", false},
        {"stroke=\"black\"", "stroke=\"currentColor\"", false},
        {"fill=\"black\"", "fill=\"currentColor\"", false},
        {"color=\"black\"", "", false},
        {"color=\"white\"", "", false},
        {" color='white'", " color='var(--ground)'", false}, /* behind marks on a line */
        {" font-family=\"sans-serif\"", "", false},
        {"<tspan >", "<tspan>", false},
        {" xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "", false},
};

static bool put_rule(struct scan *s)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (!starts(s->at, rules[i].from))
			continue;
		pr_buf_puts(s->out, rules[i].to);
		if (rules[i].prefix)
			pr_buf_printf(s->out, "%s-", s->name);
		s->at += strlen(rules[i].from);
		return true;
	}
	return false;
}

/* Blank lines and indentation say nothing in SVG; text never spans lines here.  */
static bool skip_space(struct scan *s)
{
	size_t blank = strspn(s->at, "\n\t");

	if (blank == 0)
		return false;
	pr_buf_puts(s->out, "\n");
	s->at += blank;
	return true;
}

static void put_body(struct scan *s)
{
	while (*s->at) {
		if (put_token(s) || put_hypertext(s) || put_colour(s) || put_rule(s) ||
		    skip_title(s) || skip_empty(s) || skip_space(s))
			continue;
		pr_buf_add(s->out, s->at++, 1);
	}
}

enum pr_err pr_svg_clean(const char *raw, const char *name, char *const *texts, size_t text_count,
                         struct pr_buf *out, struct pr_error *why)
{
	struct scan scan = {.out = out, .name = name, .texts = texts, .text_count = text_count};
	const char *box = strstr(raw, "viewBox=\"");
	const char *box_end = box ? strchr(box + 9, '"') : NULL;
	const char *body = strstr(raw, "</desc>");
	struct pr_buf first;

	if (!box_end || !body || !strstr(body, "</svg>"))
		return pr_error_set(why, PR_FAILED, "gnuplot did not write a whole SVG picture");
	pr_buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%.*s\">\n",
	              (int)(box_end - box - 9), box + 9);
	/* Once for the rules; a second time because an element may be empty only after the first.
	 */
	pr_buf_init(&first);
	scan.at = body + 7;
	scan.out = &first;
	put_body(&scan);
	scan = (struct scan){.at = first.text, .out = out, .name = name};
	while (*scan.at) {
		if (!skip_empty(&scan) && !skip_space(&scan))
			pr_buf_add(out, scan.at++, 1);
	}
	pr_buf_fini(&first);
	return PR_OK;
}

static const struct colour *find_colour(const char *name, size_t size)
{
	for (size_t i = 0; i < COLOUR_COUNT; i++)
		if (strlen(colours[i].name) == size && !strncmp(colours[i].name, name, size))
			return &colours[i];
	return NULL;
}

/* var(--NAME) as its light colour; *at moves behind it.  */
static bool put_fixed(const char **at, struct pr_buf *out)
{
	const char *end = strchr(*at, ')');
	const struct colour *colour;

	if (!starts(*at, "var(--") || !end)
		return false;
	colour = find_colour(*at + 6, (size_t)(end - *at - 6));
	pr_buf_puts(out, colour                         ? colour->light
	                 : starts(*at, "var(--ground)") ? "#ffffff"
	                                                : "#000000");
	*at = end + 1;
	return true;
}

void pr_svg_standalone(const char *svg, const char *alt, struct pr_buf *out)
{
	const char *body = strchr(svg, '>');

	pr_buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	if (!body)
		return;
	pr_buf_add(out, svg, (size_t)(body - svg));
	pr_buf_puts(out, " color=\"#1b1f24\" font-family=\"sans-serif\">\n<title>");
	pr_svg_text(out, alt);
	pr_buf_puts(out, "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
	for (const char *at = body + 1; *at;) {
		if (!put_fixed(&at, out))
			pr_buf_add(out, at++, 1);
	}
}

void pr_svg_colours(struct pr_buf *out, int dark)
{
	for (size_t i = 0; i < COLOUR_COUNT; i++)
		pr_buf_printf(out, "--%s:%s;", colours[i].name,
		              dark ? colours[i].dark : colours[i].light);
}
