"""The model's part of `warroom doctor`: whether its endpoint can be reached with this environment, and why not."""

from urllib.parse import urlsplit

from agents.io.credentials import Unsendable
from agents.io.outbound import Unroutable
from agents.io.settings import Settings
from agents.llm.endpoint import Answered, Endpoint, endpoint_of, knock
from graphs.maintenance.doctor import Finding

NAME = "model"
MEANWHILE = "until then every duty is done by the rules"
ANSWERS = (404, 405, 501)
"""Statuses of an endpoint that is there and lists no models."""
REFUSES = (401, 403)
REFUSED_BY_PROXY = 407


def examine_model(settings: Settings) -> Finding:
    """Look whether the model can be asked; it is asked for a list only, which costs nothing."""
    if not settings.has_model:
        return Finding(NAME, "ok", "none is set up: every duty is done by the rules")
    try:
        endpoint = endpoint_of(settings)
    except Unsendable as error:
        return Finding(NAME, "warning", f"cannot be asked: {error}", f"write it anew; {MEANWHILE}")
    except Unroutable as error:
        return Finding(NAME, "warning", f"cannot be asked: {error}", f"correct that variable or unset it; {MEANWHILE}")
    return _told(endpoint, knock(endpoint))


def _told(endpoint: Endpoint, answered: Answered) -> Finding:
    """Say what became of the question."""
    place, status = f"{_plain(endpoint.url)}, asked {endpoint.way.told},", answered.status
    if status is None:
        do = f"see whether it runs there, and whether OPENAI_BASE_URL is right; {MEANWHILE}"
        if endpoint.way.proxy:
            do = f"see whether the proxy works, or name the host in NO_PROXY if it needs none; {MEANWHILE}"
        return Finding(NAME, "warning", f"{place} does not answer: {answered.fault}"[:500], do)
    if status in REFUSES:
        do = f"put the right key into OPENAI_API_KEY; {MEANWHILE}"
        return Finding(NAME, "warning", f"{place} refuses the key (HTTP {status})", do)
    if status == REFUSED_BY_PROXY:
        do = f"write the proxy's user and password into its address; {MEANWHILE}"
        return Finding(NAME, "warning", f"{place} is not asked: the proxy wants to know who we are (HTTP 407)", do)
    if 200 <= status < 300 or status in ANSWERS:
        return Finding(NAME, "ok", f"{place} answers")
    do = f"see what its own log says, and whether OPENAI_BASE_URL is right; {MEANWHILE}"
    return Finding(NAME, "warning", f"{place} answers HTTP {status}", do)


def _plain(url: str) -> str:
    """An address without a password in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
