"""Business hours: which of the time between two instants counts."""
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Always:
    """Around the clock."""

    @staticmethod
    def between(begin, end):
        return end - begin

    @staticmethod
    def reached(begin, expectation):
        return begin + expectation


class Calendar:
    def __init__(self, c, zone):
        self.days = {DAYS.index(d) for d in c.get("days", DAYS[:5])}
        self.from_, self.to = (time.fromisoformat(c[k]) if c[k] != "24:00" else None for k in ("from", "to"))
        self.holidays = {date.fromisoformat(str(d)) for d in c.get("holidays", [])}
        self.zone = ZoneInfo(zone)

    def instant(self, day, at):
        if at is None:
            day, at = day + timedelta(days=1), time(0)
        return round(datetime.combine(day, at, tzinfo=self.zone).timestamp() * 1000)

    def openings(self, begin):
        """The hours of each open day, from the day of `begin` on."""
        day = datetime.fromtimestamp(begin / 1000, self.zone).date() - timedelta(days=1)
        while True:
            if day.weekday() in self.days and day not in self.holidays:
                yield self.instant(day, self.from_), self.instant(day, self.to)
            day += timedelta(days=1)

    def between(self, begin, end):
        total = 0
        for opens, closes in self.openings(begin):
            if opens >= end:
                return total
            total += max(0, min(closes, end) - max(opens, begin))

    def reached(self, begin, expectation):
        """The last instant at which no more than the expectation has passed."""
        left = expectation
        for opens, closes in self.openings(begin):
            here = max(0, closes - max(opens, begin))
            if here > left:
                return max(opens, begin) + left
            left -= here
