"""The same random company over months or years, measured as the built-in pack does: windows of 30 to 365 days."""
from scenario import HOUR, START, Scenario

SURVEY = {"kind": "survey"}
MEASURES = [
    {"name": "first_time_resolution", "axis": "X", "class": "cpi", "evidence": ["interview"], "increment": "time", "unit": "share", "aggregation": "first_time",
     "definition": "confirmed", "recontact_window": "7d", "window": "30d", "horizons": ["1h", "1d"], "score": {"at0": 0.4, "at100": 0.9}, "weight": 2, "min_n": 3},
    {"name": "nps", "axis": "X", "class": "kpi", "aggregation": "nps", "from": {**SURVEY, "where": {"instrument": "nps"}}, "window": "90d", "score": {"at0": -50, "at100": 50}},
    {"name": "csat", "axis": "X", "class": "kpi", "aggregation": "top_box", "from": {**SURVEY, "where": {"instrument": "csat"}}, "window": "30d",
     "score": {"at0": 0.3, "at100": 0.9}},
    {"name": "revenue", "axis": "none", "class": "kpi", "aggregation": "sum", "from": {"kind": "purchase", "value": "revenue"}, "window": "365d"},
    {"name": "margin_per_customer", "axis": "V", "class": "kpi", "aggregation": "mean", "from": {"ledger": "margin", "per": "customer"}, "window": "365d",
     "score": {"at0": 0, "at100": 100}},
    {"name": "active_customers", "axis": "none", "class": "kpi", "aggregation": "active", "window": "365d"},
    {"name": "engagement_points", "axis": "none", "class": "kpi", "aggregation": "points", "window": "365d"},
    {"name": "turnover", "axis": "E", "class": "hr", "aggregation": "turnover", "window": "365d", "score": {"at0": 0.3, "at100": 0.02}},
    {"name": "headcount", "axis": "none", "class": "hr", "aggregation": "headcount", "window": "365d"},
    {"name": "pride", "axis": "E", "class": "hr", "aggregation": "top_box", "from": {**SURVEY, "where": {"theme": "pride"}}, "window": "90d",
     "score": {"at0": 0.2, "at100": 0.9}},
    {"name": "enps", "axis": "E", "class": "hr", "aggregation": "nps", "from": {"kind": "enps"}, "window": "90d", "score": {"at0": -50, "at100": 50}},
]
ALERTS = [
    {"name": "Burn", "measure": "first_time_resolution", "burn_rate": {"objective": 0.8, "long": "6h"}, "for": "5m", "keep_firing_for": "30m", "severity": "page"},
    {"name": "LeftEngagement", "octant": {"left": "engagement"}},
    {"name": "MarginLow", "measure": "margin_per_customer", "threshold": {"below": 20, "bound": "upper", "clear": 25}, "for": "1h"},
    {"name": "NoSurveys", "stale": {"measure": "nps", "after": "2d"}},
]


class Years(Scenario):
    def __init__(self, seed):
        super().__init__(seed)
        longer = self.r.choice((1, 20, 120))
        for events in self.events.values():
            for e in events:
                e["ts"] = START + (e["ts"] - START) * longer
            events.sort(key=lambda e: e["ts"])
        self.inputs = dict(self.events)
        self.until = START + (self.until - START) * longer
        self.until -= self.until % HOUR
        self.config.update({"measures": MEASURES, "alerts": ALERTS, "points_options": {"stages": "additive", "window": "365d"},
                            "cube": {"tick": "10s", "dwell": "1h", "hysteresis": 2, "min_coverage": 0.5, "stale_after": "7d"}})
