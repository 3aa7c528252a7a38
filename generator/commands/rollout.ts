import { count } from '../report/count.js';
import { AdminClient, type AdminFlags } from '../rollout/admin-client.js';
import {
  type Finding,
  findParked,
  findPublishers,
  findReaders,
  isUnchanged,
  isUsed,
  linesOf,
  noVersions,
  type Role,
} from '../rollout/compatibility.js';
import type { Problem } from '../support/errors.js';
import { countProblems } from '../support/problems.js';
import { adminOptions } from './admin-flags.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption } from './command.js';
import { findEvent } from './event-source.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags, AdminFlags {
  readonly as?: Role;
}

export const rollout: Command<Flags> = {
  name: 'rollout',
  summary: 'Ask a running system whether the events of this working copy can be deployed now.',
  arguments: [{ name: '[type...]', description: 'event types or their keys (default: all events)' }],
  options: [
    ...adminOptions,
    {
      flags: '--as <role>',
      description: 'what is deployed: a consumer or a publisher (default: both)',
      choices: ['consumer', 'publisher'],
    },
    catalogOption,
    allowRemoteOption,
  ],
  help: `Compares each event's version with what running processes have registered, and prints who reads and who publishes it.
  as publisher   fails while a living group cannot read what would be published: deploy consumers first
  as consumer    fails while a running publisher writes a version that this one no longer reads: deploy it first
Warnings: a group reads an older minor version; events wait for a build that knows their version, such as after a rollback.

Exit codes: 0 it can be deployed, 1 it cannot, or the system cannot be asked, 2 wrong usage.

Examples:
  $ hyvve-events rollout --admin https://events.example.com
  $ hyvve-events rollout order.order.placed --as publisher --admin "$ADMIN" --format github     in CI, before the deployment`,
  ifFailed: 'whether it can be deployed is not known',
  async run(flags, { onStage }, ...wanted) {
    const client = new AdminClient('rollout', flags);
    const { loadCatalog } = await import('../pipeline.js');
    const { model, placeOf } = await loadCatalog({ ...(await readSettings(flags)), maxWarnings: undefined, onStage });
    const types = wanted.filter((word) => word !== undefined);
    const chosen =
      types.length === 0
        ? model.events.filter(({ reply }) => !reply)
        : types.map((type) => findEvent(model, type, 'rollout'));
    onStage('asking the admin service');
    const registry = await client.registry();
    const running = new Map(registry.events.map((event) => [event.type, event]));
    const problems: Problem[] = [];
    const lines: string[] = [];
    let unchanged = 0;
    let unused = 0;
    for (const event of chosen) {
      const versions = running.get(event.type) ?? noVersions(event.type);
      const found: Finding[] = [
        ...(flags.as === 'consumer' ? [] : findReaders(event, versions)),
        ...(flags.as === 'publisher' ? [] : findPublishers(event, versions)),
        ...findParked(event, versions),
      ];
      if (found.length === 0 && isUnchanged(event, versions)) {
        if (isUsed(versions)) unchanged += 1;
        else unused += 1;
        continue;
      }
      lines.push(...linesOf(event, versions));
      problems.push(...found.map((each) => ({ code: 'ROLLOUT_REFUSED' as const, ...placeOf(event.source), ...each })));
    }
    if (unchanged > 0) lines.push(`${count(unchanged, 'event')} with the version of all running processes`);
    if (unused > 0) lines.push(`${count(unused, 'event')} that no running process reads or publishes`);
    const { errors } = countProblems(problems);
    const role = flags.as === undefined ? '' : ` as ${flags.as}`;
    return {
      exitCode: errors === 0 ? 0 : 1,
      problems,
      lines: errors === 0 ? [...lines, `It can be deployed${role} now.`] : lines,
      ...(errors === 0 ? {} : { complaint: `\n${count(errors, 'reason')} not to deploy${role} now` }),
      data: {
        events: chosen.map(({ type, version }) => ({ version, ...(running.get(type) ?? noVersions(type)) })),
        unchanged,
        unused,
      },
    };
  },
};
