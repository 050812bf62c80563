"""What cubed says of the two public data sets, held against expected*.json: a configuration whose measures give
the figures, where in an output a figure stands, and which figures no measure of this version gives."""
from datetime import datetime, timezone

from tap import Failed, equal, near

DAY = 86_400_000
WHOLE = "3660d"  # the longest window there is
THEMES = ("pleasure", "motivation", "commitment", "working_conditions", "collegiality")
TIME = {"idle_after": "never"}  # the events are decades old and lie months apart


def cdnow_config(**more):
    purchase = {"kind": "purchase"}
    windows = {"window": WHOLE, "horizons": ["365d", "181d", "30d", "7d", "1d"]}
    # A further horizon carries no Gini: one measure for each window.
    concentrations = [{"name": f"concentration_{window}", "aggregation": "concentration", "from": {"ledger": "revenue"}, "window": window}
                      for window in (WHOLE, "365d", "30d")]
    return {"version": 1, "name": "cdnow", "pack": "none", "scopes": ["segment"], "time": TIME, "measures": [
        {"name": "revenue", "aggregation": "sum", "from": {**purchase, "value": "revenue"}, **windows},
        {"name": "units", "aggregation": "sum", "from": {**purchase, "value": "quantity"}, **windows},
        {"name": "purchases", "aggregation": "count", "from": purchase, **windows},
        {"name": "active_customers", "aggregation": "active", "from": purchase, **windows},
        *concentrations,
        {"name": "repeat_rate", "aggregation": "ratio", "from": {"customers": "active"}, "hits": {"ledger": "purchases", "min": 2}, **windows}], **more}


def attrition_config(**more):
    windows = {"window": WHOLE, "horizons": ["365d", "90d", "30d"]}
    measures = [{"name": "exits", "aggregation": "count", "from": {"kind": "exit"}, **windows},
                {"name": "hires", "aggregation": "count", "from": {"kind": "hire"}, **windows}]
    for days in (365, 90, 30):
        measures += [{"name": f"turnover_{days}", "aggregation": "turnover", "window": f"{days}d"},
                     {"name": f"headcount_{days}", "aggregation": "headcount", "window": f"{days}d"}]
    for theme in THEMES:
        asked = {"class": "hr", "window": "365d", "from": {"kind": "survey", "topic": "hr", "where": {"theme": theme}}}
        measures += [{"name": f"favourable_{theme}", "aggregation": "top_box", **asked},
                     {"name": f"mean_{theme}", "aggregation": "mean", **asked}]
        measures += [{"name": f"answer_{v}_{theme}", "aggregation": "ratio", **asked, "hits": {"where": {"value": v}}} for v in (1, 2, 3, 4)]
    return {"version": 1, "name": "attrition", "pack": "none", "scopes": ["department"], "time": TIME, "measures": measures, **more}


# ---------------------------------------------------------------- where a figure stands

class Answers:
    """What cubed published: cube.state per instant and scope, customers' records of the last instant."""

    def __init__(self, states, customers=None):
        """states: {at_ms: {scope key: value of cube.state}}."""
        self.states, self.customers = states, customers or {}

    @classmethod
    def of_replay(cls, lines):
        states, customers = {}, {}
        for line in lines:
            if line["topic"] == "cube.snapshot":
                equal(line["value"]["as_of"], line["ts"], "as_of of a snapshot")
                states.setdefault(line["ts"], {})[line["key"]] = line["value"]
            elif line["topic"] == "cube.customers.snapshot":
                customers[line["key"]] = line["value"]  # the last instant stands last
        return cls(states, customers)

    def measure(self, figure, name, days=None, at=None):
        """The measure's object in the figure's scope; {} where nothing was published. days: of a further horizon."""
        state = self.states.get(at or figure["at_ms"], {}).get(scope_key(figure), {})
        found = state.get("measures", {}).get(name, {})
        return found if days is None else found.get("horizons", {}).get(f"{days}d", {})

    def customer(self, figure):
        return self.customers[figure["scope"]["customer"]]


def scope_key(figure):
    return ",".join(f"{k}={v}" for k, v in figure["scope"].items()) or "organisation"


