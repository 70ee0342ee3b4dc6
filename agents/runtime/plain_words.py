"""Plain words: what a text for users and stakeholders may be written in, besides the words of the book's own text.

They carry no fact by themselves. Endings (s, es, d, ed, ing, ly) are taken off before a word is looked up.
"""

LISTED = """
    a about above accept according across act action active actively add address affect after again ago ahead all allow
    almost along already also although always am among an and announce answer any anyone anything apologise apologize
    apologies apology appear appreciate are area around as ask at attempt available aware away back based be bear became
    because become been before began begin being below besides between both brief briefly bring but by call came can
    cancel care careful carry case cause change check choice choose circumstance clear close closely come complete
    concern condition confirm consider continue contact could current currently customer customers daily day decide
    decision dedicate delay depend describe detail determine develop did differ different difficult difficulty directly
    discover disrupt disruption disturbance do does done down due during each earlier early effort either else encounter
    end engineer engineering engineers enough ensure error establish even ever every everyone evidence exact exactly
    examine expect experience explain eye face fact fail failure far fault feature feel felt few figure find fine first
    focus follow following for found from full fully further gather general get getting gets give given go going gone
    good got gradual gradually great had half happen hard has have having he hear help her here hold hope hour hours how
    however i identify if immediate immediately impact important improve in incident inconvenience indicate inform
    information initial inspect instead intend interrupt interruption into investigate investigation is issue it its
    itself just keep kept know known last late later latest learn least leave let level like likely little live load
    long longer look looked looking lot made main mainly make many matter may mean meantime meanwhile measure meet member
    met might mind minute minutes moment monitor more most move much must my nature near nearly necessary need next no
    normal normally not note nothing notice noticed now number observe occasional occasionally occur of off offer often
    old on once one ones ongoing only onto open operate or order other our ours ourselves out over own page part
    particular past patience patient people perform period place plan please point possible possibly post prepare
    present presently previous prior priority probable probably problem proceed progress provide publish put question
    quick quickly quite rate rather reach read ready real really reason receive recent recently recover recovery regret
    related remain remedy remind repair reply report request respond response restore result retry return review right
    round said same saw say saying says second see seeing seem seems seen send sent separate service services set
    several share she short should show shown side sign since single situation slow slower so some someone something
    soon sorry source stable stage start started state status stay step steps still stop such suffer support sure
    symptom take taken taking team teams tell tells than thank thanks that the their them themselves then there
    therefore these they thing things think this those though through throughout time times to today together told too
    took top toward towards traffic trouble try trying turn two under underlying understand understanding until up
    update updates us use used user users usual usually various verify very view visible visitor visitors wait want was
    watch watching way we week well went were what whatever when where whether which while who whole whom whose why will
    wish with within without word words work worked working works would write yet you your yours
    affecting difficulties attention concluded confirmed fixed healthy help helped
    another searching performance identified solved solve rolling successful two three four five six seven eight nine ten eleven twelve
    fifteen twenty thirty forty fifty minimise minimize resolve resolved resolving restored restoring root unavailable offline unreachable
    degraded intermittent latency slowly slowness outage reachable operational recovered recovering resume elevated
    undo undid undone revert reverted restart restarting rolled standby substitute fallback outside provider capacity
    correction software approve approved refused decline declined propose proposed await awaiting ruled
    third quarter fifth tenth majority utc january february march april may june july august september october november
    december monday tuesday wednesday thursday friday saturday sunday
    estimate estimated revenue reputation confidence unknown assess assessed stakeholders executive eta approximately
    roughly around lasting total duration completion approval cent percent less
"""
PLAIN_WORDS = frozenset(LISTED.split())
"""Whether their claims hold is another check: here it is only said that they are no names, jargon or other language."""
TECHNICAL = """
    ab absent activity addition alert alerting alerts api app apps application architect automator availability awareness
    backend backlog baseline behaviour bottleneck branch budget build burn cache calculate call caller channel checklist
    client collector combine command commander commands compare comparison component compute connection consumer count
    counter cpu dashboard deadline decide default dependency deploy deployment developer devops disk document downstream
    draft drill duplicate endpoint entry environment error escalate escalation evidence fire fires flag forward frontend
    gateway gdpr ccpa graph handover happens health healthcheck hit host hotfix increase infrastructure inspect instance
    keeper legal limit list load log logs maintainer memory metric metrics mitigation monitoring network node objective
    occurrence owner owners page paging parameter peak percentile pipeline pod pool postmortem prevent prevention process
    production prometheus queue query raise ratio reading record region regression relevant reproduce resource rollback
    rollout row rule run runbook sample saturation scale schedule scope script see series server severity shepherd
    signal signature sli slo slowdown spike staging step storage system test threshold ticket timeline timeout trace
    track traffic transcript trend trigger upstream usage validate value version warning watcher web window worker
    prioritizer responder generator checker producer optimizer studio sprint project optimise assessment counsel
    likely regulator resident residents notification clock deadline authority title why measure
"""
TECHNICAL_WORDS = frozenset(TECHNICAL.split())
"""What is said besides in the channel, tickets and escalations."""
ENDINGS = ("s", "es", "d", "ed", "ing", "ly")


def is_plain(word: str, known: frozenset[str]) -> bool:
    """Whether a word in small letters is a plain one or one of the known ones, apart from its ending."""
    stems = {word, *(word.removesuffix(ending) for ending in ENDINGS)}
    stems |= {word.removesuffix("ing") + "e"} if word.endswith("ing") else set()
    return any(stem in PLAIN_WORDS or stem in known for stem in stems)
