"""Same meaning: the few ways in which a model may say what the book says. Tables only; covered_words.py reads them.

Before a model's text is compared with the book's, both are put into small letters, "n't" is written out as " not", and
each wording of the table SAME is replaced by one mark: "unavailable", "offline" and "an outage" all become beDown. A
mark has a capital letter inside, which no word of such a text has: so a mark is never taken for a word, and a row
further down may build on the marks of the rows above it. "theservice" stands for any public name.

What is in none of these tables, and is no word of the book, is not sent.
"""

THE_WORKING = r"work(?:s|ing)?|available|reachable|accessible|operational|respond(?:s|ing)?|usable|be (?:used|reached)"
ORDINARILY = r"as (?:usual|normal|expected)|normally|properly|correctly"

THE_DONE = (
    r"(?:undone|undid|reverted|rolled(?: it| theservice)? back|restarted|added|moved|prepared|limited|blocked|renewed"
    r"|replaced|paused|taken out|freed)"
)
"""Acts of which it is said that they were made, not that they were begun."""
A_NUMBER = r"(?:about |an? )?(?:\d|half|thirds?|quarter|one\b|two\b|three\b|four\b)"
STANDING = "|".join(
    rf"(?<={word} )" for word in ("is", "are", "was", "be", "been", "still", "remains", "back", "again")
)

SHORT_FORMS = {"'re ": " are ", "'ve ": " have ", "'ll ": " will ", "'s ": " "}

COURTESY: tuple[str, ...] = (
    r"(?:we are |we're )?(?:very )?sorry(?: for (?:the|any) (?:trouble|disruption|inconvenience|delay))?",
    r"we apologi[sz]e(?: for (?:the|any) (?:trouble|disruption|inconvenience))?",
    r"thank you(?: for your patience)?",
    r"please try again later",
    r"we are aware (?:that|of)",
    r"we are seeing",
    r"if you meet an error on(?= theservice)",
    r"trying to check out",
    r"(?:and )?(?:we )?(?:will )?(?:post an update|share more|tell you(?: here| on the status page)*)"
    r"(?: (?:when|once|as soon as) (?:it is (?:resolved|over)|we know (?:more|it)))?",
    r"(?:issue|problem|incident)(?: on theservice)? (?:is|has) not (?:yet )?(?:been )?resolved(?: yet)?",
    r"in (?:all|total)(?=[.,;\n]|$)",
    r"before we call (?:it|the incident) resolved",
    r"closely|actively",
    r"(?:right|just) now|currently|presently|at (?:present|the moment|this (?:moment|time))",
)
"""What may be said of anything, for it says nothing of the incident that could be wrong."""

