"""False alert: whether a person's words say outright that nothing failed but the alert.

In doubt they do not. What is not understood, in any language, is taken for word of harm, and is quoted as such.
"""

import re

from agents.runtime.plain_words import lowered

FILLED = r"(?: (?:is|was|were|has|had|been|simply|just|set|far|much|always))*"
SUBJECT = (
    r"(?:\b(?:alert|alarm|monitor)(?:ing|'s)?(?: (?:rule|threshold|query|condition|expression))?s?"
    r"(?: (?!because|since|when|that|and|said|says|shows?|showed|found|saw|not|never|right)[\w-]+){0,5}?"
    rf"|(?:^|[.,;:!?] ?)(?:and )?(?:(?:the|its|our|this|that|new|old) )*(?:rule|threshold)s?{FILLED})"
)
"""The alert. A rule or a threshold may be a part of production; one of which nothing else is said is the alert's."""
FALSE_ALERT = re.compile(
    r"\bnothing (?:is|was|has been|had been)(?: ever| really| actually)? (?:wrong|broken|failing|down|hurt)"
    r"\s*(?=[.,;:!)]|$)"
    r"|\bfalse (?:alarm|alert|positive)\b"
    rf"|{SUBJECT} (?:wrong|mistaken|misconfigured|bogus|counts?|counted|compares?|compared"
    r"|too (?:low|high|tight|strict|sensitive))\b"
    r"|\b(?:everything|all) (?:is|was|were|has been|had been)(?: always)? (?:healthy|fine|well|ok|okay)"
    r"\s*(?=[.,;:!)]|$)"
    r"|\b(?:was|were|(?:has|have|had)(?: always)? been)(?: always)? (?:healthy|fine|well|ok|okay)"
    r" (?:all the time|the whole time|all along|throughout)\b",
)
"""A person calls the alert wrong, or what it alerts on healthy all along."""
COUNTED_INSTEAD = re.compile(
    r"\bnot (?:just |only )?(?:(?:the|those|these|that|which|were|are) )*(?:failed|failing|lost)\b"
)
"""What the alert should have counted: "all bookings, not the failed ones"."""
TAKEN_BACK = re.compile(
    r"\b(?:not|no|never|hardly|nor|neither|than|from|doubt)(?: [\w-]+){0,3} false (?:alarm|alert|positive)\b"
    r"|\b(?:first|thought|seemed|looked|until|till|before|then|later|now|yesterday|if|unless|maybe|perhaps)\b|\?",
)
"""Who denies or doubts it, or says it of some time only, does not say it."""
OF_HARM = re.compile(
    r"\b(?:but|except|apart from|however|although|though|while|lost|outage|orders?|(?<!no )(?:users?|customers?)"
    r"|restart\w*|reboot\w*|roll(?:ed)? back|revert\w*|failed over|scaled?|repaired"
    r"|down|dead|died|killed|crash\w*|broken?|fail(?:s|ed|ing|ures?)?|stuck|hung|hangs?|slow\w*|time[sd]? ?outs?"
    r"|leak\w*|full|expired|exhausted|overload\w*|corrupt\w*|missing|unavailable|unreachable|refused"
    r"|could|(?:can|is|was|are|were|do|does|did) not)\b"
)
"""Words of an exception, of harm or of a repair: who uses them does not say that nothing failed."""


def is_called_false(words: str) -> bool:
    """Whether somebody calls the alert false, and tells of no exception, doubt, harm or repair beside that."""
    of_the_alert = COUNTED_INSTEAD.sub("", lowered(words))
    beside = FALSE_ALERT.sub(" ", of_the_alert)
    return beside != of_the_alert and not TAKEN_BACK.search(of_the_alert) and not OF_HARM.search(beside)
