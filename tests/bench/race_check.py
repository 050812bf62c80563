"""Compares what cubed and a peer say at the end of a backlog: counts and sums of every scope, in both windows."""

# Kinds in the order of the peer's counters (streams, Measures.java); the last is "other".
KINDS = ("newsletter.received", "newsletter.opened", "newsletter.read", "social.follow", "social.unfollow", "social.like", "social.unlike",
         "social.share", "purchase", "contact.open", "contact.resolve", "contact.confirm", "complaint", "selfservice.login", "promo.response",
         "invoice", "payment", "measurement", "survey", "enps", "absence.start", "absence.end", "productive", "other")
WINDOWS = {"d1": None, "d30": "30d"}


def figure_of(state, measure, horizon):
    m = state["measures"].get(measure, {})
    return m if horizon is None else m.get("horizons", {}).get(horizon, {})


def of_cubed(state, horizon):
    """The peer's fields from a state of cubed. A sum of a mean is value x n; both are whole numbers below 2^53."""
    def n(measure):
        return figure_of(state, measure, horizon).get("n", 0)

    def value(measure):
        return figure_of(state, measure, horizon).get("value", 0)
    return {"points": round(value("points")), "revenue": round(value("revenue")), "margin": round(value("margin")), "fcs_n": n("fcs"),
            "fcs_yes": figure_of(state, "fcs", horizon).get("hits", 0), "nps_n": n("nps"), "nps": round(value("nps") * n("nps") / 100),
            "csat_n": n("csat"), "csat_sum": round(value("csat") * n("csat")), "enps_n": n("enps"), "enps": round(value("enps") * n("enps") / 100),
            "kinds": [0 if k == "other" else n(k) for k in KINDS]}


def of_peer(state, window):
    w = state[window]

    def sum_of(share, n, per=1):
        return round((w[share] or 0) * w[n] / per)
    return {"points": w["points"], "revenue": w["revenue"], "margin": w["margin"], "fcs_n": w["fcs_n"], "fcs_yes": sum_of("fcs", "fcs_n"),
            "nps_n": w["nps_n"], "nps": sum_of("nps", "nps_n", 100), "csat_n": w["csat_n"], "csat_sum": sum_of("csat", "csat_n"),
            "enps_n": w["enps_n"], "enps": sum_of("enps", "enps_n", 100), "kinds": w["kinds"]}


def scope_of(key):
    return "all" if key == "organisation" else key.replace("=", ":")


def split_off_enps(fields):
    """(what must be equal, answers of employees): the latter are let out by the release, and repeat until enough have changed."""
    kinds = [n for k, n in zip(KINDS, fields["kinds"]) if k != "enps"]
    return {**{k: v for k, v in fields.items() if not k.startswith("enps")}, "kinds": kinds}, (fields["enps_n"], fields["enps"])


def differences(cubed, peer):
    """(texts, none when both say the same of the same scopes; how many windows hold other answers of employees)."""
    cubed = {scope_of(k): v for k, v in cubed.items()}
    found, let_out = [f"scope {k} is in one only" for k in sorted(cubed.keys() ^ peer.keys())], 0
    for scope in sorted(cubed.keys() & peer.keys()):
        for window, horizon in WINDOWS.items():
            mine, my_enps = split_off_enps(of_cubed(cubed[scope], horizon))
            other, its_enps = split_off_enps(of_peer(peer[scope], window))
            found += [f"{scope} {window} {k}: cubed {mine[k]}, peer {other[k]}" for k in mine if mine[k] != other[k]]
            let_out += my_enps != its_enps
    return found, let_out