SAME: tuple[tuple[str, str], ...] = (
    (r"no longer|any ?more|(?:do|does|did|can) not", "not"),
    (r"so far|began(?= to)", ""),
    (r"by what (?:our (?:team|engineers)|those) (?:reports?|says?)(?: who repaired it)?", "beTold"),
    (r"(?:as )?(?:our (?:team|engineers)|those who repaired it) (?:reports?|says?)(?: that)?|as reported", "beTold"),
    (r"(?:those|people|users|customers) (?:who|that)(?! theservice)|whoever", "thosePeople"),
    (r"(?:an? )?(?:external|third-party) service", "a service outsideOurs"),
    (r"outside (?:of )?(?:ours|our (?:own )?(?:systems|services))", "outsideOurs"),
    (r"(?:on|at|of) our (?:own )?(?:side|end)|of ours", "ourSide"),
    (r"depends? on us", "onUs"),
    (r"by (?:us|you|them)", "byPeople"),
    (r"(?:has|have) been(?= since\b)", "hasPassed"),
    (r"we(?= (?:rolled|reverted|undid|restarted)\b)", "we have"),
    (r"(?:is |are )?experiencing", "with"),
    (
        r"(?:we )?(?:have )?measured no effect on (its |the |our )?(?:users|customers)",
        r"no effect on \1users was measured",
    ),
    (r"(?:each|every|per|/) ?(?:minute|min|hour|second|day)|(?<=usd )an? (?:minute|hour|second|day)", "perTime"),
    (rf"(?:under|fewer than|less than|below)(?= {A_NUMBER})", "lessThan"),
    (r"almost all", "nearly all"),
    (r"as well(?! as)", "also"),
    (r"(?:elevated|increased|raised|higher) (?:error rates?|errors|rates? of errors)", "errors"),
    (r"slow(?:er)? responses?|responding (?:slower|more slowly)(?: than usual)?", "slow"),
    (r"(?:a|the|proposed)(?= fix (?:is|was|has)) fix", "a remedy"),
    (r"service(?= (?:has been|is|was) restored)", ""),
    (r"(?:showed|had) trouble", "trouble was measured"),
    (r"re-check(?:ing)?(?: (it|theservice))?", r"checking \1 again"),
    (r"(?:noticed|saw|see)(?= something unusual)", "look into"),
    (r"you not (?:need|have) to (change|do) anything", r"nothing you need to \1"),
    (r"reputation impact|impact on reputation", "reputation"),
    (r"following(?= each| every| the| a)", "after"),
    (r"see nothing", "seeNothing"),
    (r"(?:we )?suspect", "suspected"),
    (r"known \u2014", "the cause is known:"),
    (r"call it resolved after", "callOver after"),
    (r"user impact(?= lasted)", "users hit"),
    (r"(?:a few|some|single)(?= requests)", "few"),
    (r"some(?= (?:users|customers) may)", ""),
    (r"in(?= \w+ (?:minutes?|hours?|days?)\b)", "soonIn"),
    (r"issue|problem|incident", "theIncident"),
    (r"half an hour", "30 minutes"),
    (r"(?:the )?past(?= \d)", ""),
    (r"(?:pages|service|requests) (?:on|to)(?= theservice)", ""),
    (r"(?:cause|reason) (?:is|was) (?:not (?:yet )?known|(?:still )?unknown)(?: yet)?", "openCause"),
    (r"not (?:yet )?know (?:the cause|why)(?: yet)?", "openCause"),
    (r"(?:not known(?: yet)?: the cause|cause:? (?:unknown|not known(?: yet)?))", "openCause"),
    (r"(?:it is not known|we not know)(?= whether)", "openQuestion"),
    (r"watch(?= whether)|keep looking", "theLook"),
    (r"(?:will )?(?:keep|continue) (?:watching|to watch|to monitor)|keep an eye on", "theWatch"),
    (r"(?:will )?watch(?:ed|ing)?|monitor(?:ing|ed)?", "theWatch"),
    (r"know(?= whether)", "knowWhether"),
    (r"(?:checking|verifying) that", "theLook whether"),
    (r"(?:work(?:s|ing)? to (?:restore|bring)(?: it| theservice)?(?: back)?)", "theWork"),
    (r"looking into a possible theIncident with|received a report about", "theLook"),
    (r"(?:been )?(?:at work|on it)", "theWork"),
    (r"look(?:s|ed|ing)? (?:into|for)|find out|(?:under )?investigat\w+", "theLook"),
    (r"working(?: on (?:it|this)| theWork)?(?= (?:for|to find|theLook)|[.,;]|$)", "theWork"),
    (r"(?:checking|check)(?= (?:whether|theservice))", "theLook"),
    (r"(?:(?:keep|continue|continuing)(?: to)?|to) theLook", "theLook"),
    (r"theLook (?:for )?the cause|(?:the )?cause is (?:still )?(?:being )?theLook", "theLook"),
    (r"is being theLook", ", theLook"),
    (r"theLook of", "theLook, of"),
    (r"theLook (?:takes|has been going on)", "theLook"),
    (r"why", "openCause,"),
    (r"(?:are|is|was|were) not successful", "theFailing"),
    (rf"not (?:\w+ )?(?:{THE_WORKING}) (?:{ORDINARILY})", "theTrouble"),
    (rf"(?:you )?(?:can )?not (?:currently |yet )?(?:{THE_WORKING}|use)(?! (?:to|on)\b)", "beDown"),
    (r"unavailable|unreachable|offline|down|(?:an |the )?outage(?: of)?", "beDown"),
    (rf"(?<!being )({THE_DONE})", r"wasDone \1"),
    (
        r"(?:undo(?:ing|ne)?|undid|revert(?:s|ed|ing)?|rollback|roll(?:s|ed|ing)?( it| theservice)? back)",
        r"theUndoing\1",
    ),
    (r"went on with|started to(?= theUndoing)", "have"),
    (r"(?:is )?under way", ""),
    (r"back(?: (?:in use|to working order))?(?=[\s.,;]*$|[.,;])", "beWorking"),
    (r"works? as usual|working (?:as usual|normally)|back to normal|healthy", "beNormal"),
    (r"work(?:s|ing)?(?: again)?|operational(?: again)?|recover(?:ed|y)|restored", "beWorking"),
    (r"tak(?:e|es|ing) longer than usual|(?:respond|load)s? more slowly than usual|slower than usual", "beSlow"),
    (r"slow(?:ly|ness)?|delays?|latency is up", "beSlow"),
    (rf"(?:{STANDING})up(?! to\b)", "beWorking"),
    (rf"(?:{STANDING})out(?! of\b)", "beDown"),
    (r"theWatch (?:its|the|their) beWorking", "theWatch ofRecovery"),
    (r"performance(?: of theservice)? is degraded|degraded|disturb(?:ed|ance)|in trouble|having trouble", "theTrouble"),
    (r"failed", "was theFailing"),
    (r"raised(?= \w*error)", "theFailing with"),
    (r"error rate is", "theFailing"),
    (r"return(?:s|ing)? (?:too many )?errors|fail(?:s|ed|ing|ures?)?|errors?|broke(?= it)", "theFailing"),
    (r"of user impact", "beMet theUsers"),
    (r"impact(?= has lasted)", "beMet"),
    (r"met|meets?|see|hit|noticed?|affect(?:s|ed|ing)?", "beMet"),
    (r"users?|customers?", "theUsers"),
    (r"our (?:whole )?(?:team|engineers)", "we"),
    (r"due to|because of|caused by", ", owing theCause"),
    (r"made(?= .*theFailing)", "beCausing"),
    (r"causes?", "theCause"),
    (r"theLook(?= (?:the )?(?:be(?:Slow|Down)|the(?:Failing|Trouble|Incident)))", "theLook, of"),
    (r"theCause of ((?:the \w+|(?:be|the)[A-Z]\w+)(?: (?:on|of|with) theservice)?)", r", \1, theCause"),
    (r"theCause of", "theCauseOf"),
    (r"known|know|found|identified", "beKnown"),
    (r"ruled out|excluded", "beExcluded"),
    (r"(?:it )?wait(?:s|ing)? for (?:a decision|a yes|approval)|decision is awaited", "theWait"),
    (r"pending (?:a decision|approval)", "theWait"),
    (r"(?:is )?await(?:s|ing)(?: (?:a decision|approval))?|wait for a decision on", "theWait"),
    (r"verified|confirmed", "beVerified"),
    (r"(?:fault|theIncident) (?:is|was|has been) (?:removed|fixed|solved)", "beRemoved"),
    (r"resolved|(?:is|it is) over", "beOver"),
    (r"loss", "lost"),
    (r"help(?:s|ed)?", "help"),
    (r"(?:by |an )?estimated?", "estimate"),
    (r"joins|is in(?=[.,;\n]|$)", "beIn"),
    (r"next step", "next"),
    (r"(?:authority|regulator) (?:has to|may have to|must) be (?:told|notified)", "theNotice"),
    (r"notify|notification", "theNotice"),
    (r"gdpr (?:may )?appl(?:y|ies)", "may gdpr"),
    (r"runs?(?= from)", ""),
    (r"record (?:that time|when that was)", "record"),
    (r"must|has to|have to|required?|needs to", "must"),
    (r"peak|worst(?: moment)?", "worst"),
    (r"(?:release|version)(?= v?\d)", ""),
    (r"deployments?|deployed|went live", "deployed"),
    (r"approv(?:es?|ed)", "beApproved"),
    (r"restart(?:s|ed|ing)?", "restart"),
    (r"(?:began|begun|started)(?= (?:(?:to|the|an?) )?(?:\w+ing|theUndoing|restart)\b)", "weBegan"),
    (r"being(?= \w+ed\b)", "underWay"),
    (r"go over", "review"),
    (r"reached us", "received"),
    (r"only", "alone"),
    (r"stood at", "at"),
    (r"updates were sent", "updates"),
)
"""Ways to say one thing, and the word that stands for them all; applied in this order."""

