import { type AnyEventDefinition, defineEvent, readKeyAt, type Validate } from '@hyvve-events/runtime/codegen';
import type { Config } from '../config/config.js';
import type { EventModelEntry } from '../model/event-model.js';
import { reportingBusErrors } from './bus-errors.js';
import { allowRemoteOption, type Command, type CommonFlags, catalogOption } from './command.js';
import { type EventSource, readEvents } from './event-source.js';
import { type DataFlags, dataOf } from './publish-data.js';
import { type RedisFlags, redisOptions, redisTarget } from './redis-flags.js';
import { readSettings, type SettingFlags } from './settings.js';

interface Flags extends CommonFlags, SettingFlags, RedisFlags, DataFlags {
  readonly tenant?: string;
  readonly user?: string;
  readonly service?: string;
}

export const publish: Command<Flags> = {
  name: 'publish',
  summary: 'Publish an event, to try a handler without writing a publisher.',
  arguments: [{ name: '<type>', description: 'the event type, or its key: order.order.placed, OrderPlaced' }],
  options: [
    { flags: '--data <file>', description: 'publish the JSON of a file; - is the standard input' },
    { flags: '--example <name>', description: 'publish an example of the catalog (default: the first one)' },
    {
      flags: '--seed <number>',
      description: 'publish generated data; the same seed gives the same data',
      isCount: true,
    },
    { flags: '--tenant <id>', description: 'the tenant of the event (default: dev)' },
    { flags: '--user <id>', description: 'the user on whose behalf it is published' },
    { flags: '--service <name>', description: 'the source of the event (default: hyvve-events-cli)' },
    ...redisOptions,
    catalogOption,
    allowRemoteOption,
  ],
  help: `The data is validated first, as in a service. Without --data, --example and --seed: the first example of the catalog, otherwise
generated data.

Examples:
  $ hyvve-events publish order.order.placed
  $ hyvve-events publish OrderPlaced --seed 7 --tenant acme
  $ hyvve-events sample OrderPlaced > order.json      edit the file, then
  $ hyvve-events publish OrderPlaced --data order.json`,
  ifFailed: 'nothing was published',
  async run(flags, { onStage }, wanted = '') {
    const settings = await readSettings(flags);
    onStage(`reading ${settings.catalog}`);
    const events = await readEvents(settings, 'publish');
    const event = events.find(wanted);
    const { data, origin } = await dataOf(flags, event, events);
    onStage('publishing');
    const { tenant: tenantId = 'dev', user: userId, service = 'hyvve-events-cli' } = flags;
    const context = userId === undefined ? { tenantId } : { tenantId, userId };
    const { id, streamId } = await reportingBusErrors('publish', async () => {
      const { createEventBus } = await import('@hyvve-events/runtime');
      const bus = createEventBus({ ...redisTarget(flags), service });
      try {
        return await bus.publish(definitionOf(event, events, settings), data, context);
      } finally {
        await bus.close();
      }
    });
    return {
      exitCode: 0,
      problems: [],
      lines: [`published ${event.type} for tenant ${tenantId}, data: ${origin}`, `  event ${id}, entry ${streamId}`],
      data: { type: event.type, tenantId, id, streamId, data },
    };
  },
};

/** The definition that the SDK has for an event. */
function definitionOf(event: EventModelEntry, events: EventSource, { envelope }: Config): AnyEventDefinition {
  const { type, key, version, domain, orderingKey, partitionBy } = event;
  const check = events.checkOf(event) ?? Object.assign(() => true, { errors: null });
  const definition = {
    type,
    key,
    version,
    domain,
    validate: check as Validate<unknown>,
    ...(orderingKey === undefined ? undefined : { orderingKey: readKeyAt(orderingKey), orderingKeyAt: orderingKey }),
    ...(partitionBy === undefined ? undefined : { partitionBy }),
  };
  const requirements = {
    ...(envelope.tenantId === 'optional' ? { tenantId: 'optional' as const } : undefined),
    ...(envelope.userId === 'required' ? { userId: 'required' as const } : undefined),
  };
  return defineEvent(Object.keys(requirements).length === 0 ? definition : { ...definition, envelope: requirements });
}
