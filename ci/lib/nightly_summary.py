# SPDX-License-Identifier: MIT
"""What a night found, in Markdown for a job summary, as annotations and as outputs of GitHub Actions."""
import os

# A step's summary may have 1 MiB; what is larger is not shown at all.
LIMIT = 1000000
ANNOTATIONS = 10  # of one level that a step shows
ROWS = 400  # of a table
CUT = "\n\n*Cut here: the rest is in `status.json`.*\n"


def count(number, noun):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def short(commit):
    return commit[:12] if commit else "an unknown revision"


def cell(text):
    """Text that stays in its cell and means nothing to Markdown."""
    text = " ".join(str(text).split())
    for sign in "\\`*_{}[]<>#|~":
        text = text.replace(sign, "\\" + sign) if sign not in "<>" else text.replace(sign, {"<": "&lt;", ">": "&gt;"}[sign])
    return text


def percent(fraction):
    if fraction is None:
        return "–"
    text = f"{100 * fraction:+.{1 if abs(fraction) < 0.0995 else 0}f}"
    return (text if float(text) else text.lstrip("+-")).replace("-", "−") + " %"


def effect(row):
    if row["effect"] is None:
        return "–"
    if row["effect_lo"] is None or row["effect_hi"] is None:
        return percent(row["effect"])
    return f"{percent(row['effect'])} [{percent(row['effect_lo'])[:-2]}, {percent(row['effect_hi'])[:-2]}]"


def table(columns, rows):
    if not rows:
        return []
    lines = ["| " + " | ".join(columns) + " |", "|" + "--|" * len(columns)]
    lines += ["| " + " | ".join(cell(one) for one in row) + " |" for row in rows[:ROWS]]
    if len(rows) > ROWS:
        lines.append(f"\n*{len(rows) - ROWS} rows more are in `status.json`.*")
    return [*lines, ""]


def where(change):
    return f"{change['metric']} of {change['phase']} in {change['workload']}"


def sentence(change):
    """One change, in plain text."""
    said = change["confirmation"]
    text = f"{where(change)} is {'better' if change['better'] else 'worse'} since {short(change['first'])}"
    if change.get("commits") and not change["margin"]:
        text += f" ({change['commits'][0].partition(' ')[2]})"
    text += f", give or take {count(change['margin'], 'night')}" if change["margin"] else ""
    text += f", last good {short(change['last_good'])}" if change["good_run"] is not None else ", against the reference, since the first night"
    text += f": the series went from {percent(change['before'])} to {percent(change['after'])}"
    if said and said["blocks"]:
        text += f"; side by side {effect(said)} ({count(said['blocks'], 'block')}, {said['verdict']})"
    elif said and said["verdict"] == "equivalent":
        text += "; both nights measured the same library, so it is not the code"
    return text


def change_lines(changes):
    lines = []
    for change in changes:
        lines.append(f"- **{change['state']}**: {cell(sentence(change))}")
        lines += [f"  - {cell(commit[:12])} {cell(commit.partition(' ')[2])}" for commit in change.get("commits", ())[:5] if len(change["commits"]) > 1]
    return [*lines, ""] if lines else []


def parts(found, state):
    """Heading and lines of each part that has any."""
    looked = {(c["case"], c["run"]) for c in found["looked"]}
    known = [c for c in found["changes"] if (c["case"], c["run"]) not in looked and c["state"] != "rejected"]
    checks = found["gate"]["checks"] if found["gate"] else []
    plain = [c for c in checks if c["effect"] is None and c["result"] == "pass"]
    rows = [(c["workload"], c["metric"], effect(c), c["result"], c["verdict"], c["note"]) for c in checks if c not in plain]
    more = [f"{count(len(plain), 'check')} more passed: {', '.join(sorted({cell(c['metric']) for c in plain}))}.", ""] if plain else []
    yield "What was put to the test tonight", change_lines(found["looked"])
    yield f"Tonight against {found['baseline']}", table(("workload", "metric", "effect [95 %]", "gate", "verdict", "note"), rows) + more
    yield "Known before", change_lines(known)
    yield "The reference against itself", table(("workload", "metric", "effect [95 %]", "verdict"),
                                                [(r["workload"], r["metric"], effect(r), r["verdict"]) for r in found["same"] if r["effect"] is not None])
    yield "What did not run", table(("probe", "workload", "phase", "ok", "void", "failed", "skipped", "why"),
                                    [(c["probe"] or "timed", c["workload"] or "all", c["phase"], c["ok"], c["void"], c["failed"], c["skipped"], c["reason"] or "")
                                     for c in found["coverage"] if c["void"] or c["failed"] or c["skipped"]])
    yield "Notes", [f"- {cell(note)}" for note in found["notes"]] + [""] if found["notes"] else []
    files = [f"- {name}: `{os.path.join(state, path)}`" for name, path in (("report", "tonight/run/report/report.html"), ("dashboard", "dashboard/index.html"),
                                                                        ("history", "history.db")) if os.path.exists(os.path.join(state, path))]
    yield "Files", files + [""] if files else []


def markdown(found, state):
    sign = {0: "✅", 1: "❌", 3: "❔"}.get(found["status"], "⚠️")
    commit = f", commit `{short(found['commit'])}`" if found["commit"] else ""
    lines = [f"# {sign} {cell(found['verdict'])}", "", f"{cell(found['sentence'])}.", "", f"Night of {found['time']}{commit}, branch {cell(found['branch'] or '–')}.", ""]
    for heading, part in parts(found, state):
        if part:
            lines += [f"## {heading}", "", *part]
    text = "\n".join(lines)
    if len(text.encode()) > LIMIT:
        text = text.encode()[:LIMIT - 2 * len(CUT)].decode(errors="ignore").rsplit("\n", 1)[0] + CUT
    return text


def escape(text, special):
    return "".join(f"%{ord(sign):02X}" if sign in special else sign for sign in text)


def annotation(level, title, text):
    return f"::{level} title={escape(title, chr(37) + chr(13) + chr(10) + ':,')}::{escape(text, chr(37) + chr(13) + chr(10))}\n"


def annotations(found):
    """The verdict, then the changes.  Of each level a step shows the first ten, so what does not fit is said in the last of them."""
    level = {0: "notice", 1: "error", 3: "warning"}.get(found["status"], "error")
    lines = {name: [] for name in ("error", "warning", "notice")}
    lines[level].append(("proctor nightly", f"{found['verdict']}: {found['sentence']}"))
    for change in found["looked"]:
        worse = change["state"] == "confirmed" and not change["better"] and found["status"] == 1
        lines["error" if worse else "warning" if change["state"] == "open" else "notice"].append((f"proctor: {change['state']}", sentence(change)))
    for some in lines.values():
        if len(some) > ANNOTATIONS:
            some[ANNOTATIONS - 1:] = [("proctor nightly", f"{len(some) - ANNOTATIONS + 1} more are in the summary")]
    return "".join(annotation(name, title, text) for name, some in lines.items() for title, text in some)


def outputs(found, state):
    """name=value lines; a value is one line."""
    worst = next((where(c) for c in found["looked"] if c["state"] == "confirmed" and not c["better"]), "")
    values = {"status": found["status"], "verdict": found["verdict"], "worst": worst, "state": state}
    return "".join(f"{name}={' '.join(str(value).split())}\n" for name, value in values.items())
