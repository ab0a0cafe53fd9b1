"""Tool calls out of fragments: one state machine for every dialect.

A fragment may name a key (the dialect's index or block number), an id, a tool name and a piece of
the arguments. Empty strings and ``"null"`` count as absent. Which call a fragment belongs to:

| key    | id      | name  | belongs to                                                  |
|--------|---------|-------|-------------------------------------------------------------|
| known  | same, - | any   | the call at that key (a repeated name is no news)           |
| known  | other   | any   | a new call, unless there is no name and the arguments so    |
|        |         |       | far are not whole (gateways that change ids amid a call)    |
| known  | -       | given | a new call if the arguments so far are whole                |
| new    | any     | any   | a new call                                                  |
| -      | known   | any   | the call with that id                                       |
| -      | new     | any   | a new call                                                  |
| -      | -       | given | a new call                                                  |
| -      | -       | -     | the call before (several in one frame: one each of the last so many) |

Keys are sparse and belong to one candidate. A call is announced (`ToolCallStarted`) when its name
is known and its id is, or arguments come, or it ends: an id that comes late is still the
provider's; where none came one is made up. Two calls never share an id. Arguments: text is
appended; an object becomes JSON; null is nothing. An ``input`` given with the start, and a first
piece ``{}``, are held back and count only if nothing follows. A call ends when the dialect says
so, else with the finish reason or the stream: never because its arguments look whole. Cut off by
a length limit or an end without a finish, it is incomplete. Without a name it is no call.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from ailib.assemble.by_path import PathArguments
from ailib.types import (
    PartialToolCall,
    StreamingEvent,
    ToolCall,
    ToolCallEnded,
    ToolCallStarted,
    ToolUseBlock,
)


def new_id() -> str:
    """An id for a call that came without one. (The module uuid takes long to import.)"""
    return f"call_{os.urandom(12).hex()}"


@dataclass(slots=True)
class Call:
    """One call while it grows."""

    index: int
    id: str | None = None
    name: str | None = None
    parts: list[str] = field(default_factory=list)
    held: str = ""
    signature: str | None = None
    started: bool = False
    ended: bool = False
    cut: bool = False

    @property
    def text(self) -> str:
        """The arguments so far."""
        return "".join(self.parts)

    def built(self) -> ToolCall:
        """The call as a value; one that has not ended is incomplete."""
        whole = self.ended and not self.cut
        return ToolCall(
            self.id or "",
            self.name or "",
            self.text or self.held,
            self.index,
            whole,
            self.signature,
        )

    def block(self) -> ToolUseBlock:
        """The call as a content block of the next turn."""
        call = self.built()
        return ToolUseBlock(call.id, call.name, call.arguments, call.signature)


class ToolCalls:
    """All calls of one candidate."""

    def __init__(self, *, append_names: bool = False) -> None:
        self.calls: list[Call] = []
        self._by_key: dict[Any, Call] = {}
        self._by_id: dict[str, Call] = {}
        self._started = 0
        self._append_names = append_names
        self._by_path: tuple[Call, PathArguments] | None = None

    @property
    def named(self) -> list[Call]:
        """The calls that have a name: fragments that belong to none are no call."""
        return [call for call in self.calls if call.name is not None]

    def at_paths(
        self,
        out: list[StreamingEvent],
        *,
        id: Any = None,  # noqa: A002 - the wire's word
        name: Any = None,
        signature: Any = None,
        values: Any = None,
        goes_on: bool = False,
    ) -> Call | None:
        """Takes one frame of a call whose arguments come as values at paths."""
        tool = _clean(name)
        if self._by_path is not None and tool:
            self._end(self._by_path[0], out)
            self._by_path = None
        if self._by_path is None:
            if not tool:
                return None
            self._by_path = self._new(None), PathArguments()
            call_id = _clean(id)
            if call_id:
                self._name(self._by_path[0], call_id)
            self._by_path[0].name = tool
        call, arguments = self._by_path
        arguments.add(values if isinstance(values, list) else ())
        call.held = arguments.json()
        call.signature = signature if isinstance(signature, str) else call.signature
        self._start(call, out)
        if not goes_on:
            self._end(call, out)
            self._by_path = None
        return call

    @property
    def fills_paths(self) -> bool:
        """Whether a call whose arguments come at paths is open."""
        return self._by_path is not None

    def fragment(
        self,
        out: list[StreamingEvent],
        *,
        key: Any = None,
        id: Any = None,  # noqa: A002 - the wire's word
        name: Any = None,
        arguments: Any = None,
        input: Any = None,  # noqa: A002 - the wire's word
        signature: Any = None,
        whole: bool = False,
        back: int = 1,
    ) -> Call | None:
        """Takes one fragment, appends its events to ``out``, returns the call it made or grew.

        ``whole`` says that it is a call of its own, complete; ``back`` which of the calls before,
        counted from the last, a fragment means that names none.
        """
        call_id, tool, text = _clean(id), _clean(name), _text(arguments)
        call = None if whole else self._find(key, call_id, tool, back)
        if call is None:
            if not (call_id or tool or text or input):
                return None
            call = self._new(key)
        if call_id and not call.started:
            self._name(call, call_id)
        if tool and (call.name is None or (self._append_names and not call.started)):
            call.name = (call.name or "") + tool
        if isinstance(signature, str) and signature:
            call.signature = signature
        if input:
            call.held = _text(input)
        self._grow(call, text, out)
        if whole:
            self._end(call, out)
        return call

    def end(self, key: Any, out: list[StreamingEvent]) -> None:
        """The dialect says that the call at ``key`` is whole; without a key, the last one."""
        call = self._by_key.get(key) if key is not None else next(iter(self.calls[-1:]), None)
        if call is not None:
            self._end(call, out)

    def end_all(self, out: list[StreamingEvent], *, cut: bool = False) -> None:
        """Ends what is open; ``cut``: a limit cut the answer off."""
        for call in self.calls:
            if not call.ended:
                call.cut = cut and not (call.text or call.held)
                self._end(call, out)

    def _find(self, key: Any, call_id: str | None, tool: str | None, back: int) -> Call | None:
        if key is None:
            if call_id:
                return self._by_id.get(call_id)
            return None if tool else next(iter(self.calls[-back:]), None)
        call = self._by_key.get(key)
        if call is None or call.ended:
            return None
        other = call_id is not None and call.id is not None and call_id != call.id
        if other and (tool or _is_whole(call)):
            return None
        if not call_id and tool and call.name and _is_whole(call):
            return None
        return call

    def _new(self, key: Any) -> Call:
        call = Call(len(self.calls))
        self.calls.append(call)
        if key is not None:
            self._by_key[key] = call
        return call

    def _name(self, call: Call, wanted: str) -> None:
        """Gives a call its id; one that another call has gets a number behind it."""
        if self._by_id.get(wanted) is call:
            return
        number, name = 2, wanted
        while name in self._by_id:
            name, number = f"{wanted}_{number}", number + 1
        call.id = name
        self._by_id[name] = call

    def _grow(self, call: Call, text: str, out: list[StreamingEvent]) -> None:
        if text == "{}" and not call.parts:
            call.held, text = "{}", ""
        if text or (call.id and not self._append_names):
            self._start(call, out)
        if text and call.started:
            self._say(call, text, out)
        elif text:
            call.parts.append(text)

    def _start(self, call: Call, out: list[StreamingEvent]) -> None:
        if call.started or call.name is None:
            return
        call.index = self._started
        self._started += 1
        call.started = True
        if call.id is None:
            self._name(call, new_id())
        out.append(ToolCallStarted(call.id or "", call.name, call.index))
        waiting, call.parts = call.text, []
        if waiting:
            self._say(call, waiting, out)

    def _say(self, call: Call, text: str, out: list[StreamingEvent]) -> None:
        call.parts.append(text)
        out.append(PartialToolCall(call.id or "", text, call.index))

    def _end(self, call: Call, out: list[StreamingEvent]) -> None:
        if call.ended:
            return
        call.ended = True
        if call.name is None:
            return
        self._start(call, out)
        if not call.parts and call.held:
            self._say(call, call.held, out)
        complete = call.built().is_complete
        out.append(ToolCallEnded(call.id or "", call.index, complete))


def _clean(value: Any) -> str | None:
    """A name or id that says something."""
    if value is None or isinstance(value, dict | list):
        return None
    text = str(value)
    return text if text.strip() and text not in ("null", "None") else None


def _text(arguments: Any) -> str:
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))


def _is_whole(call: Call) -> bool:
    """Whether the arguments so far are one JSON object."""
    try:
        return isinstance(json.loads(call.text or call.held, strict=False), dict)
    except (ValueError, RecursionError):
        return False
