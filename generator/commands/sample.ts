import { seedOf } from '../sample/random.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption } from './command.js';
import { readEvents } from './event-source.js';
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
    const events = await readEvents(settings, 'sample');
    const event = events.find(wanted);
    const { seed = seedOf(event.type), count = 1 } = flags;
    const samples = Array.from({ length: count }, (_, index) => events.sample(event, seed + index));
    const indent = flags.count === undefined ? 2 : undefined;
    return {
      exitCode: 0,
      problems: [],
      lines: samples.map((data) => JSON.stringify(data, undefined, indent)),
      data: { type: event.type, seed, samples },
    };
  },
};
