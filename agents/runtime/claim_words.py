"""Claim words: what a text says of an incident, by kind. Tables only; agents/runtime/public_claims.py reads them.

The patterns meet text in small letters, without accents, "n't" written as " not", and each public name as `theservice`.
"""

STATES: dict[str, str] = {
    "down": (
        r"down|unavailable|outages?|offline|unreachable|inaccessible|dead|dark|crash\w*|broken?|collaps\w*|unusable"
        r"|not (?:currently |presently |at present )?(?:available|reachable|accessible|respond\w*|load\w*|usable)"
        r"|(?:not|no longer) (?:currently )?work(?:s|ing)?(?! (?:quite )?(?:as|normally|properly|correctly|well|on|to))"
        r"|no longer (?:available|respond\w*|reachable)|stopp?(?:ed|s) (?:working|responding)"
        r"|not be (?:reached|used|opened|accessed)|out of (?:order|service|action)|on its knees"
        r"|kaputt|ausfall|ausgefallen|nicht (?:verfugbar|erreichbar)|en panne|hors service|indisponib\w*|caid[oa]s?"
        r"|fuera de servicio|fuori servizio|non disponibile|onbereikbaar|niet (?:beschikbaar|bereikbaar)|fora do ar"
    ),
    "failing": (
        r"fail(?:s|ed|ing|ures?)?|errors?|reject(?:s|ed|ing)?|unsuccessful\w*|not successful|do not (?:go|come) through"
        r"|not (?:going|getting) through|fehler\w*|fehlgeschlagen|erreurs?|echou\w*|fallos?|fallan|mislukt\w*|falhas?"
    ),
    "slow": (
        r"slow\w*|delay\w*|latenc\w*|lags?|lagging|sluggish\w*|time ?outs?|timing out|tak(?:e|es|ing) longer"
        r"|langsam\w*|verzoger\w*|lent[aeo]s?|ralenti\w*|traag|vertrag\w*|devagar|lentidao"
    ),
    "degraded": (
        r"degrad\w*|impair\w*|partial\w*|intermittent\w*|reduced|unstable|hiccups?|struggl\w*|in trouble"
        r"|not (?:\w+ )?(?:work|working|behave|behaving|run|running|respond|responding) (?:quite )?"
        r"(?:as (?:usual|normal|expected|it should)|normally|properly|correctly|well)"
        r"|gestort|beeintracht\w*|perturb\w*|interromp\w*"
    ),
    "works": (
        r"(?:works?|working|functioning)(?: again)? (?:as (?:usual|normal|expected|it should|before)|normally"
        r"|properly|well"
        r"|correctly|fine|perfectly|smoothly)|restored|recover(?:ed|y)|back (?:to normal|up|online|in service|again"
        r"|on track|in business|on its feet|now)"
        r"|as usual|(?<!than )(?<!are )normal\w*|healthy|operational|up and running|stable|stabili[sz]ed|available"
        r"|reachable|usable|works(?: again)?"
        r"|(?:(?<=is )|(?<=now )|(?<=fully ))working(?! (?:on|to|towards|with|hard))|working again"
        r"|functional\w*|functioning|(?:running|behaving|performing|operating) (?:well|fine|smoothly|correctly)"
        r"|(?:theservice|it|they|all|everything) (?:is|are|was|were|has been|stays?|remains?)"
        r"(?: (?:now|still|again|fully|back|all))* (?:up|online|live)(?! to\b)"
        r"|in good (?:shape|order|health)|as good as new|smoothly|like before|as before|alive"
        r"|funktioniert|wiederhergestellt|wieder (?:da|online|verfugbar)|retabli\w*|fonctionne\w*|funciona\w*"
        r"|restablecid\w*|ripristinat\w*|hersteld|werkt weer|restabelecid\w*|normalizad\w*"
    ),
    "resolved": (
        r"resolved|solved|fixed|repaired|closed|concluded|remedied|rectified|cured|healed|eliminated|contained"
        r"|mitigated"
        r"|(?:is|are|was|be|now|all|not) over(?! (?:\d|the))|all (?:clear|good|well|done|fine)|gone|behind us|ended"
        r"|sorted"
        r"|(?:fix|correction|solution|patch|repair|remedy) (?:(?:is|was|has|have|been|now) )+"
        r"(?:in place|live|deployed|applied|released|rolled out|complete\w*|done|found|in production)"
        r"|removed|under control|finished|completed|done|cleared|dealt with|taken care of|history|put right|worst is"
        r"|behoben|gelost|erledigt|vorbei|entwarnung|resolu\w*|termine\w*|corrige\w*|resuelt\w*|solucionad\w*"
        r"|arreglad\w*|risolt\w*|opgelost|voorbij|resolvid\w*|corrigid\w*"
    ),
    "worse": r"worse\w*|escalat\w*|spread\w*|deteriorat\w*|catastroph\w*|disast\w*|meltdown",
}
"""What state something is in, the worst first; words that one group has taken are not read again by the next."""
DAMAGED = ("down", "failing", "slow", "degraded", "worse")

