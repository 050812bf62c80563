"""The kinds of events: topic, required and optional fields, which of them are acts of the customer; from contract.md section 3."""

DIMENSIONS = ("division", "region", "department", "segment", "channel", "campaign", "product", "touchpoint")
CUSTOMER_KEEPS = ("division", "region", "segment")
EMPLOYEE_KEEPS = ("division", "region", "department")

_interactions = """
newsletter.received: issue
*newsletter.opened: issue
*newsletter.read: issue
*social.follow: [ref influence]
*social.unfollow: [ref influence]
*social.like: ref [influence]
*social.unlike: ref [influence]
*social.share: ref [influence]
*purchase: order revenue [cost quantity discount product_group]
*order.cancelled: order
invoice: invoice amount due
*payment: invoice amount
cost: category [amount minutes]
*promo.response:
*complaint:
*selfservice.login:
*contact.open: case [direction employee bot]
contact.resolve: case [employee minutes]
contact.transfer: case
*contact.confirm: case satisfied
*contact.recontact: case
*request.open: request [request_type expect_ms]
request.done: request [outcome]
request.lost: request
lead.created: lead [employee amount]
lead.won: lead [amount]
lead.lost: lead [amount]
*journey.stage: journey stage
campaign.touch: campaign [attention_ms converted]
churn:
contract.renewal: due
value.delivered: amount unit
customer.update: [strategic role_pursued]
customer.erase:
experiment.assign: experiment variant
"""
_cpi = """
*measurement: cpi value [unit]
*survey: instrument value [subject method touchpoint]
benchmark: subject metric value [method source]
"""
_hr = """
hire: [fte role]
exit: [voluntary regretted]
transfer:
absence.start: [fraction]
absence.update: fraction
absence.end:
productive:
recruit_cost: [internal external]
survey: theme value scale
enps: value
headcount: fte
"""

AMOUNTS = {"revenue", "cost", "quantity", "discount", "amount", "minutes", "value", "influence", "fte", "fraction", "internal", "external"}
INTEGERS = {"due", "expect_ms", "attention_ms", "scale"}
BOOLEANS = {"satisfied", "bot", "converted", "voluntary", "regretted", "strategic"}
EITHER = {"cost": ("amount", "minutes"), "recruit_cost": ("internal", "external")}


class Kind:
    def __init__(self, topic, line):
        self.act = line.startswith("*")
        name, fields = line.lstrip("*").split(":", 1)
        self.topic, self.name = topic, name
        required, _, optional = fields.partition("[")
        self.required = required.split()
        self.optional = optional.rstrip("]").split()


KINDS = {}
for _topic, _text in (("interactions", _interactions), ("cpi", _cpi), ("hr", _hr)):
    for _line in _text.split("\n"):
        if _line:
            _kind = Kind(_topic, _line)
            KINDS[(_topic, _kind.name)] = _kind
KNOWN = {name for _, name in KINDS}
