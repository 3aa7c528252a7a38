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

/** For each line of \`{ folder, package, schema, data }\`: the paths of the violations. */
export const validateLines = `${head}
import importlib

for line in sys.stdin:
    each = json.loads(line)
    if each["folder"] not in sys.path:
        sys.path.insert(0, each["folder"])
    valid_data = importlib.import_module(f"{each['package']}._validation").valid_data
    _, violations = valid_data(each["schema"], each["data"])
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
