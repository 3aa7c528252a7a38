import type { BuiltModel } from '../build/build-model.js';
import type { DescribedVersion } from '../build/collect-versions.js';
import type { EventModel, EventModelEntry, UpcastStep } from '../model/event-model.js';
import { isSchemaObject, propertyNames, propertySchema } from '../model/json-schema.js';
import { renamedFrom } from '../model/keywords.js';
import { pointerOf } from '../source/document-store.js';
import type { Problem, ProblemCode } from '../support/errors.js';
import { nearestWord } from '../support/nearest.js';
import { majorOf } from '../support/versions.js';
import { payloadSchema } from './derive-steps.js';
import type { FormerVersion, FormerVersions, VersionedPayload } from './former-versions.js';
import type { StepPlan } from './step-plan.js';

interface VersionWords {
  /** The known older majors, including retired ones. */
  readonly former: readonly FormerVersion[];
  readonly described: readonly DescribedVersion[];
  readonly history: FormerVersions;
}

/** Finds the problems of older versions and of their conversions. */
export class VersionProblems {
  readonly found: Problem[] = [];
  readonly #schemas: EventModel['schemas'];
  readonly #placeOf: BuiltModel['placeOf'];

  constructor({ model, placeOf }: Pick<BuiltModel, 'model' | 'placeOf'>) {
    this.#schemas = model.schemas;
    this.#placeOf = placeOf;
  }

  /** Checks `x-upcast` and `x-versions` of an event. */
  checkWords(event: EventModelEntry, { former, described, history }: VersionWords): void {
    const { type, version, source, upcast } = event;
    const present = majorOf(version);
    for (const { major, payload, retired, source: at } of described) {
      const invalid = (message: string, hint: string) => this.#add('VERSION_INVALID', at, '', message, hint);
      if (major >= present) {
        invalid(`${type} is ${version}, and ${major} is not an older major version`, 'remove the entry');
      } else if (payload !== undefined && history.has(type, major)) {
        invalid(`the history has a release of ${type} ${major}.x, so \`payload\` is not read`, 'remove `payload`');
      } else if (payload === undefined && retired === undefined && !history.has(type, major)) {
        const message = `\`x-versions\` names version ${major} of ${type}, and no release of it is in the history`;
        this.#add('VERSION_UNRELEASED', at, '', message, 'add its schema as `payload`, or remove the entry');
      }
    }
    const isRetired = (major: number) => described.some((each) => each.major === major && each.retired !== undefined);
    const lastRetired = Math.max(-1, ...described.filter((each) => isRetired(each.major)).map(({ major }) => major));
    const alive = former.find(({ major }) => major < lastRetired && !isRetired(major));
    if (alive !== undefined) {
      const message = `version ${lastRetired} of ${type} is retired, and the older version ${alive.version} is not`;
      this.#add('VERSION_INVALID', source, '/x-versions', message, 'retire the oldest version first');
    }
    if (upcast !== undefined && former.length === 0 && lastRetired < 0) {
      const message = `\`x-upcast\` says how data of a former major version of ${type} is converted, and no release of one is in the history`;
      const hint = `remove \`x-upcast\`${present === 0 ? '' : `; or ${releaseHint(present - 1)}`}`;
      this.#add('VERSION_UNRELEASED', source, '/x-upcast', message, hint);
    }
  }

  /** Checks the conversions of an event, from the oldest version to the present one. */
  checkSteps(event: EventModelEntry, plans: readonly StepPlan[], present: VersionedPayload): void {
    const { type, version, source } = event;
    for (const { version: from, next, missing, derivation, name, word } of plans) {
      if (missing === undefined) continue;
      const to = next?.version ?? version;
      const message = `${type} is ${to}, and entries of ${from.version} may be alive: ${missing}`;
      const derivable = derivation.obstacles.length === 0 ? derivation.steps : [];
      const table = derivable.length === 0 ? '' : `; derivable: ${derivable.map(stepText).join(', ')}`;
      const write = `write ${name} in upcasters/ (\`hyvve-events upcaster ${type}\`)`;
      const choose = `\`hyvve-events upcaster ${type}\` shows the steps and writes \`x-upcast\` or the function${table}`;
      const hint = next === undefined && word !== 'code' ? choose : write;
      this.#add('UPCASTER_MISSING', source, '/x-event-version', message, hint);
    }
    const last = plans.at(-1);
    if (last !== undefined) this.#checkRenames(event, last.version, present);
  }

  #checkRenames({ type, payload }: EventModelEntry, former: FormerVersion, present: VersionedPayload): void {
    const source = this.#schemas.find(({ name }) => name === payload)?.source;
    const [before, after] = [payloadSchema(former.payload), payloadSchema(present)];
    if (source === undefined || !isSchemaObject(before) || !isSchemaObject(after)) return;
    const known = propertyNames(before);
    for (const name of propertyNames(after)) {
      const property = propertySchema(after, name);
      const from = isSchemaObject(property) ? property[renamedFrom] : undefined;
      // The word may stay after the release in which the property was renamed.
      if (from === undefined || known.includes(name) || known.includes(String(from))) continue;
      const near = nearestWord(String(from), known);
      const message = `\`${renamedFrom}: ${String(from)}\` of ${name}: ${type} ${former.version} has no such property`;
      const hint = near === undefined ? `its properties are ${known.join(', ')}` : `write \`${renamedFrom}: ${near}\``;
      this.#add('RENAME_UNKNOWN', source, pointerOf(['properties', name, renamedFrom]), message, hint);
    }
  }

  #add(code: ProblemCode, source: EventModelEntry['source'], pointer: string, message: string, hint: string): void {
    this.found.push({ code, severity: 'error', ...this.#placeOf(source, pointer), message, hint });
  }
}

/** How a former version becomes known. */
export function releaseHint(major: number): string {
  return `run \`hyvve-events release\` on the catalog before this change, or describe the former schema: \`x-versions: { "${major}": { payload: … } }\`, or \`{ retired: <date> }\` if no event of it is stored`;
}

/** A derived step for people: `customer → customerName`. */
function stepText(step: UpcastStep): string {
  switch (step.do) {
    case 'keep':
      return step.default === undefined ? step.name : `${step.name} (otherwise ${JSON.stringify(step.default)})`;
    case 'rename':
      return `${step.from} → ${step.name}${step.default === undefined ? '' : ` (otherwise ${JSON.stringify(step.default)})`}`;
    case 'set':
      return `${step.name} = ${JSON.stringify(step.value)}`;
    case 'drop':
      return `${step.name} is dropped`;
  }
}
