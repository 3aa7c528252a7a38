import type { EventModel, EventModelEntry } from '../model/event-model.js';
import { readCatalog } from '../pipeline.js';
import { seedOf } from '../sample/random.js';
import { createSampler } from '../sample/sampler.js';
import { Cache } from '../support/cache.js';
import { GeneratorError } from '../support/errors.js';
import { CompiledValidators } from '../validators/compile-validators.js';
import { createSchemaChecks } from '../validators/schema-checks.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption } from './command.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags {
  readonly seed?: number;
  readonly count?: number;
}

export const sample: Command<Flags> = {
  name: 'sample',
  summary: 'Print valid random data of an event.',
  arguments: [{ name: '<type>', description: 'the event type, or its key: approval.item.approved, ApprovalApproved' }],
  options: [
    {
      flags: '--seed <number>',
      description: 'the same seed gives the same data (default: made from the type)',
      isCount: true,
    },
    {
      flags: '--count <number>',
      description: 'number of samples, printed as one JSON document per line (default: 1, indented)',
      isCount: true,
    },
    catalogOption,
    allowRemoteOption,
  ],
  help: `Prints the payload (\`data\` of the envelope) as JSON. In tests, import it instead: every SDK has
\`import { sampleApprovalApproved } from '@hyvve-events/sdk/samples/approval'\`.

Examples:
  $ hyvve-events sample approval.item.approved
  $ hyvve-events sample ApprovalApproved --seed 7
  $ hyvve-events sample approval.item.approved --count 100 > load.jsonl`,
  async run(flags, { onStage }, wanted = '') {
    const settings = await readSettings(flags);
    onStage(`reading ${settings.catalog}`);
    const { model, placeOf } = await readCatalog(settings);
    const event = findEvent(model, wanted);
    const cache = new Cache();
    const { validatorOf } = createSchemaChecks(new CompiledValidators(model, cache));
    const { sample: draw } = createSampler(model, validatorOf, cache);
    const { seed = seedOf(event.type), count = 1 } = flags;
    const samples = Array.from({ length: count }, (_, index) => draw(event, seed + index));
    if (samples.includes(undefined)) {
      const message = `no valid data could be generated for ${event.type}`;
      const hint = 'add an example to the message: it is used if no data can be generated';
      throw new GeneratorError([
        { code: 'SAMPLE_IMPOSSIBLE', severity: 'error', ...placeOf(event.source), message, hint },
      ]);
    }
    const indent = flags.count === undefined ? 2 : undefined;
    return {
      exitCode: 0,
      problems: [],
      lines: samples.map((data) => JSON.stringify(data, undefined, indent)),
      data: { type: event.type, seed, samples },
    };
  },
};

function findEvent({ events }: EventModel, wanted: string): EventModelEntry {
  const found = events.find(({ type, key }) => type === wanted || key === wanted);
  if (found !== undefined) return found;
  const types = events.map(({ type }) => type);
  const similar = types.filter((type) => isSimilar(type, wanted));
  const list = (similar.length > 0 ? similar : types).slice(0, 6).join(', ');
  const hint = similar.length > 0 ? `similar event types: ${list}` : `some of its event types: ${list}`;
  const at = { severity: 'error', file: 'hyvve-events sample', line: 1, column: 1 } as const;
  throw new GeneratorError([{ ...at, code: 'USAGE', message: `the catalog has no event ${wanted}`, hint }]);
}

function isSimilar(type: string, wanted: string): boolean {
  const words = wanted
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 2);
  return words.some((word) => type.toLowerCase().includes(word));
}
