"""Whether a person says that it went away without anybody doing anything, whichever button they pressed."""

import re

from agents.runtime.plain_words import lowered

ITSELF = (
    r"(?:(?:all )?by (?:it|them)sel(?:f|ves)|(?:all )?(?:on|of) (?:its|their) own(?: accord)?|healed itself"
    r"|von (?:selbst|allein)|(?:de|d') ?(?:lui|elle)[- ]m[eê]me|tout seul|por s[ií] sol[oa])"
)
NOBODY = (
    r"(?:nobody|no one|noone|none of us) (?:did|has done|have done|had done|touched|changed|fixed|repaired) \w+"
    r"|(?:we|i) (?:did|have done|changed|touched) nothing"
    r"|(?:we|i) (?:did not|have not|didn't|haven't) (?:do|done|change|changed|touch|touched) anything"
    r"|without (?:anyone|anybody|us|me) (?:doing|touching|changing) anything"
    r"|without (?:any )?(?:action|intervention|help)(?: of ours| from us)?"
)
UNAIDED = re.compile(rf"\b(?:{ITSELF}|{NOBODY})\b")
DENIED = re.compile(rf"(?:\b(?:not|never|cannot|hardly|no)\b|n't\b)(?: [\w-]+){{0,4}} {ITSELF}|\?")
DONE = re.compile(
    r"\b(?:restart\w*|reboot\w*|roll(?:ed|ing)? back|rollback|revert\w*|failed over|failover|scaled?|repair\w*|fix\w*"
    r"|replac\w+|renew\w*|switch\w*|ended|killed|delet\w+|freed|remov\w+|chang\w+|put|turned|moved|added|rais\w+"
    r"|but|after|until|so (?:i|we))\b"
)
"""Words of something that was done, or of an exception."""


def is_called_unaided(words: str) -> bool:
    """Whether somebody says that it went by itself, and tells of nothing that was done beside that."""
    said = lowered(words)
    beside = UNAIDED.sub(" ", said)
    return beside != said and not DENIED.search(said) and not DONE.search(beside)