TROUBLE = ("theTrouble", "lasted", "theUsers", "request", "theIncident")
IMPLIED: dict[str, tuple[str, ...]] = {
    "beCausing": ("theCause",),
    "beDown": ("theFailing", "beMet", *TROUBLE),
    "theFailing": ("beMet", *TROUBLE),
    "beSlow": TROUBLE,
    "theTrouble": ("theIncident", "lasted"),
    "beMet": ("theUsers", "lasted"),
    "worst": ("beMet", "lasted"),
    "weBegan": ("we",),
    "measured": ("we",),
    "beNormal": ("beWorking",),
    "beRemoved": ("beOver", "theIncident"),
    "beOver": ("theIncident",),
    "theLook": ("theWork", "openCause", "theIncident", "we"),
    **dict.fromkeys(("theWork", "theWatch", "theUndoing", "theWait", "restart", "beKnown", "beVerified"), ("we",)),
}
"""What is true wherever the first is."""
QUALIFYING: dict[str, frozenset[str]] = {
    "outsideOurs": frozenset({"servic", "theCause"}),
    "part": frozenset({"restart", "system"}),
    "wasVerified": frozenset({"beWorking"}),
    **dict.fromkeys(("beExcluded", "underWay"), frozenset[str]()),
}
"""What limits a sentence, and the words that may not be told without it; none named: all of them."""
PASSING = frozenset({"beDown", "theFailing", "beSlow", "theTrouble"})
ENDED = frozenset({"beOver", "beNormal", "beWorking", "beRemoved"})
"""Only where the book tells of an end are the passing states told of as past."""
LEFT_OPEN: dict[str, tuple[str, ...]] = {"gdpr": ("theNotice", "must"), "theNotice": ("must", "we")}
"""What may be asked, and not said, wherever the first is."""

