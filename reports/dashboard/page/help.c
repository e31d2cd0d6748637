/* SPDX-License-Identifier: MIT */
/* reports/dashboard/page/help.c - what the words on the pages mean.  */
#include "reports/dashboard/web.h"

static const struct {
	const char *word, *meaning;
} words[] = {
        {"case", "One metric of one phase in one workload, against one baseline, on one machine "
                 "and branch. Its points, one a night, are a series."},
        {"phase", "What is measured: an engine with its options, under a label of the plan."},
        {"baseline", "The phase that the others are held against. It runs in the same blocks, in "
                     "short slices that alternate with theirs, so that what the machine does "
                     "meets both. Its build should be pinned; where it changes, pages say so."},
        {"effect", "How much more or less than the baseline, as a fraction. The interval in "
                   "brackets holds the true one in 95 of 100 nights."},
        {"cases that decide", "Those of gating metrics: a night is worse because of them. The "
                              "other metrics explain."},
        {"better, worse", "The interval excludes 0, the test holds after correction for the number "
                          "of gating metrics, and the effect is larger than the band."},
        {"unchanged", "The effect is surely smaller than 2 %, or real but within the band."},
        {"noisy", "Inconclusive: that night could not tell. It is not the same as unchanged."},
        {"failed", "Measured, but nothing that counts: the trials were void."},
        {"missing", "Measured in the nights before, and not in the newest run."},
        {"band", "2 %, or the noise floor of the machine if that is more. Within it nothing is "
                 "meant."},
        {"change of level", "A night from which a series is higher or lower than before, found by "
                            "a permutation test of the best split of the last 60 nights. A step "
                            "as large as twice the scatter from night to night is found with a "
                            "chance of one half after three nights, one of three times the "
                            "scatter within two; the last one or two nights are also compared "
                            "with those before."},
        {"A/A", "A phase that is the baseline once more. What it shows is noise; it stands on the "
                "noise board, and counts neither as better nor as worse."},
        {"the first nights", "While there are too few for a change of level, the verdict against "
                             "the baseline decides: such a change has no p."},
        {"open", "Nobody looked, and no paired run confirmed the change yet. About two series "
                 "in five show one within 60 nights by chance."},
        {"confirmed, rejected", "A paired run of a commit from before and one from after the "
                                "change found the difference, or did not; or a person said so."},
        {"give or take",
         "The step is small beside the scatter of the nights, so it may have been so "
         "many nights sooner or later; the commits are all of those in between."},
        {"intended", "A person said that it was meant. It is no alert."},
        {"p", "The share of reshuffled series whose best split is at least as good: small means "
              "hard to explain by chance."},
        {"heartbeat", "The line on top is reckoned in your browser from the time of the newest "
                      "run, so it turns red even when nothing rebuilds these pages."},
};

static void write_help(const struct pr_board *board, struct pr_buf *out)
{
	pr_web_begin(out, board, &pr_page_help, "How to read this");
	pr_buf_puts(
	        out,
	        "<p>Every night a plan runs on each machine: the build of the day and a pinned "
	        "baseline in alternation. <a href=\"index.html\">Tonight</a> answers "
	        "whether the newest run was worse than the baseline; <a "
	        "href=\"changes.html\">Changes</a> answer since when, and between which commits. "
	        "Begin with the red lines; then ask the <a href=\"noise.html\">Noise</a> of "
	        "the machine and the <a href=\"coverage.html\">Coverage</a> of the night before "
	        "you believe a grey one.</p>\n<dl class=\"words\">\n");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		pr_buf_printf(out, "<dt>%s</dt><dd>%s</dd>\n", words[i].word, words[i].meaning);
	pr_buf_puts(out, "</dl>\n");
	pr_web_command(out, "To make these pages again after a run",
	               "proctor history add RUN && proctor dashboard -o DIR");
	pr_web_end(out, board, NULL);
}

const struct pr_page_ops pr_page_help = {.file = "help.html",
                                         .title = "How to read this",
                                         .version = PR_PAGE_OPS_VERSION,
                                         .write = write_help};