def numbers(figure, value, n=None):
    """A plain figure: equal within its tolerance, and n where the figure has one."""
    if figure["value"] is None:
        equal(value, None, "an empty window has no value")
        return
    near(value, figure["value"], figure["tolerance"])
    if n is not None and "n" in figure:
        equal(n, figure["n"], "n")


# ---------------------------------------------------------------- CDNOW

def windowed(name):
    def judge(answers, figure):
        got = answers.measure(figure, name, figure["window_days"])
        numbers(figure, got.get("value"), got.get("n"))
    return judge


def counted(name):
    """A count: an empty window has no value, where the figure says 0."""
    def judge(answers, figure):
        got = answers.measure(figure, name, figure["window_days"]).get("value")
        numbers({**figure, "value": figure["value"] or None}, got)
    return judge


def customer_revenue(answers, figure):
    got = answers.customer(figure)
    numbers(figure, got["revenue"], got["purchases"])


def relationship_days(answers, figure):
    numbers(figure, (figure["at_ms"] - answers.customer(figure)["first_seen"]) / DAY)


def concentrated(field):
    def judge(answers, figure):
        days = figure["window_days"]
        got = answers.measure(figure, f"concentration_{f'{days}d' if days else WHOLE}")
        numbers(figure, got.get(field), got.get("n"))
        equal(got.get("k"), figure.get("k", got.get("k")), "k")
    return judge


def repeat_rate(answers, figure):
    got = answers.measure(figure, "repeat_rate", figure["window_days"])
    numbers(figure, got.get("value"), got.get("n"))
    if figure["value"] is not None:
        equal(got["hits"], round(figure["value"] * figure["n"]), "hits")


def new_customers(answers, figure):
    """Counted here, over what the customers' records say."""
    low = figure["at_ms"] - figure["window_days"] * DAY if figure["window_days"] else 0
    numbers(figure, sum(low <= c["first_seen"] < figure["at_ms"] for c in answers.customers.values()))


CDNOW = {"revenue": windowed("revenue"), "units": windowed("units"), "purchases": counted("purchases"),
         "active_customers": windowed("active_customers"), "customer_revenue": customer_revenue,
         "customer_relationship_days": relationship_days, "new_customers": new_customers,
         "top20_revenue_share": concentrated("value"), "gini_revenue": concentrated("gini"), "repeat_rate_lines": repeat_rate}
NEVER = "no measure gives it: it needs the days of a customer's purchases"
CDNOW_NOT = {"repeat_rate_days": NEVER, "repeat_customers_39_weeks": NEVER, "repeat_purchase_days_39_weeks": NEVER,
             "repeat_histogram_39_weeks": NEVER, "purchase_days_hold_out": NEVER}

# ---------------------------------------------------------------- attrition


def employees_ever(answers, figure):
    """Hires reach back further than the longest window: windows of 3660 d side by side hold them all."""
    n = 0
    for at in ever_instants(figure["at_ms"]):
        n += answers.measure(figure, "hires", at=at).get("value", 0)
    numbers(figure, n)


def ever_instants(at_ms):
    return [at_ms - i * 3660 * DAY for i in range(5)]


def average_headcount(answers, figure):
    days = figure["window_days"]
    numbers(figure, answers.measure(figure, f"headcount_{days}").get("average"))
    numbers(figure, answers.measure(figure, f"turnover_{days}").get("average_headcount"))


def headcount(answers, figure):
    for days in (365, 90, 30):
        numbers(figure, answers.measure(figure, f"headcount_{days}").get("value"))


def turnover(answers, figure):
    numbers(figure, answers.measure(figure, f"turnover_{figure['window_days']}").get("value"))


def turnover_of(part):
    def judge(answers, figure):
        got = answers.measure(figure, f"turnover_{figure['window_days']}")
        if "exits" in figure:
            equal(got[part], figure["exits"], part)
        numbers(figure, got[part] / got["average_headcount"] * 365 / figure["window_days"])
    return judge


def exits_per_row(answers, figure):
    """The published way: of all who were there at any time of the year. headcount at its start = now + exits - hires."""
    exits, hires = (answers.measure(figure, m, 365).get("value", 0) for m in ("exits", "hires"))
    start = answers.measure(figure, "headcount_365")["value"] + exits - hires
    numbers(figure, exits / (start + hires))


