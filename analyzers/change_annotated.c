/* SPDX-License-Identifier: MIT */
/* analyzers/change_annotated.c - precision and recall of the screen for change points on published
 * series that people annotated, beside a plain t test: figures of README.md.
 *
 *   change_annotated FILE [quick]     FILE: fixtures/change/annotated.json
 *
 * Margin and scores are those of van den Burg and Williams, "An evaluation of change point
 * detection algorithms" (2020): a point counts as found within MARGIN nights of one that is
 * claimed, each claim serves once, night 0 is taken as known and as claimed; recall is the mean
 * over the annotators, precision is against all that any of them marked, F1 = 2 P R / (P + R).
 *
 * The screen is asked as a nightly run asks it, with what is known that night, each night (not with
 * `quick`: it takes seconds) or every 15th; all that it ever raised is claimed (a point that moves
 * by up to PR_CHANGE_SEGMENT nights is the same).  There is no build to run again, so what a paired
 * run would reject stays.  A t test knows the whole series: it compares T_WINDOW nights before a
 * night with T_WINDOW from it on (pooled variance), and claims the largest |t| of each stretch
 * above its limit.  */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/change_point.h"
#include "core/base/json.h"

#define MARGIN      5
#define NIGHTS_MOST 1000
#define T_WINDOW    12

struct series {
	const char *name;
	double y[NIGHTS_MOST];
	size_t n;
	const json_t *annotations; /* annotator: array of nights */
};

/* Nights, without order.  */
struct claims {
	size_t at[NIGHTS_MOST];
	size_t count;
};

struct detector {
	const char *name;
	void (*detect)(const struct series *series, const struct detector *how,
	               struct claims *claims);
	double limit; /* of p, or of t */
	size_t look;  /* nights from one look to the next; 0: one look at all of them */
};

/* ---- the detectors --------------------------------------------------------------------------- */

static void claim(struct claims *claims, size_t at)
{
	for (size_t i = 0; i < claims->count; i++) {
		size_t known = claims->at[i];

		if ((known > at ? known - at : at - known) <= PR_CHANGE_SEGMENT)
			return;
	}
	if (claims->count < NIGHTS_MOST)
		claims->at[claims->count++] = at;
}

static void detect_screen(const struct series *series, const struct detector *how,
                          struct claims *claims)
{
	struct pr_change_options options = pr_change_usual;
	struct pr_change_point points[PR_CHANGE_WINDOW];

	options.alpha = how->limit;
	for (size_t known = how->look; known < series->n + how->look; known += how->look) {
		size_t nights = known < series->n ? known : series->n, count;

		options.seed = nights;
		count = pr_change_points(series->y, nights, &options, points);
		for (size_t i = 0; i < count; i++)
			claim(claims, points[i].at);
	}
}

/* Student's t of the nights around one; 0 where nothing varies.  */
static double t_around(const double *y)
{
	double before = 0, after = 0, squares = 0;

	for (size_t i = 0; i < T_WINDOW; i++) {
		before += y[i] / T_WINDOW;
		after += y[T_WINDOW + i] / T_WINDOW;
	}
	for (size_t i = 0; i < T_WINDOW; i++)
		squares += pow(y[i] - before, 2) + pow(y[T_WINDOW + i] - after, 2);
	return squares > 0
	               ? fabs(after - before) / sqrt(squares / (2 * T_WINDOW - 2) * 2 / T_WINDOW)
	               : 0;
}

static void detect_t(const struct series *series, const struct detector *how, struct claims *claims)
{
	size_t best = 0;
	double most = 0;

	for (size_t at = T_WINDOW; at + T_WINDOW <= series->n; at++) {
		double t = t_around(series->y + at - T_WINDOW);

		if (t >= how->limit && t > most) {
			best = at;
			most = t;
		}
		if (most > 0 && (t < how->limit || at + T_WINDOW == series->n)) {
			claim(claims, best);
			most = 0;
		}
	}
}

/* The limits of t are those of 22 degrees of freedom: 2.8188 at 0.01, 3.7921 at 0.001; 7 is what
 * Perfherder asks.  */
static const struct detector detectors[] = {
        {"screen, each night", detect_screen, 0.015, 1},
        {"screen, every 15th", detect_screen, 0.015, 15},
        {"t test, p <= 0.01", detect_t, 2.8188, 0},
        {"t test, p <= 0.001", detect_t, 3.7921, 0},
        {"t test, t >= 7", detect_t, 7, 0},
};
#define DETECTORS (sizeof(detectors) / sizeof(detectors[0]))

