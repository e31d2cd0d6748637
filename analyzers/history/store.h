/* SPDX-License-Identifier: MIT */
/* analyzers/history/store.h - inside of a store.  Private to this folder.  */
#ifndef PR_HISTORY_STORE_H
#define PR_HISTORY_STORE_H

#include "analyzers/history/db.h"

struct pr_history {
	struct pr_db db;
	char *place; /* for people */
};

#endif
