"""Adapting: what to change about a request where the endpoint's refusal itself says what it does not take."""

import re
from collections.abc import Callable

from agents.io.model_options import ModelOptions
from agents.llm.dialect import CACHE_KEY, LIMIT_NAMES, ON_RESPONSES, SENT_BACK, Dialect
from agents.llm.error_answer import ErrorAnswer

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Of reasoning, the least first."""
ASKED_WITH = ("stream_options", "parallel_tool_calls", CACHE_KEY, *ON_RESPONSES)
"""Parameters of ours that a request can do without."""
REFUSED = re.compile(
    r"unsupported|not supported|n't support|n't allow|not support|unknown|unrecogni[sz]ed|unexpected|not available"
    r"|not permitted|not allowed|extra (?:inputs?|fields?)|extra_forbidden|invalid|not implemented|incompatible"
    r"|remove|cannot|only support|may not be"
)
"""How an endpoint says that it does not take something."""
DEMANDED = re.compile(r"passed back|required|missing|must include|must be included")
NO_SUCH_ADDRESS = (404, 405, 501)
REFUSALS = (400, 422, *NO_SUCH_ADDRESS)
NO_RESPONSES = "by chat completions, as there is no Responses API"
CHANGES_PER_CALL = 4
"""Each is one more try, and none is undone."""
Change = Callable[[Dialect, ErrorAnswer, ModelOptions], Dialect | None]


def adapted(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """How to ask instead; None where the refusal names nothing that could be changed."""
    if error.status not in REFUSALS:
        return None
    changes = (_limit,) if error.is_overflow else CHANGES
    return next((changed for change in changes if (changed := change(asked, error, options)) is not None), None)


def _names(error: ErrorAnswer, name: str) -> bool:
    """Whether the error is about a parameter."""
    named = error.parameter.replace("[", ".").split(".")
    return name in named or re.search(rf"(?<![\w-]){re.escape(name.lower())}(?![\w-])", error.words) is not None


def _api(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """OpenAI's newer models take tools by the Responses API; other endpoints have no such address."""
    if asked.api == "responses":
        if error.status not in NO_SUCH_ADDRESS or "model" in error.code or "model" in error.words:
            return None
        effort = "none" if asked.changes else asked.reasoning_effort
        return asked.but(NO_RESPONSES, api="chat", reasoning_effort=effort)
    if "/responses" not in error.words and "responses api" not in error.words:
        return None
    if options.api == "chat" or NO_RESPONSES in asked.changes:
        return None
    return asked.but("by the Responses API", api="responses")


def _effort(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """The effort that the refusal offers, the nearest to what was asked for; none where it offers none."""
    if not any(_names(error, name) for name in ("reasoning_effort", "reasoning.effort", "effort")):
        return None
    offered = [effort for effort in EFFORTS if re.search(rf"['\"`]{effort}['\"`]", error.words)]
    offered = [effort for effort in offered if effort != asked.reasoning_effort]
    if "none" in offered and "/responses" in error.words:
        effort = "none"
    elif offered and asked.reasoning_effort in EFFORTS:
        wanted = EFFORTS.index(asked.reasoning_effort)
        effort = min(offered, key=lambda one: abs(EFFORTS.index(one) - wanted))
    elif asked.reasoning_effort:
        effort = ""
    else:
        return None
    said = f"with reasoning effort {effort}" if effort else "without a reasoning effort"
    return asked.but(said, reasoning_effort=effort)


def _tool_choice(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """Some models cannot be made to call a tool, some servers only by being made to."""
    if not any(_names(error, name) for name in ("tool_choice", "tool choice", "toolchoice")):
        return None
    was_changed = any("tool choice" in change for change in asked.changes)
    if asked.tool_choice == "required":
        return asked.but("with tool choice auto", tool_choice="auto")
    if asked.tool_choice == "auto" and not was_changed:
        return asked.but("with tool choice required", tool_choice="required")
    if asked.tool_choice == "auto":
        return asked.but("without a tool choice", tool_choice=None)
    return None


def _limit(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """Another name for the longest answer, a smaller one, or none."""
    named = [name for name in (*LIMIT_NAMES, "max_output_tokens") if _names(error, name)]
    if asked.output_limit is None or not named:
        return None
    most = re.search(r"(?:at most|less than or equal to|<=|maximum (?:value|of|allowed)\D{0,30}?) *(\d+)", error.words)
    if most and int(most[1]) < asked.output_limit:
        return asked.but(f"with at most {most[1]} tokens of output", output_limit=int(most[1]))
    if REFUSED.search(error.words) and asked.limit_name in named and asked.limit_name == LIMIT_NAMES[0]:
        return asked.but(f"with {LIMIT_NAMES[1]} for the output's limit", limit_name=LIMIT_NAMES[1])
    return asked.but("without a limit of output", output_limit=None)


def _streaming(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """Some endpoints do not stream where there are tools."""
    is_about_it = error.parameter == "stream" or _names(error, "stream") or _names(error, "streaming")
    if not asked.streams or not is_about_it or _names(error, "stream_options") or not REFUSED.search(error.words):
        return None
    return asked.but("without streaming", streams=False)


def _fields(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """What a model said beside its words, where the endpoint does not take it back; and parameters of ours."""
    if not REFUSED.search(error.words) or DEMANDED.search(error.words):
        return None
    ours = (*SENT_BACK, *ASKED_WITH)
    found = frozenset(name for name in ours if name not in asked.left_out and _names(error, name))
    return asked.but(f"without {', '.join(sorted(found))}", left_out=asked.left_out | found) if found else None


def _parameters(asked: Dialect, error: ErrorAnswer, options: ModelOptions) -> Dialect | None:
    """Parameters that the settings add."""
    found = [name for name in asked.parameters if _names(error, name)]
    if not found or not (error.parameter or REFUSED.search(error.words)):
        return None
    kept = {name: value for name, value in asked.parameters.items() if name not in found}
    return asked.but(f"without {', '.join(sorted(found))}", parameters=kept)


CHANGES: tuple[Change, ...] = (_api, _effort, _tool_choice, _limit, _fields, _streaming, _parameters)
"""What can be changed, in the order in which it is tried."""
