import type { EventModel, EventModelEntry, JsonValue, OlderVersionModel } from '../model/event-model.js';
import type { UpcasterFile } from '../model/upcaster-file.js';
import { seedOf } from '../sample/random.js';
import { createSampler, type Sampler } from '../sample/sampler.js';
import type { SourceLocation } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';
import type { SchemaChecks } from '../validators/schema-checks.js';
import { applySteps } from './apply-steps.js';
import { type LoadedUpcasters, loadUpcasters, typeModules } from './load-upcasters.js';

export interface ConversionOptions {
  readonly model: EventModel;
  readonly checks: Pick<SchemaChecks, 'validatorOf'>;
  readonly upcasters: readonly UpcasterFile[];
  readonly placeOf: (source: EventModelEntry['source'], pointer?: string) => SourceLocation;
  readonly cache: Cache;
  /** Number of samples of each older version. */
  readonly samples: number;
  /**
   * Severity of a written conversion that is unfinished or wrong. A warning lets `generate` write the types that its author needs.
   */
  readonly written: Problem['severity'];
}

/** Converts samples of every older version along its steps, and validates each result strictly. */
export async function checkConversions(options: ConversionOptions): Promise<Problem[]> {
  const { model, upcasters, checks, cache } = options;
  const events = model.events.filter(({ older }) => older !== undefined);
  if (events.length === 0) return [];
  const coded = new Set(
    events.filter(({ older = [] }) => older.some(({ upcast }) => upcast === 'code')).map(({ domain }) => domain),
  );
  const modules = typeModules(model.domains.map(({ fileName }) => fileName));
  const loaded = new Map<string, LoadedUpcasters>();
  for (const file of upcasters.filter(({ domain }) => coded.has(domain.name))) {
    loaded.set(file.domain.name, await loadUpcasters(file, modules));
  }
  const sampler = createSampler(model, checks.validatorOf, cache);
  const found = events.flatMap((event) =>
    new EventConversions(event, loaded.get(event.domain), sampler, options).check(),
  );
  return [...[...loaded.values()].flatMap(({ problems }) => problems), ...found];
}

/** What is wrong with a step. */
interface Failure {
  readonly code: 'UPCASTER_MISSING' | 'UPCAST_UNSOUND';
  readonly version: OlderVersionModel;
  readonly why: string;
}

class EventConversions {
  readonly #event: EventModelEntry;
  readonly #upcasters: LoadedUpcasters | undefined;
  readonly #sampler: Sampler;
  readonly #options: ConversionOptions;

  constructor(
    event: EventModelEntry,
    upcasters: LoadedUpcasters | undefined,
    sampler: Sampler,
    options: ConversionOptions,
  ) {
    this.#event = event;
    this.#upcasters = upcasters;
    this.#sampler = sampler;
    this.#options = options;
  }

  check(): Problem[] {
    const { older = [], type } = this.#event;
    const needsFile = older.some(({ upcast }) => upcast === 'code');
    // Another problem says why the file cannot be used.
    if (needsFile && this.#upcasters?.problems.length !== 0) return [];
    const failed = new Map<string, Problem>();
    // The newest first: a step that is wrong by itself is reported with a sample of its own version.
    for (const [index, version] of [...older.entries()].reverse()) {
      for (let number = 0; number < this.#options.samples; number += 1) {
        const { payload } = version;
        const sample = this.#sampler.sample(
          { type, payload, examples: [] },
          seedOf(`${type}@${version.major}`) + number,
        );
        if (sample === undefined) break;
        const failure = this.#convert(sample, older.slice(index));
        if (failure === undefined) continue;
        if (!failed.has(failure.version.step))
          failed.set(failure.version.step, this.#problem(failure, version, sample));
        break;
      }
    }
    return [...failed.values()];
  }

  /** Converts data along the steps. @returns The first step that fails */
  #convert(sample: JsonValue, steps: readonly OlderVersionModel[]): Failure | undefined {
    let data: unknown = sample;
    for (const version of steps) {
      const result = this.#step(version, data);
      if ('code' in result) return { code: result.code, why: result.why, version };
      data = result.data;
      const validate = this.#options.checks.validatorOf(version.next);
      if (validate === undefined || validate(data)) continue;
      const [error] = validate.errors ?? [];
      const why = `its result is not valid: ${error?.instancePath === '' ? 'data' : (error?.instancePath ?? 'data')} ${error?.message ?? ''}`;
      return { code: 'UPCAST_UNSOUND', version, why };
    }
    return undefined;
  }

  #step(
    { derived, step, upcast, version }: OlderVersionModel,
    data: unknown,
  ): { data: unknown } | Omit<Failure, 'version'> {
    if (upcast === 'same') return { data };
    if (derived !== undefined) return { data: applySteps(derived, data as JsonValue) };
    const convert = this.#upcasters?.stepOf(this.#event.key, step);
    if (convert === undefined) {
      return { code: 'UPCASTER_MISSING', why: `the file has no function ${this.#event.key}.${step}` };
    }
    try {
      const result = convert(structuredClone(data), this.#context(version));
      if (result instanceof Promise) {
        result.catch(() => undefined);
        return { code: 'UPCAST_UNSOUND', why: 'it returns a promise, and must be synchronous' };
      }
      return { data: result };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (error instanceof ReferenceError && text.startsWith('TODO ')) {
        return { code: 'UPCASTER_MISSING', why: `its function ${this.#event.key}.${step} is not finished (TODO)` };
      }
      return { code: 'UPCAST_UNSOUND', why: `it throws: ${text}` };
    }
  }

  /** The envelope of a sample, without its data. */
  #context(version: string): object {
    const id = 'a'.padEnd(24, '0');
    const { type } = this.#event;
    return { id, type, version, source: 'sample', timestamp: sampleTime, correlationId: id, tenantId: 'sample' };
  }

  #problem(
    { code, version: { step, upcast, version }, why }: Failure,
    from: OlderVersionModel,
    sample: JsonValue,
  ): Problem {
    const { placeOf, written, upcasters } = this.#options;
    const { type, key, source, domain } = this.#event;
    const isWritten = upcast === 'code';
    const file = upcasters.find((each) => each.domain.name === domain);
    const place = isWritten && file !== undefined ? placeOfStep(file, key, step) : placeOf(source, '/x-upcast');
    const message = `${type}: ${step} (${upcast}) fails for data of ${from.version}: ${why}; sample: ${shortened(sample)}`;
    const missing = `${type} is ${this.#event.version}, and entries of ${version} may be alive: ${why}`;
    const verb = code === 'UPCASTER_MISSING' ? 'complete' : 'correct';
    const hint = isWritten ? `${verb} ${step} in ${file?.file}` : 'write `x-upcast: code` and the function';
    const severity = isWritten ? written : 'error';
    return { code, severity, ...place, message: code === 'UPCASTER_MISSING' ? missing : message, hint };
  }
}

const sampleTime = '2026-01-01T00:00:00.000Z';

const longestSample = 400;

function shortened(sample: JsonValue): string {
  const text = JSON.stringify(sample);
  return text.length > longestSample ? `${text.slice(0, longestSample)}…` : text;
}

/** The line of a step in its file, found by the names of event and step. */
function placeOfStep({ file, text }: UpcasterFile, key: string, step: string): SourceLocation {
  const event = text.search(new RegExp(`(?<![\\w$])${key}['"]?\\s*:`, 'u'));
  const at = event < 0 ? -1 : text.indexOf(step, event);
  const before = text.slice(0, Math.max(at, event, 0)).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
