/** Begins every program: the packages of the system come last, because a version manager may have newer ones. */
const head = `
import json, sys
sys.path.insert(0, sys.argv[1])
sys.path.append("/usr/lib/python3/dist-packages")
`;

/** Runs the example of each event in \`models.json\` with another Redis, and prints the id of each event in a line. */
export const runExamples = `${head}
from redis import Redis

url = sys.argv[2]
with open(f"{sys.argv[1]}/models.json") as file:
    models = json.load(file)
for code in (event["publish"] for event in models["events"].values()):
    exec(code.replace("redis://127.0.0.1:6379", url), {})
`;

/** Publishes \`approval.item.approved\` with the context of each line, and prints the result, or the code of the error. */
export const publishLines = `${head}
from redis import Redis
from acme_events.approval import ApprovalDecisionPayload, publish_approval_approved
from acme_events.publisher import PublishError, Publisher

publisher = Publisher(Redis.from_url(sys.argv[2]), source="kiosk", **json.loads(sys.argv[3]))
for line in sys.stdin:
    each = json.loads(line)
    try:
        data = ApprovalDecisionPayload.model_validate(each["data"])
        done = publish_approval_approved(publisher, data, **each["context"])
        print(json.dumps({"id": done.id, "streamId": done.stream_id, "duplicate": done.duplicate}))
    except PublishError as error:
        found = [{"path": one.path, "message": one.message} for one in error.violations]
        print(json.dumps({"code": error.code, "message": str(error), "violations": found}))
`;

/** Prints the hash and the partition of 16 of the key in each line, which is a text, or a tenant and an ordering key. */
export const hashKeys = `${head}
from acme_events.publisher import ordering_key_of, partition_of

for line in sys.stdin:
    key = json.loads(line)
    if not isinstance(key, str):
        key = ordering_key_of(*key)
    print(json.dumps([partition_of(key, 2**32), partition_of(key, 16)]))
`;

/** Publishes the event, the data and the context of each line with the package that is named; prints the id, or the code of the error. */
export const publishAny = `${head}
import importlib
from redis import Redis

module = importlib.import_module(f"{sys.argv[3]}.publisher")
publisher = module.Publisher(Redis.from_url(sys.argv[2]), source="kiosk", tenant_id="acme")
for line in sys.stdin:
    type, data, context = json.loads(line)
    try:
        done = publisher.publish(type, data, **context)
        print(json.dumps({"id": done.id, "streamId": done.stream_id, "duplicate": done.duplicate}))
    except module.PublishError as error:
        print(json.dumps({"code": error.code, "message": str(error)}))
`;

/** Publishes the data of a line with several clients; prints whether each was a duplicate, or the code of its error. */
export const tryClients = `${head}
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from acme_events.approval import ApprovalDecisionPayload, publish_approval_approved
from acme_events.publisher import PublishError, Publisher


class Resending(Redis):
    def execute_command(self, *args, **options):
        super().execute_command(*args, **options)
        return super().execute_command(*args, **options)


url = sys.argv[2]
data = ApprovalDecisionPayload.model_validate(json.loads(sys.stdin.readline()))


def send(redis, key, **options):
    try:
        publisher = Publisher(redis, source="kiosk", **{"tenant_id": "clients", **options})
        return publish_approval_approved(publisher, data, idempotency_key=key).duplicate
    except PublishError as error:
        return error.code


def send_raw(value):
    try:
        Publisher(client, source="kiosk", tenant_id="clients").publish("approval.item.approved", value)
    except PublishError as error:
        return error.code


client = Redis.from_url(url, decode_responses=True)
deep = {}
for _ in range(100_000):
    deep = {"a": deep}
before = client.xlen("{hyvve:0}:events")
result = {
    "decoding": send(client, "one"),
    "again": send(client, "one"),
    "resent": send(Resending.from_url(url), "two"),
    "pipeline": send(client.pipeline(), "three"),
    "asyncio": send(AsyncRedis.from_url(url), "four"),
    "prefix": send(client, "five", prefix="{hyvve}"),
    "unknown": send(client, "six", tenant="acme"),
    "set": send_raw({**data.model_dump(mode="json", by_alias=True, exclude_unset=True), "title": {1}}),
    "nan": send_raw({"confidenceScore": float("nan")}),
    "huge": send_raw({"confidenceScore": 10**400}),
    "deep": send_raw(deep),
}
result["written"] = client.xlen("{hyvve:0}:events") - before
print(json.dumps(result))
`;

/** Prints the texts of the errors for a wrong value in the data of a line: as a model, as a changed model, and as a dictionary. */
export const wrongData = `${head}
from redis import Redis
from acme_events.approval import ApprovalDecisionPayload
from acme_events.publisher import Publisher

publisher = Publisher(Redis.from_url(sys.argv[2]), source="kiosk", tenant_id="acme")
good = json.loads(sys.stdin.readline())
wrong = {**good, "confidenceScore": "secret"}
changed = ApprovalDecisionPayload.model_validate(good)
changed.confidence_score = "secret"
texts = []
for attempt in (
    lambda: ApprovalDecisionPayload.model_validate(wrong),
    lambda: publisher.publish("approval.item.approved", changed),
    lambda: publisher.publish("approval.item.approved", wrong),
):
    try:
        attempt()
    except Exception as error:
        texts.append(str(error))
print(json.dumps(texts))
`;

/** For each line of `{ folder, package, schema, data }`, or with the data as the JSON in `text`: the paths of the violations. */
export const validateLines = `${head}
import importlib

for line in sys.stdin:
    each = json.loads(line)
    if each["folder"] not in sys.path:
        sys.path.insert(0, each["folder"])
    valid_data = importlib.import_module(f"{each['package']}._validation").valid_data
    data = json.loads(each["text"]) if "text" in each else each["data"]
    _, violations = valid_data(each["schema"], data)
    print(json.dumps([f"{one.path} {one.message}" for one in violations]))
`;

/** For each line of \`{ pattern, texts }\`: whether each text matches. */
export const matchLines = `${head}
import re

for line in sys.stdin:
    each = json.loads(line)
    print(json.dumps([re.search(each["pattern"], text) is not None for text in each["texts"]]))
`;

/** For each line of \`{ format, texts }\`: whether each text is of the format; null if the format is not checked. */
export const formatLines = `${head}
from acme_events._validation import _FORMATS

for line in sys.stdin:
    each = json.loads(line)
    holds = _FORMATS.get(each["format"])
    print(json.dumps(None if holds is None else [holds(text) for text in each["texts"]]))
`;