def let_out(figure, n, hits):
    """A private cell may lack its newest 1..4 answers; then it must be right without them."""
    missing = figure["n"] - n
    if not 0 <= missing <= 4:
        raise Failed(f"n {n} of {figure['n']}: more answers are missing than privacy may keep back")
    if missing:
        equal([n, hits], figure["lagging"][missing - 1], "without the newest answers")
    return missing


def withheld(answers, figure, name):
    """True for a cell that is withheld, and rightly so: it is the smallest of its kind, and with it, as it was or may have been let out,
    the whole less its parts would show 1..4 answers."""
    if answers.measure(figure, name).get("withheld") != "k":
        return False
    state = answers.states[figure["at_ms"]]
    cells = {key: value["measures"][name] for key, value in state.items() if name in value["measures"]}
    others = [cell["n"] for key, cell in cells.items() if key not in ("organisation", scope_key(figure))]
    left = cells["organisation"]["n"] - sum(others) - figure["n"]
    if figure["n"] > min(others) or not any(1 <= left + kept_back <= 4 for kept_back in range(5)):
        raise Failed(f"{name} is withheld: {figure['n']} answers beside {others} of {cells['organisation']['n']}")
    return True


def favourable(answers, figure):
    if withheld(answers, figure, f"favourable_{figure['measure']['theme']}"):
        return
    got = answers.measure(figure, f"favourable_{figure['measure']['theme']}")
    near(got["value"], got["hits"] / got["n"], 1e-15)
    if not let_out(figure, got["n"], got["hits"]):
        numbers(figure, got["value"])
        for bound, want in zip(got["interval"], figure["interval"]):
            near(bound, want, figure["interval_tolerance"])


def survey_mean(answers, figure):
    if withheld(answers, figure, f"mean_{figure['measure']['theme']}"):
        return
    got = answers.measure(figure, f"mean_{figure['measure']['theme']}")
    total = round(got["value"] * got["n"])
    near(got["value"], total / got["n"], 1e-12)
    if not let_out(figure, got["n"], total):
        numbers(figure, got["value"])


def survey_histogram(answers, figure):
    if all(withheld(answers, figure, f"answer_{v}_{figure['measure']['theme']}") for v in figure["measure"]["values"]):
        return
    got = [answers.measure(figure, f"answer_{v}_{figure['measure']['theme']}") for v in figure["measure"]["values"]]
    missing = [figure["n"] - g["n"] for g in got]
    equal(missing, [missing[0]] * 4, "the four answers were let out together")
    counts = [g["hits"] for g in got]
    if not 0 <= missing[0] <= 4 or any(c > want for c, want in zip(counts, figure["value"])) or sum(counts) != got[0]["n"]:
        raise Failed(f"got {counts}, want {figure['value']} less {missing[0]}")


ATTRITION = {"exits": counted("exits"), "hires": counted("hires"), "employees_ever": employees_ever, "average_headcount": average_headcount,
             "headcount": headcount, "turnover": turnover, "turnover_regretted": turnover_of("regretted"),
             "turnover_voluntary": turnover_of("voluntary"), "exits_per_row": exits_per_row, "favourable": favourable,
             "survey_mean": survey_mean, "survey_histogram": survey_histogram}

# ---------------------------------------------------------------- all of them


def judge_all(doc, judges, left_out, answers):
    """Compares every figure. Returns {name: figures compared} and the same of the published ones; Failed lists what differs."""
    counts, published, wrong = {}, {}, []
    for figure in doc["figures"]:
        name = figure["name"]
        if name in left_out:
            continue
        try:
            judges[name](answers, figure)
        except (Failed, KeyError, TypeError, ZeroDivisionError) as error:
            wrong.append(f"{name} {scope_key(figure)} at {figure['at']} window {figure['window_days']}: {type(error).__name__} {error}")
        counts[name] = counts.get(name, 0) + 1
        if "published" in figure:
            published[name] = published.get(name, 0) + 1
    if wrong:
        raise Failed(f"{len(wrong)} of {sum(counts.values())} figures differ:\n" + "\n".join(wrong[:40]))
    return counts, published


def instants(doc, more=()):
    """--at options for every instant of the figures that the replay must stop at."""
    times = sorted({f["at_ms"] for f in doc["figures"]} | set(more))
    return [o for t in times for o in ("--at", datetime.fromtimestamp(t // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))]