PROGRESS: dict[str, str] = {
    "verified": r"verified|confirmed|prove[nd]|tested|guaranteed|certain(?:ly)?|definite\w*",
    "improving": r"improv\w*|recovering|better",
    "helped": r"help(?:s|ed)",
    "again": r"(?<!try )again",
    "calm": (
        r"nothing(?! (?:new|else|more|that|it)\b)|false alarm|(?:just|only) an? (?:test|drill|exercise)|unaffected"
        r"|not (?:been )?affected|harmless"
        r"|no (?:\w+ )?(?:problems?|issues?|incidents?|faults?|disturbances?|disturbed|impact|effects?|disruptions?)"
    ),
    "known cause": (
        r"(?:cause|reason|source|culprit) (?:\w+ )?(?:is|was|has been) (?:now )?(?:known|found|identified|located"
        r"|clear)"
        r"|known(?: cause)?|(?:identified|found|located|pinpointed|determined|traced|isolated|discovered|know"
        r"|understand)"
        r" (?:\w+ )?(?:cause|reason|source|culprit|problem|issue|fault|why|what)"
    ),
    "ruled out": r"ruled? out|exclud\w*",
}
CAUSES: dict[str, str] = {
    "change": (
        r"(?:recent|new|latest|last|bad|faulty) (?:change|update|release|deployment|version)s?|deploy\w*|roll-?out"
        r"|release[ds]?|configur\w*|misconfigur\w*|changes?"
    ),
    "systems": (
        r"systems that run|infrastructure|hardware|servers?|machines?|networks?|overload\w*|power|data ?cent\w+|disks?"
        r"|memory|databases?|certificates?|dns"
    ),
    "software": r"software|bugs?|code|defects?",
    "outside": r"outside|providers?|third[- ]part\w+|vendors?|suppliers?|partners?|external\w*|upstream|hosting",
    "caused by": r"caused|because of|due to|owing to|result(?:s|ed|ing)? (?:of|from)|thanks to|stems? from|triggered",
}
ACTS: dict[str, str] = {
    "restart": r"restart\w*|reboot\w*",
    "undo": r"und(?:o|id|one|oing)|revert\w*|roll(?:ed|ing|s)?(?: ?-?| [\w-]+ )back|took back|taken back",
    "capacity": r"capacity|scal(?:e|ed|ing)",
    "standby": r"stand-?by|fail(?:ed)? ?over|switch(?:ed|ing) (?:to|over)",
    "without": r"substitutes?|stands? in|fallbacks?|workarounds?|bypass\w*|going on without",
    "correction": r"corrections?|hotfix\w*|patch\w*",
    "decision": r"approv\w*|refus\w*|turned down|declin\w*|waits? for a decision",
}
DATA: dict[str, str] = {
    "data": (
        r"data|databases?|records?|privacy|personal|passwords?|credentials?|your information|accounts?|backups?"
        r"|daten\w*|donnees|datos|dati|gegevens|dados|kundendaten|konto|konten|comptes?|cuentas?|contas?"
    ),
    "lost": r"lost|loses?|loss(?:es)?|lose|deleted|erased|wiped|vanished|destroyed|corrupt\w*|missing"
    r"|verloren|geloscht|perdu\w*|perdid\w*|pers[aeio]|kwijt|supprim\w*|borrad\w*|apagad\w*|gewist",
    "safe": (
        r"safe(?:r|st|ly|ty|guarded)?(?! change)|secured?|securely|intact"
        r"|untouched|protected|preserved|sicher|securite|segur\w*|sicur\w*|veilig"
    ),
    "exposed": (
        r"expos\w*|leak\w*|disclos\w*|stolen|theft|compromis\w*|(?:been|was|were) seen|at risk|published online"
        r"|gestohlen|offengelegt|vole\w*|divulgu\w*|robad\w*|filtrad\w*|rubat\w*|gestolen|gelekt|roubad\w*|vazad\w*"
    ),
}
MONEY: dict[str, str] = {
    "charged": r"charg(?:e|es|ed|ing)|billed|debited|deduct\w*|abgebucht|debit\w*|cobrad\w*|addebitat\w*|afgeschreven",
    "paid back": r"refund\w*|reimburs\w*|compensat\w*|vouchers?|discounts?|credited|erstatt\w*|rembours\w*|reembols\w*"
    r"|rimbors\w*|terugbetaal\w*|vergoed\w*|entschadig\w*|schadensersatz",
    "money": r"money|cash|revenue|costs?|fees?|fines?|invoices?|usd|eur|gbp|dollars?|euros?|geld|argent|dinero|soldi"
    r"|dinheiro",
    "times": r"twice|doubl\w*|tripl\w*|thrice|repeatedly|doppelt|dos veces|due volte|dubbel|em dobro|deux fois",
}
SECURITY: dict[str, str] = {
    "security": (
        r"breach\w*|attack\w*|hack\w*|intru\w*|malicious\w*|ransom\w*|malware|virus\w*|ddos|secur\w*|cyber\w*"
        r"|vulnerab\w*"
        r"|phish\w*|unauthori[sz]ed|fraud\w*|stolen|criminals?|bad actors?|sabotag\w*|hostile|break-?in|infiltrat\w*"
        r"|angriff\w*|angegriffen|gehackt|piratage|pirate\w*|attaqu\w*|ataque\w*|ataca\w*|pirate\w*|attacc\w*|aanval\w*"
        r"|aangevallen|invas\w*|sicherheits\w*"
    ),
}
BLAME: dict[str, str] = {
    "blame": (
        r"blam\w*|responsib\w*|negligen\w*|careless\w*|mistakes?|incompeten\w*|dismissed|human error|employees?"
        r"|interns?"
        r"|contractors?|fault of|guilty|culprits?|schuld\w*|faute de|culpa\w*|colpa"
    ),
    "another company": (
        r"aws|amazon|google|gcp|azure|microsoft|cloudflare|fastly|akamai|stripe|paypal|adyen|visa|mastercard|oracle"
        r"|salesforce|twilio|okta|auth0|datadog|github|gitlab|hetzner|ovh|vercel|heroku|digitalocean|klarna|apple|meta"
    ),
}
PROMISES: dict[str, str] = {
    "promise": (
        r"guarant\w*|promis\w*|assur\w*|never happen|not happen|will not (?:occur|return|come back|recur)|garanti\w*"
        r"|versprech\w*|promet(?!heus)\w*|promett\w*|beloof\w*|beloven"
    ),
    "soon": (
        r"soon|shortly|any (?:minute|moment|time now)|imminent\w*|tomorrow|tonight|moments? away|within the hour"
        r"|before long|in no time|by (?:noon|midnight|morning|evening|lunch\w*|monday|the end of)"
        r"|expect(?:ed)? to (?:be|have)"
        r"|will (?:\w+ )?(?:be|have|work)|(?:in|within) (?:a|an|the next) (?:few )?(?:moments?|minutes?|hours?|days?)"
        r"|bald|gleich|bientot|pronto|presto|binnenkort|spoedig|em breve"
    ),
    "advice": (
        r"you (?:must|should|have to|need to)|(?:please )?(?:reinstall|click|download|install|visit|call|contact"
        r"|reset)\b"
    ),
}
SHARES: dict[str, str] = {
    "all": r"all|every\w*|whole|entire\w*|each|complete(?:ly)?|fully|total\w*|always|alle|allen|tous|toutes|todos"
    r"|tutti",
    "nobody": r"no ?one|nobody|none|no (?:users?|customers?|people|visitors?|requests?|orders?|data)"
    r"|not (?:a single|any)|never|niemand|keine[nr]?|personne|aucun\w*|nadie|ningun\w*|nessun\w*|geen|ninguem"
    r"|nenhum\w*",
    "nearly all": r"(?:nearly|almost|virtually|practically) (?:all|every\w*)|vast majority",
    "most": r"most(?:ly)?|majority|largely|meisten|plupart|mayoria|maggior\w*|meeste|maioria",
    "half": r"half|halves|halfte|moitie|mitad|meta|helft|metade",
    "third": r"thirds?(?![- ]part)|drittel|tiers|tercio|terzo|derde|terco",
    "quarter": r"quarters?",
    "fifth": r"fifths?|in five",
    "tenth": r"tenths?|in ten",
    "some": r"some|few|handful|several|small|minor\w*|limited|isolated|subset|single|slight\w*|brief\w*|little|barely",
    "many": r"many|numerous|lots|widespread|large|significant\w*|major|massive\w*|huge|serious\w*|severe\w*|countless"
    r"|viele|beaucoup|muchos|molti|veel|muitos",
    "a number": r"(?:hundreds|thousands|millions|billions|dozens|scores|tens) ?|couple|tausend\w*|hundert\w*|million\w+"
    r"|millones|milion\w*|miljoen\w*|milh\w+|miles|mille|cents|migliaia|duizend\w*|prozent|pour ?cent|por ?cien\w*"
    r"|per ?cento|procent",
}
PEOPLE = (
    r"(?: of)?(?: (?:the|our|all|those|these|active|your))* (?:users?|customers?|people|visitors?|shoppers?|clients?)"
)
"""What follows a share that is one of people, and not of requests."""
GRAVE: dict[str, dict[str, str]] = {"data": DATA, "money": MONEY, "security": SECURITY}
"""Of these a denial anywhere before in the sentence counts."""
CLASSES: dict[str, dict[str, str]] = {
    "a state": STATES,
    "progress": PROGRESS,
    "a cause": CAUSES,
    "an act": ACTS,
    **GRAVE,
    "blame": BLAME,
    "a promise": PROMISES,
    "a share": SHARES,
}
BORNE_BY: dict[str, tuple[str, ...]] = {
    "failing": ("down",),
    "degraded": ("failing", "slow"),
    "improving": ("works", "resolved"),
    "some": ("tenth",),
    "most": ("nearly all",),
    "caused by": ("change", "systems", "software", "outside", "known cause"),
    "advice": (),
}
"""Besides itself, which claims of the book bear the weaker one."""
NOT = (
    r"no|not|never|(?<!on )without|none|neither|nor|nobody|nothing|hardly|kein\w*|nicht|pas|aucun\w*"
    r"|ningun\w*|nessun\w*|geen|niet|nao"
)
NOT_KNOWN = r"(?:(?:is|was|are|were|do|does|did) )?not (?:yet )?(?:know|known|clear|certain|sure|say|said|see|seen)"
"""Before "whether" it denies nothing: it leaves the question open."""
PERHAPS = r"may|might|could|possibl[ey]|perhaps|suspected|suspect|suspicion|likely|should|say|says|reported|reportedly"
OPEN = (
    r"whether|until|before|once|when|if|as soon as|to (?:see|check|verify|confirm)(?: that)?|(?:checking"
    r"|verifying) that"
    r"|mak(?:e|ing) sure(?: that)?|ensur(?:e|ing)(?: that)?|(?:get|getting|bring|bringing|return|returning)"
)
"""What makes a statement an open question or a condition."""
BETWEEN = (
    r"it|its|this|that|the|theservice|service|is|are|be|been|has|have|being|we|you|they|call|consider|everything|fully"
    r"|problem|issue|incident|fault|disruption|disturbance|again|us|can|as|know|undoing|restarting"
)
"""What may stand between such a word and the claim."""
IDIOMS = (
    r"(?:update|updates|news|more|details) (?:\w+ ){0,4}(?:soon|shortly)|as soon as (?=we)|no further (?:update"
    r"|news)\w*"
    r"|all (?:the while|along|of us)|at all|in total|half an hour|every (?:\d+ )?minutes?|next updates?"
    r"|in all(?=[.,;\n]|$)|deployed again|(?:after|before|with|for|on|at) (?:each|every)(?= (?:\w+ )?"
    r"(?:deployment|release|change|version|rollout|test|run)s?\b)"
    r"|try(?:ing)? again|nothing you need to \w+"
    r"|at this (?:minute|moment|time)|most recent|works? on|whole team|best|at most|how (?:many|much)"
    r"|(?:we|will) (?:will )?(?:have )?(?:an update|more to say)|time being|few minutes ago|sorry for any \w+"
)
"""Phrases that claim nothing, though a word in them would elsewhere."""
STRANGE_WORDS = (
    r"der|das|und|ist|nicht|wir|sind|wurde|fur|sie|les|est|nous|vous|sont|tout|el|los|las|que|es|esta|estan|su|sus"
    r"|il|gli"
    r"|sono|che|della|het|een|zijn|wij|niet|naar|os|nao|uma|com|estao|foi|para|por|con|sin|sans|ohne|avec|mit|alles"
    r"|werden"
    r"|todo|tutto|tudo|wieder|van|una|della|dei|ete|su|e|et|y|du|de|la|le|en"
)
"""Little words of other languages; two of them are a sentence that people here cannot check."""
