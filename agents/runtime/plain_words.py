"""Plain words: what a proposal for later may be written in, besides the words of the book's own text.

They carry no fact by themselves. Endings (s, es, d, ed, ing, ly) are taken off before a word is looked up.
"""

import re
from unicodedata import combining, normalize

LISTED = """
a about above accept according across act action active actively add address affect affecting after again ago ahead all
allow almost along already also although always am among an and announce another answer any anyone anything apologies
apologise apologize apology appear appreciate approval approve approved approximately april are area around as ask
assess assessed at attempt attention august available await awaiting aware away back based be bear became because
become been before began begin being below besides between both brief briefly bring but by call came can cancel
capacity care careful carry case cause cent change check choice choose circumstance clear close closely come complete
completion concern concluded condition confidence confirm confirmed consider contact continue correction could current
currently customer customers daily day december decide decision decline declined dedicate degraded delay depend
describe detail determine develop did differ different difficult difficulties difficulty directly discover disrupt
disruption disturbance do does done down due duration during each earlier early effort eight either elevated eleven
else encounter end engineer engineering engineers enough ensure error establish estimate estimated eta even ever every
everyone evidence exact exactly examine executive expect experience explain eye face fact fail failure fallback far
fault feature february feel felt few fifteen fifth fifty figure find fine first five fixed focus follow following for
forty found four friday from full fully further gather general get gets getting give given go going gone good got
gradual gradually great had half happen hard has have having he healthy hear help helped her here hold hope hour hours
how however i identified identify if immediate immediately impact important improve in incident inconvenience indicate
inform information initial inspect instead intend intermittent interrupt interruption into investigate investigation is
issue it its itself january july june just keep kept know known last lasting late latency later latest learn least
leave less let level like likely little live load long longer look looked looking lot made main mainly majority make
many march matter may mean meantime meanwhile measure meet member met might mind minimise minimize minute minutes
moment monday monitor more most move much must my nature near nearly necessary need next nine no normal normally not
note nothing notice noticed november now number observe occasional occasionally occur october of off offer offline
often old on once one ones ongoing only onto open operate operational or order other our ours ourselves out outage
outside over own page part particular past patience patient people percent perform performance period place plan please
point possible possibly post prepare present presently previous prior priority probable probably problem proceed
progress propose proposed provide provider publish put quarter question quick quickly quite rate rather reach reachable
read ready real really reason receive recent recently recover recovered recovering recovery refused regret related
remain remedy remind repair reply report reputation request resolve resolved resolving respond response restart
restarting restore restored restoring result resume retry return revenue revert reverted review right rolled rolling
root roughly round ruled said same saturday saw say saying says searching second see seeing seem seems seen send sent
separate september service services set seven several share she short should show shown side sign since single
situation six slow slower slowly slowness so software solve solved some someone something soon sorry source stable
stage stakeholders standby start started state status stay step steps still stop substitute successful such suffer
sunday support sure symptom take taken taking team teams tell tells ten tenth than thank thanks that the their them
themselves then there therefore these they thing things think third thirty this those though three through throughout
thursday time times to today together told too took top total toward towards traffic trouble try trying tuesday turn
twelve twenty two unavailable under underlying understand understanding undid undo undone unknown unreachable until up
update updates us use used user users usual usually utc various verify very view visible visitor visitors wait want was
watch watching way we wednesday week well went were what whatever when where whether which while who whole whom whose
why will wish with within without word words work worked working works would write yet you your yours
"""
PLAIN_WORDS = frozenset(LISTED.split())
"""Whether their claims hold is another check: here it is only said that they are no names, jargon or other language."""
TECHNICAL = """
automate automatic automatically bad block breaker canary circuit column config contract coverage deadlock field gradual
guard index integration key lack lock migration ownership pass playbook probe quota replica require roll schema shard
smoke stand stood synthetic toggle transaction unit
ab absent activity addition alert alerting alerts api app application apps architect assessment authority automator
availability awareness backend backlog baseline behaviour bottleneck branch budget build burn cache calculate call
caller ccpa channel checker checklist client clock collector combine command commander commands compare comparison
component compute connection consumer counsel count counter cpu dashboard deadline decide default dependency deploy
deployment developer devops disk document downstream draft drill duplicate endpoint entry environment error escalate
escalation evidence fire fires flag forward frontend gateway gdpr generator graph handover happens health healthcheck
hit host hotfix increase infrastructure inspect instance keeper legal likely limit list load log logs maintainer
measure memory metric metrics mitigation monitoring network node notification objective occurrence optimise optimizer
owner owners page paging parameter peak percentile pipeline pod pool postmortem prevent prevention prioritizer process
producer production project prometheus query queue raise ratio reading record region regression regulator relevant
reproduce resident residents resource responder rollback rollout row rule run runbook sample saturation scale schedule
scope script see series server severity shepherd signal signature sli slo slowdown spike sprint staging step storage
studio system test threshold ticket timeline timeout title trace track traffic transcript trend trigger upstream usage
validate value version warning watcher web why window worker
"""
TECHNICAL_WORDS = frozenset(TECHNICAL.split())
"""What engineers say besides."""
ENDINGS = ("s", "es", "d", "ed", "ing", "ly")


def is_plain(word: str, known: frozenset[str]) -> bool:
    """Whether a word in small letters is a plain one or one of the known ones, apart from its ending."""
    return any(stem in PLAIN_WORDS or stem in known for stem in stems(word))


def stems(word: str) -> set[str]:
    """A word, and what is left of it without an ending."""
    found = {word, *(word.removesuffix(ending) for ending in ENDINGS)}
    return found | ({word.removesuffix("ing") + "e"} if word.endswith("ing") else set())


def lowered(text: str) -> str:
    """A text in small letters, without accents, and with "not" written out."""
    bare = text.lower()
    if not bare.isascii():
        bare = "".join(letter for letter in normalize("NFKD", bare) if not combining(letter))
    bare = bare.replace("\u2019", "'").replace("cannot", "can not")
    bare = bare.replace("won't", "will not").replace("can't", "can not")
    return re.sub(r"n't\b", " not", bare)
