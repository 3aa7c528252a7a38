import { readFileSync } from 'node:fs';
import { withPackageVersion } from '../config/package-version.js';
import type { EventModelEntry } from '../model/event-model.js';
import { editYaml } from '../source/edit-yaml.js';
import { keysOf } from '../source/json-pointer.js';
import { GeneratorError } from '../support/errors.js';
import { compareVersions } from '../support/versions.js';
import type { RaisedVersion, ReleasePlan } from './plan-release.js';

/** A file with its new text. */
export interface EditedFile {
  readonly file: string;
  readonly text: string;
  /** What changed, for people: `order.order.placed 1.0.0 → 1.1.0`. */
  readonly what: readonly string[];
}

export interface RaiseOptions {
  /** The catalog's root document. */
  readonly catalog: string;
  /** The config file with the version of the package; undefined if the SDK is not a package. */
  readonly config: string | undefined;
  readonly events: readonly EventModelEntry[];
}

/**
 * The files of a catalog with the versions of a release: events, `info.version`, and the version of the package. Files that need
 * no change are left out. Nothing is written.
 * @throws GeneratorError `EDIT_IMPOSSIBLE`
 */
export function raiseVersions(plan: ReleasePlan, { catalog, config, events }: RaiseOptions): EditedFile[] {
  const edited = new Map<string, { text: string; readonly what: string[] }>();
  const edit = (file: string, what: string, change: (text: string) => string) => {
    if (/^https?:/.test(file)) throw isRemote(file, what);
    const known = edited.get(file) ?? { text: readFileSync(file, 'utf8'), what: [] };
    known.text = change(known.text);
    known.what.push(what);
    edited.set(file, known);
  };
  for (const { types, file, pointer, raised } of raisedMessages(plan, events)) {
    const keys = [...keysOf(pointer), 'x-event-version'];
    edit(file, `${types.join(', ')} ${raised.from} → ${raised.to}`, (text) =>
      editYaml(file, text, { keys, value: raised.to, after: ['description', 'summary', 'title', 'name'] }),
    );
  }
  if (plan.catalog.from !== plan.catalog.to) {
    edit(catalog, `info.version ${plan.catalog.from} → ${plan.catalog.to}`, (text) =>
      editYaml(catalog, text, { keys: ['info', 'version'], value: plan.catalog.to }),
    );
  }
  const raised = plan.package;
  if (config !== undefined && raised !== undefined && raised.from !== raised.to) {
    edit(config, `package.version ${raised.from} → ${raised.to}`, (text) =>
      config.endsWith('.json')
        ? editYaml(config, text, { keys: ['package', 'version'], value: raised.to })
        : withPackageVersion(config, text, raised.from, raised.to),
    );
  }
  return [...edited].map(([file, { text, what }]) => ({ file, text, what }));
}

function isRemote(file: string, what: string): GeneratorError {
  const message = `${what} cannot be written: the file is on another host`;
  const hint = 'raise the version there, then run the command again';
  return new GeneratorError([{ code: 'EDIT_IMPOSSIBLE', severity: 'error', file, line: 1, column: 1, message, hint }]);
}

interface RaisedMessage {
  readonly types: readonly string[];
  readonly file: string;
  readonly pointer: string;
  readonly raised: RaisedVersion;
}

/** The messages whose version rises. Several events may have one message: it gets the highest of their versions. */
function raisedMessages(plan: ReleasePlan, events: readonly EventModelEntry[]): RaisedMessage[] {
  const found = new Map<string, RaisedMessage>();
  for (const { type, source } of events) {
    const raised = plan.events.get(type);
    if (raised === undefined) continue;
    const place = `${source.file}#${source.pointer}`;
    const known = found.get(place);
    const highest = known !== undefined && compareVersions(known.raised.to, raised.to) > 0 ? known.raised : raised;
    found.set(place, {
      types: [...(known?.types ?? []), type],
      file: source.file,
      pointer: source.pointer,
      raised: highest,
    });
  }
  return [...found.values()];
}