HOLDING = """
a about also although an and any approximately are around as at be because been before being both but by each
during for from had has have having here how if in into is it its let might nor now of on one or our ours out owing
please remain remains roughly since so still than that the their them then there these they this those though
under until up us utc was were what when where whether which while who whose with within would yet
after between through to too
said saw openQuestion wasDone
hour hours min minute minutes percent usd
"""
FUNCTION_WORDS = frozenset(HOLDING.split())
"""Words that only hold a sentence together; what numbers count is compared with the numbers."""

TO_OPEN = "if under whether may might could would possible possibly perhaps unclear until likely should suspected"
OPENING = frozenset(TO_OPEN.split())
"""Words that leave open what follows them."""
DENYING = frozenset({"no", "none", "nobody", "nothing", "neither", "never", "without", "not"})
TO_ADD = """
add alert block compare document introduce make measure monitor practise record repair require review rehearse roll run
test watch write
"""
SAFEGUARDS = frozenset(TO_ADD.split())
"""The first word of a proposal to prevent the next incident: what is proposed adds a safeguard and takes none away."""
CONDITIONS = frozenset({"if", "under", "suspected"})
"""What they open is left open to the end of the sentence."""
TO_SOFTEN = "may might could possible possibly perhaps likely would"
SOFTENING = frozenset(TO_SOFTEN.split())
SOFTENED = frozenset({*PASSING, "beMet", "theUsers", "request"})
"""Only of these a "may" stands for what the book says for certain: not everybody meets them."""
