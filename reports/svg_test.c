/* SPDX-License-Identifier: MIT */
/* reports/svg_test.c - what is left of gnuplot's SVG, and what must not be.  */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "reports/svg.h"

static const char head[] = "<?xml version=\"1.0\"?>\n<svg \n viewBox=\"0 0 52 36\"\n xmlns=\"x\">\n"
                           "<title>t</title>\n<desc>d </desc>\n";

static char *const texts[] = {"a <b> & \"c\" 'd'", "second"};

static void clean(const char *body, struct pr_buf *out)
{
	struct pr_buf raw;
	struct pr_error why;

	pr_buf_init(&raw);
	pr_buf_init(out);
	pr_buf_puts(&raw, head);
	pr_buf_puts(&raw, body);
	pr_buf_puts(&raw, "</svg>\n");
	assert_int_equal(pr_svg_clean(raw.text, "plot-1", texts, 2, out, &why), PR_OK);
	pr_buf_fini(&raw);
}

static void becomes(const char *body, const char *expected)
{
	struct pr_buf out;

	clean(body, &out);
	if (!strstr(out.text, expected))
		fail_msg("'%s' is not in: %s", expected, out.text);
	pr_buf_fini(&out);
}

static void test_colours(void **state)
{
	(void)state;
	becomes("<path stroke='rgb(  1,   3,   0)'/>", "stroke='var(--p3)'");
	becomes("<path style='stroke:rgb(2,2,0)'/>", "stroke:var(--c2)");
	becomes("<path stroke='rgb(  3,   0,   0)'/>", "stroke='var(--grid)'");
	becomes("<path stroke='black'/>", "stroke='currentColor'");
	becomes("<path stroke='rgb(0,0,0)'/>", "stroke='currentColor'");
}

static void test_ids_are_its_own(void **state)
{
	(void)state;
	becomes("<circle id='gpDot'/><use xlink:href='#gpDot'/>",
	        "<circle id='plot-1-gpDot'/><use href='#plot-1-gpDot'/>");
	becomes("<p fill = 'url(#gpPat1)'/>", "url(#plot-1-gpPat1)");
}

static void test_tokens_become_escaped_text(void **state)
{
	(void)state;
	becomes("<text>Z00000zzzz</text>",
	        "<text>a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;</text>");
	becomes("<text>Z00001</text>", "<text>second</text>");
	becomes("<path d='M1,1 Z  '/>", "d='M1,1 Z  '");
	becomes("<text>Z00009</text>", "<text></text>");
}

static void test_hypertext_becomes_a_title(void **state)
{
	(void)state;
	becomes("<g onmousemove=\"gnuplot_svg.showHypertext(evt,'Z00001')\" "
	        "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>\n<use/></g>",
	        "<g><title>second</title>\n<use/></g>");
}

/* What gnuplot puts behind the marks of a line, so that it does not cross them.  */
static void test_the_ground_behind_a_mark_is_the_readers(void **state)
{
	(void)state;
	becomes("<use href='#gpPt6' color='white'/>", "color='var(--ground)'");
}

static void test_nothing_idle_is_left(void **state)
{
	struct pr_buf out;

	(void)state;
	clean("<g fill=\"none\" color=\"black\">\n</g>\n<g id=\"gnuplot_plot_1\" >"
	      "<title>gnuplot_plot_1</title>\n<path/></g>\n"
	      "<filter id='textbox'><feFlood flood-color='white'/></filter>\n",
	      &out);
	assert_string_equal(out.text, "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	                              "viewBox=\"0 0 52 36\">\n\n"
	                              "<g id=\"plot-1-gnuplot_plot_1\" >\n<path/></g>\n</svg>\n");
	pr_buf_fini(&out);
}

static void test_a_cut_picture_is_an_error(void **state)
{
	struct pr_buf out;
	struct pr_error why;

	(void)state;
	pr_buf_init(&out);
	assert_int_equal(pr_svg_clean("", "p", NULL, 0, &out, &why), PR_FAILED);
	assert_int_equal(pr_svg_clean(head, "p", NULL, 0, &out, &why), PR_FAILED);
	assert_true(strlen(why.text) > 0);
	pr_buf_fini(&out);
}

static void test_a_file_of_its_own_has_fixed_colours(void **state)
{
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	pr_svg_standalone(
	        "<svg viewBox=\"0 0 1 1\"><path stroke='var(--p1)'/><a fill='var(--new)'/>"
	        "<b color='var(--ground)'/></svg>",
	        "a & b", &out);
	assert_non_null(strstr(out.text, "stroke='#4a4a4a'"));
	assert_non_null(strstr(out.text, "fill='#000000'"));
	assert_non_null(strstr(out.text, "color='#ffffff'"));
	assert_non_null(strstr(out.text, "<title>a &amp; b</title>"));
	assert_null(strstr(out.text, "var("));
	pr_buf_fini(&out);
}

static void test_text_is_escaped(void **state)
{
	struct pr_buf out;

	(void)state;
	pr_buf_init(&out);
	pr_svg_text(&out, "</script>\x01\n&\"'");
	assert_string_equal(out.text, "&lt;/script&gt;  &amp;&quot;&#39;");
	pr_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_colours),
	        cmocka_unit_test(test_ids_are_its_own),
	        cmocka_unit_test(test_tokens_become_escaped_text),
	        cmocka_unit_test(test_hypertext_becomes_a_title),
	        cmocka_unit_test(test_nothing_idle_is_left),
	        cmocka_unit_test(test_the_ground_behind_a_mark_is_the_readers),
	        cmocka_unit_test(test_a_cut_picture_is_an_error),
	        cmocka_unit_test(test_a_file_of_its_own_has_fixed_colours),
	        cmocka_unit_test(test_text_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
