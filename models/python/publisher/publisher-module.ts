/** Publishes events: `publisher.py`, without its header. */
export const publisherModule = String.raw`"""Publishes events to the Redis stream from which the services read them.

Needs the packages redis and jsonschema.
"""

from __future__ import annotations

import inspect
import json
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel
from typing_extensions import TypedDict, Unpack

from ._schemas import EVENTS, TENANT_REQUIRED, USER_REQUIRED

if TYPE_CHECKING:
    from redis import Redis

__all__ = [
    "Context",
    "PublishError",
    "Published",
    "Publisher",
    "Violation",
]

DAY_MS = 24 * 60 * 60 * 1000

# Longest time of a publish while the number of partitions changes, in seconds.
DEADLINE = 10

# Writes an event unless its idempotency key is known, and if the partition has no later
# epoch. The same as publish.lua of the runtime.
_PUBLISH = """
local known = KEYS[3] and redis.call('GET', KEYS[3])
if known then return known end
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if epoch ~= ARGV[1] then
  if epoch and tonumber(epoch) > tonumber(ARGV[1]) then
    return redis.error_reply('EPOCH the partition map has changed; its epoch is ' .. epoch)
  end
  local fence, info = '0-0', redis.call('EXISTS', KEYS[1]) == 1 and redis.call('XINFO', 'STREAM', KEYS[1]) or {}
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then fence = info[i + 1] end end
  redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'count', ARGV[2], 'fence', fence)
end
local id = redis.call('XADD', KEYS[1], '*', 'e', ARGV[3])
if KEYS[3] then redis.call('SET', KEYS[3], '=' .. ARGV[4] .. '@' .. id, 'PX', ARGV[5]) end
return '=@' .. id
"""


class Context(TypedDict, total=False):
    """What a publish sets besides the data."""

    tenant_id: str
    """The tenant that the event belongs to."""

    user_id: str
    """The user on whose behalf the event is published."""

    correlation_id: str
    """Joins all events that go back to one cause. Default: the id of the event."""

    causation_id: str
    """Id of the event that caused this one."""

    traceparent: str
    """W3C trace context of the publisher."""

    key: str
    """Ordering key of an event whose type has no ${'`'}x-ordering-key${'`'} in the catalog."""

    idempotency_key: str
    """A second publish of the tenant with this key is not written. For an event with
    ${'`'}x-partition-by: ordering-key${'`'}: of the tenant and ordering key."""

    idempotency_ttl_ms: int
    """How long the key is remembered, in milliseconds. Default: 24 hours."""


@dataclass(frozen=True)
class Published:
    """An event in the stream."""

    id: str
    """Id of the event."""

    stream_id: str
    """Id of its entry in the stream."""

    duplicate: bool
    """Whether an earlier publish with the same idempotency key wrote it."""


@dataclass(frozen=True)
class Violation:
    """One place where the data breaks its schema."""

    path: str
    """Such as ${'`'}$.lines[0].price${'`'}."""

    message: str
    """Such as ${'`'}must be <= 1${'`'}. It does not contain the value."""


class PublishError(Exception):
    """The event was refused, and nothing was written. Errors of Redis are those of
    redis-py: after a lost connection, it is not known whether the event was written.
    """

    def __init__(
        self, code: str, message: str, violations: list[Violation] | None = None
    ) -> None:
        super().__init__(f"[{code}] {message}")
        self.code = code
        """VALIDATION_FAILED, CONTEXT_INVALID, PAYLOAD_TOO_LARGE, CONFIG_INVALID, or
        UNAVAILABLE: there is no partition map, or it is being changed."""
        self.violations = violations or []
        """With VALIDATION_FAILED: the first places that break the schema."""


@dataclass(frozen=True)
class _Map:
    """The partition map."""

    epoch: str
    count: int
    growths: list[tuple[int, int]]
    """The number of partitions after each growth, and when it ended (Redis ms)."""


class Publisher:
    """Publishes events in the name of one service. It can be used by several threads if
    the client can, which that of redis-py is.

    Args:
        redis: A synchronous client of redis-py. If it sends commands again by itself, as
            it does by default from version 6, an event without an idempotency key can be
            in the stream twice, with the same id.
        source: Name of the service.
        prefix: Prefix of the keys in Redis. The same as in all other services.
        max_event_bytes: Largest size of an event. The same as in all other services.
        context: Defaults of every publish.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        source: str,
        prefix: str = "hyvve",
        max_event_bytes: int = 1024 * 1024,
        **context: Unpack[Context],
    ) -> None:
        command = getattr(redis, "execute_command", None)
        if command is None or inspect.iscoroutinefunction(command):
            raise PublishError(
                "CONFIG_INVALID", "redis is not a synchronous client of redis-py"
            )
        if hasattr(redis, "command_stack"):
            raise PublishError("CONFIG_INVALID", "redis is a pipeline, not a client")
        if not _is_name(source):
            raise PublishError(
                "CONFIG_INVALID", "source is not a text of 1 to 1000 whole characters"
            )
        if re.fullmatch(r"[^\s{}\x00-\x1f\x7f-\x9f]{1,100}", prefix) is None:
            raise PublishError(
                "CONFIG_INVALID",
                "prefix is not a text of 1 to 100 characters without spaces and braces",
            )
        self._redis = redis
        self._source = source
        self._prefix = prefix
        self._max_event_bytes = max_event_bytes
        self._context = context
        self._map: _Map | None = None

    def with_context(self, **context: Unpack[Context]) -> Publisher:
        """A publisher with other defaults for every publish."""
        merged: Context = {**self._context, **context}
        return Publisher(
            self._redis,
            source=self._source,
            prefix=self._prefix,
            max_event_bytes=self._max_event_bytes,
            **merged,
        )

    def publish(self, type: str, data: Any, **context: Unpack[Context]) -> Published:
        """Publishes one event of the catalog. The functions of the modules call it.

        Raises:
            PublishError: The data or the context is not valid; nothing was written.
        """
        from ._validation import valid_data

        event = EVENTS.get(type)
        if event is None:
            raise PublishError("CONFIG_INVALID", f"the catalog has no event {type}")
        known = set(Context.__annotations__)
        given = {**self._context, **context}
        for name in given:
            if name not in known:
                raise PublishError("CONTEXT_INVALID", f"{type}: {name} is not known")
        set_values: dict[str, Any] = {
            name: value for name, value in given.items() if value is not None
        }
        ttl_ms = set_values.pop("idempotency_ttl_ms", DAY_MS)
        names = _checked(type, set_values)
        if not _is_duration(ttl_ms):
            raise PublishError(
                "CONTEXT_INVALID",
                f"{type}: idempotency_ttl_ms is not a positive whole number",
            )
        value = _plain(type, data)
        value, violations = valid_data(event["payload"], value)
        if violations:
            listed = "; ".join(f"{each.path} {each.message}" for each in violations[:5])
            raise PublishError(
                "VALIDATION_FAILED",
                f"{type}: the data breaks its schema: {listed}",
                violations,
            )
        key = _ordering_key(type, event, names, value)
        if key is not None:
            names["key"] = key
        now_ms = time.time_ns() // 1_000_000
        event_id = _new_event_id(now_ms)
        envelope = {
            "id": event_id,
            "type": type,
            "source": self._source,
            "timestamp": _timestamp(now_ms),
            "correlationId": names.get("correlation_id", event_id),
            "causationId": names.get("causation_id"),
            "tenantId": names["tenant_id"],
            "key": key,
            "userId": names.get("user_id"),
            "version": event["version"],
            "traceparent": names.get("traceparent"),
            "data": value,
        }
        optional = {"causationId", "key", "userId", "traceparent"}
        text = _json(
            type,
            {
                name: each
                for name, each in envelope.items()
                if each is not None or name not in optional
            },
        )
        if len(text) > self._max_event_bytes:
            raise PublishError(
                "PAYLOAD_TOO_LARGE",
                f"{type}: {len(text)} bytes, more than {self._max_event_bytes}",
            )
        tenant_id = names["tenant_id"]
        partition_key = tenant_id
        if key is not None and "partition_by" in event:
            partition_key = ordering_key_of(tenant_id, key)
        remembered = None
        if "idempotency_key" in names:
            kind = "tenant" if partition_key == tenant_id else "ordering"
            scope = quote(partition_key, safe="!~*'()")
            remembered = f"idempotency:{kind}:{scope}:{names['idempotency_key']}"
        return self._write(event_id, text, partition_key, remembered, ttl_ms)

    def _write(
        self,
        event_id: str,
        text: bytes,
        partition_key: str,
        remembered: str | None,
        ttl_ms: int,
    ) -> Published:
        end = time.monotonic() + DEADLINE
        wait = 0.02
        while True:
            known = self._map or self._read_map()
            index = partition_of(partition_key, known.count)
            base = f"{{{self._prefix}:{index}}}"
            keys = [f"{base}:events", f"{base}:partition"]
            if remembered is not None:
                keys.append(f"{base}:{remembered}")
                earlier = self._before_growth(known, index, remembered, ttl_ms)
                if earlier is not None:
                    return _published(earlier, event_id)
            try:
                return self._write_in(keys, known, event_id, text, ttl_ms)
            except Exception as error:
                if not str(error).startswith("EPOCH "):
                    raise
                self._map = None
                if time.monotonic() + wait >= end:
                    raise PublishError("UNAVAILABLE", str(error)) from error
            if self._read_map().epoch == known.epoch:
                time.sleep(wait)
                wait = min(2 * wait, 0.25)

    def _before_growth(
        self, known: _Map, index: int, remembered: str, ttl_ms: int
    ) -> str | None:
        """What partitions remember that had the key before their number was doubled."""
        since = time.time_ns() // 1_000_000 - max(ttl_ms, DAY_MS) - 60_000
        for count, ended_ms in reversed(known.growths):
            half = count // 2
            if index < half or index >= count:
                continue
            index -= half
            if ended_ms < since:
                continue
            key = f"{{{self._prefix}:{index}}}:{remembered}"
            found = self._redis.execute_command("GET", key)
            if found is not None:
                return _text(found)
        return None

    def _read_map(self) -> _Map:
        key = f"{{{self._prefix}:map}}"
        fields = ("format", "epoch", "partitions", "growths")
        found = self._redis.execute_command("HMGET", key, *fields)
        if found[0] is None:
            message = f"there is no partition map {key}: start a service first"
            raise PublishError("UNAVAILABLE", message)
        version, epoch, count, growths = (_text(each or "") for each in found)
        if version != "2":
            message = f"the partition map {key} has the format {version}, not 2"
            raise PublishError("CONFIG_INVALID", message)
        self._map = _Map(
            epoch,
            int(count),
            [
                (int(size), int(ended_ms))
                for size, ended_ms in (each.split("@") for each in growths.split())
            ],
        )
        return self._map

    def _write_in(
        self, keys: list[str], known: _Map, event_id: str, text: bytes, ttl_ms: int
    ) -> Published:
        values = (known.epoch, known.count, text, event_id, ttl_ms)
        reply = self._redis.eval(_PUBLISH, len(keys), *keys, *values)
        return _published(_text(reply), event_id)


def _published(word: str, event_id: str) -> Published:
    first_id, stream_id = word[1:].rsplit("@", 1)
    # Its own id: redis-py lost the first reply, and sent the command again.
    is_duplicate = first_id not in ("", event_id)
    return Published(first_id or event_id, stream_id, is_duplicate)


def ordering_key_of(tenant_id: str, key: str) -> str:
    """A tenant and an ordering key as one text, which no other pair has."""
    parts = (tenant_id, key)
    return "\n".join(
        part.replace("%", "%25").replace("\n", "%0A") for part in parts
    )


def partition_of(key: str, count: int) -> int:
    """The partition of an event: murmur3 (32 bit, seed 0) of its partition key in UTF-8,
    modulo the number of partitions. The partition key is the tenant, or the tenant and
    the ordering key.
    """
    data = key.encode()
    tail = len(data) & ~3
    value = 0
    for at in range(0, tail, 4):
        value ^= _scramble(int.from_bytes(data[at : at + 4], "little"))
        value = (_rotate(value, 13) * 5 + 0xE6546B64) & 0xFFFFFFFF
    value ^= _scramble(int.from_bytes(data[tail:], "little")) ^ len(data)
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return (value ^ (value >> 16)) % count


def _scramble(block: int) -> int:
    return _rotate((block * 0xCC9E2D51) & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF


def _rotate(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (32 - bits))) & 0xFFFFFFFF


def _checked(type: str, values: dict[str, Any]) -> dict[str, str]:
    if not TENANT_REQUIRED:
        values.setdefault("tenant_id", "none")
    required = ["tenant_id", *(["user_id"] if USER_REQUIRED else [])]
    for name in required:
        if name not in values:
            raise PublishError("CONTEXT_INVALID", f"{type}: {name} is missing")
    for name, value in values.items():
        if not _is_name(value):
            raise PublishError(
                "CONTEXT_INVALID",
                f"{type}: {name} is not a text of 1 to 1000 whole characters",
            )
    return values


def _ordering_key(
    type: str, event: dict[str, str], names: dict[str, str], data: Any
) -> str | None:
    """The key of the data, or of the publish if the event's type has none."""
    pointer = event.get("ordering_key")
    if pointer is None:
        return names.get("key")
    if "key" in names:
        raise PublishError(
            "CONTEXT_INVALID",
            f"{type}: key must not be set: it is read from the data at {pointer}",
        )
    value = data
    for part in pointer.split("/")[1:]:
        value = value[part.replace("~1", "/").replace("~0", "~")]
    key = value if isinstance(value, str) else str(int(value))
    if not _is_name(key):
        raise PublishError(
            "CONTEXT_INVALID",
            f"{type}: the data at {pointer} is not a text of 1 to 1000 whole characters",
        )
    return key


def _is_name(value: Any) -> bool:
    if not isinstance(value, str) or value == "" or "\0" in value:
        return False
    try:
        return len(value.encode("utf-16-le")) // 2 <= 1000
    except UnicodeEncodeError:
        return False


def _is_duration(value: Any) -> bool:
    return type(value) is int and 0 < value <= 36_500 * DAY_MS


def _plain(type: str, value: Any) -> Any:
    """The value of models in JSON; without what was not set."""
    try:
        return _without_models(value)
    except (RecursionError, ValueError, TypeError) as error:
        raise _not_json(type, error) from error


def _without_models(value: Any) -> Any:
    if isinstance(value, BaseModel):
        # A warning would contain values.
        return value.model_dump(
            mode="json", by_alias=True, exclude_unset=True, warnings=False
        )
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a key is not a text")
        return {key: _without_models(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_models(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def _json(type: str, value: Any) -> bytes:
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return text.encode("utf-8")
    except (RecursionError, ValueError, TypeError) as error:
        raise _not_json(type, error) from error


def _not_json(type: str, error: Exception) -> PublishError:
    why = error.__class__.__name__
    return PublishError(
        "VALIDATION_FAILED", f"{type}: the data cannot be written as JSON: {why}"
    )


_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _new_event_id(now_ms: int) -> str:
    """An id that begins with its time, so that the event is found by it."""
    digits = ""
    while now_ms > 0:
        now_ms, digit = divmod(now_ms, 36)
        digits = _CHARACTERS[digit] + digits
    return f"e{digits:0>8}" + "".join(secrets.choice(_CHARACTERS) for _ in range(15))


def _timestamp(now_ms: int) -> str:
    seconds, ms = divmod(now_ms, 1000)
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms:03}Z"


def _text(reply: Any) -> str:
    return reply.decode() if isinstance(reply, bytes) else reply
`;