/* ---- the scores ------------------------------------------------------------------------------ */

/* How many of the nights lie within MARGIN of a claim, each claim used once: the nearest that is
 * free, in the order of the nights.  */
static size_t found_of(const size_t *nights, size_t count, const struct claims *claims)
{
	bool used[NIGHTS_MOST] = {false};
	size_t found = 0;

	for (size_t k = 0; k < count; k++) {
		size_t best = NIGHTS_MOST, nearest = MARGIN + 1;

		for (size_t i = 0; i < claims->count; i++) {
			size_t at = claims->at[i];
			size_t apart = at > nights[k] ? at - nights[k] : nights[k] - at;

			if (!used[i] && apart < nearest) {
				nearest = apart;
				best = i;
			}
		}
		if (best < NIGHTS_MOST) {
			used[best] = true;
			found++;
		}
	}
	return found;
}

struct score {
	double precision, recall;
};

static struct score score_of(const struct series *series, const struct claims *claims)
{
	bool is_marked[NIGHTS_MOST] = {true};
	size_t all[NIGHTS_MOST], count = 0, annotators = json_object_size(series->annotations);
	struct score score = {0, 0};
	const char *name;
	json_t *nights, *night;

	json_object_foreach((json_t *)series->annotations, name, nights)
	{
		size_t marked[NIGHTS_MOST] = {0}, i;

		json_array_foreach(nights, i, night)
		{
			marked[i + 1] = (size_t)json_integer_value(night);
			is_marked[marked[i + 1]] = true;
		}
		score.recall += (double)found_of(marked, i + 1, claims) / (double)(i + 1) /
		                (double)annotators;
	}
	for (size_t i = 0; i < series->n; i++)
		if (is_marked[i])
			all[count++] = i;
	score.precision = (double)found_of(all, count, claims) / (double)claims->count;
	return score;
}

static double f1_of(struct score score)
{
	return 2 * score.precision * score.recall / (score.precision + score.recall);
}

/* ---- the table ------------------------------------------------------------------------------- */

static bool read_series(const json_t *object, struct series *series)
{
	const json_t *y = json_object_get(object, "y"), *value;
	size_t i;

	*series = (struct series){.name = pr_json_text(object, "name"),
	                          .n = json_array_size(y),
	                          .annotations = json_object_get(object, "annotations")};
	if (series->name == NULL || series->n > NIGHTS_MOST)
		return false;
	json_array_foreach((json_t *)y, i, value) series->y[i] = json_number_value(value);
	return true;
}

static struct score judge(const struct series *series, const struct detector *detector)
{
	struct claims claims = {{0}, 1};
	struct score score;

	detector->detect(series, detector, &claims);
	score = score_of(series, &claims);
	printf("| %s | %s | %zu | %.2f | %.2f | %.2f |\n", series->name, detector->name,
	       claims.count - 1, score.precision, score.recall, f1_of(score));
	return score;
}

static void judge_by(const struct detector *detector, const json_t *all)
{
	double count = (double)json_array_size(all), f1 = 0;
	struct score mean = {0, 0};
	static struct series series;
	const json_t *object;
	size_t i;

	json_array_foreach((json_t *)all, i, object)
	{
		struct score score;

		if (!read_series(object, &series))
			continue;
		score = judge(&series, detector);
		mean.precision += score.precision / count;
		mean.recall += score.recall / count;
		f1 += f1_of(score) / count;
	}
	printf("| mean | %s | | %.2f | %.2f | %.2f |\n", detector->name, mean.precision,
	       mean.recall, f1);
}

int main(int argc, char **argv)
{
	bool quick = argc > 2 && strcmp(argv[2], "quick") == 0;
	struct pr_error why;
	json_t *file;

	if (argc < 2 || pr_json_read_file(argv[1], &file, &why) != PR_OK) {
		fprintf(stderr, "usage: change_annotated FILE [quick]\n");
		return 2;
	}
	for (size_t d = 0; d < DETECTORS; d++)
		if (!quick || detectors[d].look != 1)
			judge_by(&detectors[d], json_object_get(file, "series"));
	json_decref(file);
	return 0;
}
